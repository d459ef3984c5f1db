"""Builders of small files: workbooks are written part by part, so that each can be wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer.model import Grid

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="3">'
    '<numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="000000"/>'
    '<numFmt numFmtId="166" formatCode="[Red]#,##0.00&quot; days&quot;"/></numFmts>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/>'
    '<xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>'
)


def workbook_parts(
    sheets: dict[str, str],
    *,
    strings: str = "",
    hidden: tuple[str, ...] = (),
    properties: str = "",
) -> dict[str, str]:
    """Return the parts of a workbook; each sheet is the XML inside `worksheet`."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"'
        f"{' state=' + chr(34) + 'hidden' + chr(34) if n in hidden else ''}/>"
        for i, n in enumerate(names, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    relations += f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="a" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/styles.xml": STYLES,
    }
    if strings:
        relations += (
            f'<Relationship Id="t" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        )
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{strings}</sst>'
    parts["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>'
    )
    for i, name in enumerate(names, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = (
            f'<worksheet xmlns="{_MAIN}">{sheets[name]}</worksheet>'
        )
    return parts


def rows_xml(*rows: str) -> str:
    """Return sheet data with the rows as given."""
    return "<sheetData>" + "".join(rows) + "</sheetData>"


@pytest.fixture
def make_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Write a workbook from the XML of its sheets."""

    def make(sheets: dict[str, str], name: str = "book.xlsx", **options: Any) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
            for part, content in workbook_parts(sheets, **options).items():
                package.writestr(part, content)
        return path

    return make


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[..., Path]:
    """Write bytes or text as a file."""

    def make(content: bytes | str, name: str = "statement.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def cells(grid: Grid) -> dict[int, list[str]]:
    """Return a grid's cells by row number."""
    rows = grid.frame.drop(columns="row").to_numpy().tolist()
    return dict(zip(grid.frame["row"].tolist(), rows, strict=True))


@pytest.fixture(name="read", scope="session")
def read_fixture(grid_here: Callable[..., Grid]) -> Callable[..., Grid]:
    return grid_here


@pytest.fixture(name="read_here", scope="session")
def read_here_fixture(grid_here: Callable[..., Grid]) -> Callable[..., Grid]:
    return grid_here


@pytest.fixture(name="cells")
def cells_fixture() -> Callable[[Grid], dict[int, list[str]]]:
    return cells


@pytest.fixture(name="rows_xml", scope="session")
def rows_xml_fixture() -> Callable[..., str]:
    return rows_xml


@pytest.fixture(name="workbook_parts", scope="session")
def workbook_parts_fixture() -> Callable[..., dict[str, str]]:
    return workbook_parts
