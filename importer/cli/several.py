"""Several files, one run each: found, run in order, archived, told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from importer.cli.output import Console
from importer.errors import ImporterError, InputProblem, NeedsInput, UnreadInput, UsageProblem

if TYPE_CHECKING:
    from importer.pipeline import Reading, Run

SOME_ROWS_FAILED, PERSON_MUST_LOOK, TRY_LATER = 3, 4, 5
GRAVITY = (0, SOME_ROWS_FAILED, 2, 1, TRY_LATER, PERSON_MUST_LOOK)
"""Exit codes from harmless to grave: several files end with the gravest."""

DONE, DONE_IN_PART, UNUSABLE = "imported", "imported-in-part", "unusable"
"""The folders of an archive."""

_UNFINISHED = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".download")
"""How the names of files end that another program still writes."""

_LOCK = "~$"
"""How the name of the lock begins that a spreadsheet program puts beside an open workbook."""

_WHY_LEFT = "its name is that of an unfinished upload or a lock"


def found(
    files: Sequence[Path], reading: Reading, say: Callable[[str], None] = lambda _text: None
) -> list[Path]:
    """Return the files that paths, folders and patterns stand for; each once.

    The files of a folder or pattern come in the order of their first posting dates, those that
    cannot be read last. Hidden files among them are left alone, and those that another program
    still writes. A folder that holds nothing else stands for no file, which is no fault; a pattern
    that nothing fits stands for itself, as a file that is missing.

    Raises:
        UnreadInput: a folder may not be read.
    """
    paths: dict[Path, None] = {}
    for path in files:
        paths.update(dict.fromkeys(_files_of(path, reading, say)))
    return list(paths)


def refuse_rows_of_several(files: Sequence[Path], rows: Mapping[str, object]) -> None:
    """Refuse options that name rows where there is more than one file.

    Raises:
        UsageProblem: rows are named, and several files are given.
    """
    named = [option for option, given in rows.items() if given]
    if named and len(files) > 1:
        raise UsageProblem(
            f"{named[0]} names rows of one file, and {len(files)} files are given. Nothing was "
            "sent; call once for each file"
        )


def _files_of(path: Path, reading: Reading, say: Callable[[str], None]) -> list[Path]:
    asked = False  # for what is left alone otherwise
    if path.is_dir():
        there = _held_in(path)
    elif has_magic(str(path)) and not path.exists():
        there = [one for one in Path(path.anchor or ".").glob(_relative(path)) if one.is_file()]
        asked = path.name.startswith(".") or _unfinished(path.name)
        if not there:
            return [path]
    else:
        return [path]
    files = there if asked else _finished(there, say)
    if not files:
        say(f"{path}: no file is there; nothing to do.")
    if len(files) <= 1:
        return files
    return sorted(files, key=lambda one: (_first_day(one, reading), one.name))


def _held_in(folder: Path) -> list[Path]:
    try:
        return [one for one in folder.iterdir() if one.is_file()]
    except OSError as fault:
        raise UnreadInput(
            f"{folder}: the folder may not be read ({fault.strerror}). Ask for permission to read "
            "it, or name its files"
        ) from None


def _finished(there: Sequence[Path], say: Callable[[str], None]) -> list[Path]:
    shown = [one for one in there if not one.name.startswith(".")]
    for one in shown:
        if _unfinished(one.name):
            say(f"{one} is left alone: {_WHY_LEFT}.")
    return [one for one in shown if not _unfinished(one.name)]


def _unfinished(name: str) -> bool:
    """Tell whether a name is one that a file has only while another program writes it."""
    return name.startswith(_LOCK) or name.lower().endswith(_UNFINISHED)


def _relative(path: Path) -> str:
    return str(path.relative_to(path.anchor) if path.anchor else path)


def _first_day(path: Path, reading: Reading) -> date:
    from importer import pipeline

    try:
        rows = pipeline.source_rows(pipeline.understand(path, reading))
    except ImporterError:
        return date.max
    return min((row.posting_date for row in rows if row.posting_date), default=date.max)


def each(
    files: Sequence[Path],
    one: Callable[[Path], Iterable[Run]],
    console: Console,
    *,
    as_json: bool,
    stop: Callable[[], bool] | None = None,
    archive: Path | None = None,
    notify: str = "",
) -> int:
    """Run one file after the other; a bad one does not keep the next from its turn."""
    runs: list[Run] = []
    faults: list[ImporterError] = []
    for path in files:
        if stop is not None and stop():
            break
        of_file: list[Run] = []
        failed: list[ImporterError] = []
        console.file, console.run = path.name, ""
        before = _state_of(path)
        try:
            of_file.extend(one(path))
        except ImporterError as fault:
            shown = as_json or console.as_json or archive or notify or of_file
            if len(files) == 1 and not shown:
                raise
            console.say(f"Error: {fault}", level=0)
            failed.append(fault)
        if of_file:
            console.run = of_file[-1].record.run_id
        ended: list[Run | ImporterError] = [*of_file, *failed]
        if archive is not None and _state_of(path) != before:
            console.say(f"{path} was written anew meanwhile; it stays there to be imported.")
        else:
            _archive(path, max(ended, key=_gravity), archive, console)
        for each_end in ended:
            _notify(notify, each_end, console)
        runs += of_file
        faults += failed
    console.file = console.run = ""
    return tell_runs(runs, faults, console, as_json=as_json)


def _gravity(ended: Run | ImporterError) -> int:
    return GRAVITY.index(ended.exit_code)


def tell_runs(
    runs: Sequence[Run], faults: Sequence[ImporterError], console: Console, *, as_json: bool
) -> int:
    """Print what became of runs, and return the gravest of their exit codes."""
    codes = [run.exit_code for run in runs] + [fault.exit_code for fault in faults]
    if as_json:
        documents = [run.document() for run in runs]
        documents += [{"error": str(fault), "exit_code": fault.exit_code} for fault in faults]
        console.document(documents[0] if len(documents) == 1 else {"runs": documents})
    else:
        for run in runs:
            console.lines(run.lines())
    for run in runs:
        if run.fault is not None:
            console.file, console.run = run.record.source.file, run.record.run_id
            console.say(f"Stopped: {run.fault}", level=0)
    return max(codes, key=GRAVITY.index, default=0)


def _state_of(path: Path) -> tuple[int, ...]:
    """Return what changes when another file takes this one's place, or something is added."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _archive(
    path: Path, ended: Run | ImporterError, archive: Path | None, console: Console
) -> None:
    """Move a file whose import is finished; one that waits for something stays where it is."""
    folder = _folder_of(ended)
    if archive is None or not folder:
        return
    if _unfinished(path.name):  # named outright; its writer has yet to give it its own name
        console.say(f"{path} stays there: {_WHY_LEFT}.")
        return
    try:
        target = archive / folder
        target.mkdir(parents=True, exist_ok=True)
        moved = next(name for name in _names(target / path.name) if _reserve(name))
        shutil.move(path, moved)
    except OSError as fault:
        console.say(f"{path} could not be archived ({fault.strerror}); it stays there.", level=0)
    else:
        console.say(f"{path} moved to {moved}")


