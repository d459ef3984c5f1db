"""The child process: parses one untrusted file under limits and hands the table over.

The file is standard input; the result goes to standard output, a pipe. For each part of the
table there is a message, which says its layout and findings, and an Arrow stream; the last message
has neither, or says what went wrong. A message is JSON behind its length as 8 bytes.
"""

from __future__ import annotations

import gc
import json
import mmap
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from importer.errors import ImporterError, InputProblem, NeedsInput
from importer.reading.options import FAST_BYTES, ReadOptions
from importer.reading.table import Irregular

if TYPE_CHECKING:
    import pyarrow as pa

    from importer.reading.table import Table


def parse(stream: BinaryIO, options: ReadOptions, *, fast: bool | None = None) -> Iterator[Table]:
    """Return the table of a file, whatever its kind, in parts.

    Raises:
        InputProblem: it cannot be read.
        Irregular: the parts before do not count; call again without the fast path.
    """
    from importer.reading import detect

    data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    family = detect.family(data[:4096])
    if family == detect.TEXT:
        from importer.reading.markup import looks_like_markup, read_markup
        from importer.reading.text import read_text

        if looks_like_markup(data[:4096]):
            yield read_markup(data, options)
        else:
            yield from read_text(data, options, fast=fast)
        return
    from importer.reading import workbook

    if family == detect.ZIP:
        yield workbook.read_zip_workbook(stream, options)
    else:
        yield workbook.read_ole_workbook(stream, data, options)


def confine(options: ReadOptions, size: int, seconds: float) -> None:
    """Limit this process's memory, time and files; the limits count from here."""
    try:
        import resource
        import signal
    except ImportError:
        return
    memory = options.limits.memory_bytes
    signal.setitimer(signal.ITIMER_PROF, seconds)
    _lower(resource, resource.RLIMIT_DATA, _used_kib("VmData:") * 1024 + memory)
    _lower(
        resource, resource.RLIMIT_AS, _used_kib("VmSize:") * 1024 + memory + 3 * size + (1 << 30)
    )
    _lower(resource, resource.RLIMIT_FSIZE, options.limits.unpacked_bytes * 3 + (1 << 20))
    _lower(resource, resource.RLIMIT_CORE, 0)


def _lower(resource: Any, which: int, value: int) -> None:  # noqa: ANN401 - absent on Windows
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, hard))


def _used_kib(name: str) -> int:
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
            return next((int(line.split()[1]) for line in status if line.startswith(name)), 0)
    except OSError:
        return 0


def problem_of(error: BaseException, options: ReadOptions) -> ImporterError:
    """Return what happened as a sentence for the user."""
    if isinstance(error, InputProblem):
        return error
    if isinstance(error, MemoryError):
        return options.limits.problem("memory_bytes", "reading the file needs more memory")
    return InputProblem(
        f"the file cannot be read: it is damaged ({type(error).__name__}: {str(error)[:200]}). "
        "Open it in the program that made it and save it again."
    )


class _Without:
    """Hides modules from pyarrow, which loads them, where they are, to make its first array.

    Loading them takes longer than reading most files. Nothing in this process needs pandas, and
    only the fast path of large texts needs numpy.
    """

    def __init__(self, *names: str) -> None:
        self._names = names

    def find_spec(self, fullname: str, *_: object) -> None:
        """Refuse what is hidden, and leave any other module to the finders behind."""
        if fullname in self._names:
            raise ModuleNotFoundError(name=fullname)


def main(arguments: str) -> None:
    """Parse standard input; write the table or the problem to standard output."""
    gc.disable()  # the process ends soon, and millions of cells make collecting slow
    given = json.loads(arguments)
    small = given["size"] <= FAST_BYTES // 2  # UTF-16 grows by half when it is decoded
    sys.meta_path.insert(0, _Without("pandas", *(["numpy"] if small else ())))
    options = ReadOptions.from_dict(given["options"])
    import pyarrow as pa  # noqa: F401 - before the limits count

    with open(1, "wb", closefd=False) as output:
        try:
            confine(options, given["size"], given["seconds"])
            with open(0, "rb", closefd=False) as stream:
                _hand_over(output, stream, options)
        except BaseException as error:  # noqa: BLE001 - a panic of a parser is no Exception
            _tell_problem(output, error, options)
    sys.exit(0)


def _hand_over(output: BinaryIO, stream: BinaryIO, options: ReadOptions) -> None:
    """Write all parts, or those of the slow path behind those that do not count."""
    try:
        for part in parse(stream, options):
            _write_part(output, part)
            del part  # before the next one is read: there is room for one
    except Irregular:
        _tell(output, {"again": True})
        for part in parse(stream, options, fast=False):
            _write_part(output, part)
    _tell(output, {"end": True})


def _write_part(output: BinaryIO, part: Table) -> None:
    import pyarrow as pa

    findings = [asdict(finding) for finding in part.findings]
    _tell(output, {"layout": asdict(part.layout), "findings": findings})
    columns = _in_one_piece(part)
    with pa.ipc.new_stream(output, columns.schema) as writer:
        writer.write_table(columns)


def _tell_problem(output: BinaryIO, error: BaseException, options: ReadOptions) -> None:
    problem = problem_of(error, options)
    readings = problem.readings if isinstance(problem, NeedsInput) else ()
    verdict = getattr(problem, "verdict", "unreadable")
    _tell(output, {"problem": str(problem), "verdict": verdict, "readings": readings})


def _tell(output: BinaryIO, message: dict[str, Any]) -> None:
    text = json.dumps(message).encode("utf-8", "surrogatepass")
    output.write(len(text).to_bytes(8, "big") + text)
    output.flush()


def _in_one_piece(table: Table) -> pa.Table:
    """Take the columns out of `table`, each in one piece: the parent uses them where they lie."""
    import pyarrow as pa

    names, columns = table.columns.column_names, table.columns.columns
    del table.columns
    for at, column in enumerate(columns):
        columns[at] = pa.table([column], names[at : at + 1]).combine_chunks().column(0)
    return pa.table(columns, names)
