"""The child process: parses one untrusted file under limits and hands the table over.

The file is standard input; the result goes to standard output, a regular file: an Arrow
stream (none on failure), then JSON, then the length of each as 8 bytes.
"""

from __future__ import annotations

import gc
import io
import json
import mmap
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

from importer.errors import ImporterError, InputProblem, NeedsInput
from importer.reading.options import FAST_BYTES, ReadOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from importer.reading.table import Table


def parse(stream: BinaryIO, options: ReadOptions) -> Table:
    """Return the table of a file, whatever its kind.

    Raises:
        InputProblem: it cannot be read.
    """
    from importer.reading import detect

    data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    family = detect.family(data[:4096])
    if family == detect.TEXT:
        from importer.reading.markup import looks_like_markup, read_markup
        from importer.reading.text import read_text

        read = read_markup if looks_like_markup(data[:4096]) else read_text
        return read(data, options)
    from importer.reading import workbook

    if family == detect.ZIP:
        return workbook.read_zip_workbook(stream, options)
    return workbook.read_ole_workbook(stream, data, options)


def confine(options: ReadOptions, size: int, seconds: float) -> None:
    """Limit this process's memory, time and output; the limits count from here."""
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
    import pyarrow as pa

    table: Table | None = None
    with io.FileIO(1, "w", closefd=False) as output:
        try:
            confine(options, given["size"], given["seconds"])
            with open(0, "rb", closefd=False) as stream:
                table = parse(stream, options)
            columns = _in_one_piece(table)
            with pa.ipc.new_stream(output, columns.schema) as writer:
                writer.write_table(columns)
            report: dict[str, Any] = {
                "layout": asdict(table.layout),
                "findings": [asdict(finding) for finding in table.findings],
            }
        except BaseException as error:  # noqa: BLE001 - a panic of a parser is no Exception
            table = None
            output.truncate(0)
            output.seek(0)
            problem = problem_of(error, options)
            report = {
                "problem": str(problem),
                "verdict": getattr(problem, "verdict", "unreadable"),
                "readings": problem.readings if isinstance(problem, NeedsInput) else (),
            }
        length = output.tell()
        text = json.dumps(report).encode("utf-8", "surrogatepass")
        _write_all(output, text)
        _write_all(output, length.to_bytes(8, "big") + len(text).to_bytes(8, "big"))
    sys.exit(0)


def _in_one_piece(table: Table) -> pa.Table:
    """Take the columns out of `table`, each in one piece: the parent uses them where they lie."""
    import pyarrow as pa

    names, columns = table.columns.column_names, table.columns.columns
    del table.columns
    for at, column in enumerate(columns):
        columns[at] = pa.table([column], names[at : at + 1]).combine_chunks().column(0)
    return pa.table(columns, names)


def _write_all(output: io.FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[output.write(view) :]
