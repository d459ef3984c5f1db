"""The command group: settings file, version, and errors that end as one sentence."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any

import click

from importer.errors import ImporterError, UsageProblem

TRY_LATER = 5


def run(command: click.Command, args: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; no traceback reaches the user."""
    # A command line that cannot be understood is told as it was asked for, too.
    asked = {"json"} if "--json" in (sys.argv if args is None else args) else set()
    try:
        code = command.main(args, prog_name="customer-payments", standalone_mode=False, obj=asked)
        if sys.stdout is not None:  # it is where the caller has closed it
            sys.stdout.flush()
    except ImporterError as fault:
        return _tell(str(fault), fault.exit_code, asked)
    except click.exceptions.Abort:
        return _tell("Stopped", TRY_LATER, asked)
    except click.ClickException as fault:
        with contextlib.suppress(OSError):
            fault.show()
        _tell_as_json(fault.format_message(), fault.exit_code, asked)
        return fault.exit_code
    except BrokenPipeError:
        # The reader of our output has gone; nothing is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as fault:  # noqa: BLE001 - the last fence before the user
        return _tell(_internal(fault), 1, asked)
    return code if isinstance(code, int) else 0


class Listed(click.Command):
    """A command as the help of its group lists it: by name and first sentence."""

    def __init__(self, name: str, module: str, sentence: str) -> None:
        super().__init__(name, help=sentence)
        self._module = module

    def loaded(self) -> click.Command:
        """Return the command itself."""
        commands: Sequence[click.Command] = import_module(self._module).COMMANDS
        return next(command for command in commands if command.name == self.name)


def _loaded(command: click.Command) -> click.Command:
    return command.loaded() if isinstance(command, Listed) else command


class Group(click.Group):
    """The group of all commands; their defaults come from the settings files."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called, with its options."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, _loaded(command) if command else None, rest

    def make_context(
        self, info_name: str | None, args: list[str], *rest: Any, **extra: Any
    ) -> click.Context:
        """Make the context with the defaults of the settings files."""
        extra.setdefault("default_map", _LazyDefaults(self))
        return super().make_context(info_name, args, *rest, **extra)


class _LazyDefaults(dict[str, Any]):
    """The settings files, read when the first command asks for its defaults."""

    def __init__(self, group: click.Group) -> None:
        super().__init__()
        self._group = group

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self._group.commands:
            return default
        from importer.settings import file_options

        found = file_options(lambda: self._names)
        if not found:
            return default
        options = {self._names[key]: value for key, value in found.items()}
        command = _loaded(self._group.commands[name])
        if isinstance(command, click.Group):
            return {
                sub: {p.name: options[p.name] for p in c.params if p.name in options}
                for sub, c in command.commands.items()
            }
        return options

    @cached_property
    def _names(self) -> dict[str, str]:
        return _option_names(self._group)


def _option_names(group: click.Group) -> dict[str, str]:
    """Return the parameter's name for each option as users write it, such as `base_url`."""
    names: dict[str, str] = {}
    for command in map(_loaded, group.commands.values()):
        if isinstance(command, click.Group):
            names |= _option_names(command)
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name:
                written = max(parameter.opts, key=len)
                names[written.removeprefix("--").replace("-", "_")] = parameter.name
    return names


def _tell(sentence: str, code: int, asked: Collection[str]) -> int:
    text = sentence if sentence.endswith((".", "!", "?")) else sentence + "."
    with contextlib.suppress(OSError):
        click.echo(f"Error: {text}", err=True)
    _tell_as_json(sentence, code, asked)
    return code


def _tell_as_json(sentence: str, code: int, asked: Collection[str]) -> None:
    """Print a fault on one line, which suits a document and JSON lines alike."""
    if "json" not in asked:
        return
    import json

    with contextlib.suppress(OSError):  # stdout may be what has failed
        click.echo(json.dumps({"error": sentence, "exit_code": code}, ensure_ascii=False))


def _internal(fault: Exception) -> str:
    import traceback
    from pathlib import Path

    frames = traceback.extract_tb(fault.__traceback__)
    ours = [f for f in frames if Path(f.filename).parent.name not in {"", "click"}]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "unknown place"
    # The text of an unforeseen fault may hold a secret; its kind and place do not.
    return (
        f"An unforeseen fault ({type(fault).__name__} at {place}). What was sent is recorded in "
        "the import ledger: run 'customer-payments status'. Please report this with the version"
    )


def unknown_name(what: str, name: str, known: list[str]) -> UsageProblem:
    """Make the error for a name that does not exist, with those that do."""
    return UsageProblem(f"{what} {name!r} does not exist. There are: {', '.join(known) or 'none'}")
