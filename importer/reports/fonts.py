"""Fonts of workbooks. They name the default font: without a name each program takes another."""

from typing import Final

from openpyxl.styles import Font

BOLD: Final = Font(name="Calibri", size=11, bold=True)
BOLD_WHITE: Final = Font(name="Calibri", size=11, bold=True, color="FFFFFFFF")