def _folder_of(ended: Run | ImporterError) -> str:
    if isinstance(ended, ImporterError):
        # Content that a person has yet to decide about, or that nobody has seen, is not judged.
        judged = not isinstance(ended, NeedsInput | UnreadInput)
        unusable = isinstance(ended, InputProblem) and judged
        return UNUSABLE if unusable else ""
    return {0: DONE, SOME_ROWS_FAILED: DONE_IN_PART}.get(ended.exit_code, "")


def _names(path: Path) -> Iterator[Path]:
    yield path
    for number in range(2, 10_000):
        yield path.with_stem(f"{path.stem} ({number})")
    raise UsageProblem(f"{path.parent} holds too many files named {path.name}. Clear it up")


def _reserve(path: Path) -> bool:
    """Take a name that nobody has, so that nothing is ever overwritten."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _notify(url: str, ended: Run | ImporterError, console: Console) -> None:
    """Tell a webhook; whatever happens there changes nothing here."""
    if not url:
        return
    from importer.notifying import notify

    fault = notify(url, _summary(ended))
    if fault:
        console.say(f"The summary could not be sent to the webhook: {fault}.", level=0)


def _summary(ended: Run | ImporterError) -> dict[str, object]:
    """Return counts, totals and verdict; no text of the file, which may name persons."""
    if isinstance(ended, ImporterError):
        return {"verdict": "failed", "kind": type(ended).__name__, "exit_code": ended.exit_code}
    document = ended.document()
    keys = ("run_id", "counts", "totals", "currency", "in_balance")
    verdict = "in balance" if document["in_balance"] else "not in balance"
    summary = {key: document[key] for key in keys}
    return {"verdict": verdict, "exit_code": ended.exit_code, **summary}
