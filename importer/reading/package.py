"""A workbook's ZIP container, opened with distrust."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from importer.errors import InputProblem
from importer.reading.options import MIB, Limits

_MEMBERS = 20_000
_RATIO, _RATIO_BYTES = 250, 64 * MIB
_LOCAL_HEADER_BYTES = 30
_BLOCK = 1 << 18
_DAMAGED = "The workbook is damaged or was not made by a spreadsheet program: save it again."


class Package:
    """The members of a ZIP container; sizes are checked as declared and while inflating."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unpacked_bytes
        self._read: dict[str, int] = {}
        try:
            self._zip = zipfile.ZipFile(stream)
            members = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputProblem(f"the workbook cannot be unpacked ({error}). {_DAMAGED}") from None
        self._members = self._checked(members)

    def _checked(self, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        if len(members) > _MEMBERS:
            raise InputProblem(f"the workbook has {len(members):,} parts. {_DAMAGED}")
        checked: dict[str, zipfile.ZipInfo] = {}
        end = 0
        for member in sorted(members, key=lambda m: m.header_offset):
            name = member.filename.replace("\\", "/").lstrip("/").lower()
            if name in checked:
                raise InputProblem(f"the workbook holds the part {name!r} twice. {_DAMAGED}")
            if member.header_offset < end:
                raise InputProblem(f"parts of the workbook overlap at {name!r}. {_DAMAGED}")
            if member.flag_bits & 0x1:
                raise InputProblem(
                    "the workbook is encrypted. Open it with its password and save it without one."
                )
            end = member.header_offset + _LOCAL_HEADER_BYTES + member.compress_size
            checked[name] = member
        return checked

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def names(self) -> list[str]:
        """Return the members' names in lower case."""
        return list(self._members)

    def blocks(self, name: str, *, again: bool = False) -> Iterator[bytes]:
        """Yield a member's content, piece by piece; `again` does not count it twice.

        Raises:
            InputProblem: the member is missing, damaged, or larger than the limit.
        """
        member = self._members.get(name.lower())
        if member is None:
            raise InputProblem(f"the workbook lacks its part {name!r}. {_DAMAGED}")
        if again:
            self._left += self._read.pop(name, 0)
        if member.file_size > self._left:
            raise self._too_large(name)
        if member.file_size > max(member.compress_size * _RATIO, _RATIO_BYTES):
            raise InputProblem(
                f"the part {name!r} unpacks to {member.file_size:,} bytes, more than {_RATIO} "
                "times its size, which no table does but attacks do. Export the payments again."
            )
        try:
            with self._zip.open(member) as stream:
                while block := stream.read(_BLOCK):
                    self._left -= len(block)
                    self._read[name] = self._read.get(name, 0) + len(block)
                    if self._left < 0:
                        raise self._too_large(name)  # noqa: TRY301 - not one of those below
                    yield block
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise InputProblem(f"the part {name!r} is damaged ({error}). {_DAMAGED}") from None
        except Exception as error:  # zlib, bz2 and lzma each have their own
            if isinstance(error, InputProblem) or "error" not in type(error).__name__.lower():
                raise
            raise InputProblem(f"the part {name!r} is damaged ({error}). {_DAMAGED}") from None

    def _too_large(self, name: str) -> InputProblem:
        return self._limits.problem(
            "unpacked_bytes", f"the workbook unpacks to more than that (at its part {name!r})"
        )


def parse_xml(
    blocks: Iterator[bytes],
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    characters: Callable[[str], None] | None = None,
) -> None:
    """Parse one XML member; document types and entities are refused, as no workbook has any.

    Raises:
        InputProblem: the XML is not well formed or declares a document type.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters

    def refuse(*_: object) -> None:
        raise InputProblem(
            f"the part {name!r} declares a document type or entities, which no workbook needs and "
            "attacks use. Export the payments again."
        )

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        for block in blocks:
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise InputProblem(
            f"the part {name!r} is not well-formed XML (line {error.lineno}). {_DAMAGED}"
        ) from None
    except LookupError:
        raise InputProblem(f"the part {name!r} is in an unknown encoding. {_DAMAGED}") from None


def relations_of(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """Return the targets of a part's relations, by id: kind and member name."""
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels".lstrip("/")
    targets: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            targets[attributes.get("Id", "")] = (kind, path)

    if relations in package:
        parse_xml(package.blocks(relations), relations, start)
    return targets


def local(tag: str) -> str:
    """Return a tag or attribute name without its prefix."""
    return tag.rpartition(":")[2]
