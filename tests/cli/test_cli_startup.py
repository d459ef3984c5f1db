"""What short commands load: what they do not need costs a person's time at every call."""

import ast
import subprocess
import sys
from pathlib import Path

import click
import pytest

from importer.cli.commands import HELP, cli
from importer.cli.group import Listed
from importer.settings import file_options

SAMPLES = Path(__file__).parents[2] / "sample_data"
RUN = """\
import {first}
import sys
before = set(sys.modules)
sys.argv = ["customer-payments", *{arguments!r}]
from importer.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(sorted(set(sys.modules) - before), file=sys.stderr)
"""


def loaded(terminal, *arguments, first="click"):
    """Return the modules that a command loads after those that are loaded first."""
    code = RUN.format(first=first, arguments=[str(one) for one in arguments])
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=terminal.folder,
        env=terminal.environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(ast.literal_eval(done.stderr.splitlines()[-1]))


def ours(modules):
    return {name for name in modules if name.partition(".")[0] in {"importer", "schemas"}}


def test_help_loads_the_names_of_the_commands_and_none_of_them(terminal):
    modules = loaded(terminal, "--help")
    assert ours(modules) == {
        "importer",
        "importer.cli",
        "importer.cli.commands",
        "importer.cli.group",
        "importer.errors",
    }
    slow = {"dataclasses", "json", "logging", "pathlib", "tomllib", "traceback", "urllib.parse"}
    assert not modules & slow


def test_status_loads_the_ledger_and_what_it_hands_over(terminal):
    modules = loaded(terminal, "status", "--quiet", first="sqlalchemy, click")
    rooms = {".".join(name.split(".")[:2]) for name in ours(modules)}
    assert rooms == {
        "importer",
        "importer.cli",
        "importer.errors",
        "importer.garbage",
        "importer.ledger",
        "importer.model",
        "importer.pipeline",
        "importer.reports",  # for --language
        "importer.sampling",
        "importer.settings",
        "importer.states",
    }
    assert {"importer.pipeline.jobs", "importer.reports.terminal"}.isdisjoint(modules)
    others = {"sqlalchemy.orm", "tomllib", "difflib", "mmap", "numpy", "importlib.metadata"}
    assert not modules & others


def test_an_offline_check_leaves_workbooks_to_others_and_needs_no_ledger(terminal):
    sample = SAMPLES / "clerk-workbook.xlsx"
    modules = loaded(terminal, "check", sample, "--offline", "--quiet")
    (folder,) = (terminal.folder / "customer-payments-reports").iterdir()
    assert {"annotated.xlsx", "reconciliation.xlsx"} <= {path.name for path in folder.iterdir()}
    tops = {name.partition(".")[0] for name in modules}
    assert {"pandas", "pandera", "jinja2"} <= tops
    assert tops.isdisjoint({"openpyxl", "sqlalchemy", "requests", "msal", "keyring", "hypothesis"})
    rooms = {"business_central", "ledger", "planning", "sending", "proposing", "simulator"}
    assert modules.isdisjoint({f"importer.{room}" for room in rooms})


@pytest.mark.parametrize("name", cli.commands)
def test_the_list_says_of_a_command_what_it_says_itself(name):
    listed = cli.commands[name]
    assert isinstance(listed, Listed)
    with click.Context(cli) as context:
        _, command, rest = cli.resolve_command(context, [name, "rest"])
    assert not isinstance(command, Listed)
    assert (command.name, rest) == (name, ["rest"])
    assert command.get_short_help_str(1000) == listed.get_short_help_str(1000)


@pytest.mark.parametrize("module", HELP)
def test_every_command_of_a_module_is_listed(module):
    commands = __import__(f"importer.cli.{module}", fromlist=["COMMANDS"]).COMMANDS
    assert {command.name for command in commands} == set(HELP[module])


def test_the_options_of_all_commands_are_asked_for_only_where_there_are_settings(tmp_path):
    def asked():
        raise AssertionError

    assert file_options(asked, [tmp_path / "none.toml"]) == {}
