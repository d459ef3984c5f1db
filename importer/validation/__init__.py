"""Validation: canonical rows to payments and findings; every fault of every row in one pass."""

from importer.validation.controls import COMPARED, Evidence, evidence
from importer.validation.loading import load
from importer.validation.validating import Judged, MappedRows, Validated, judge, ordered, validate

__all__ = [
    "COMPARED",
    "Evidence",
    "Judged",
    "MappedRows",
    "Validated",
    "evidence",
    "judge",
    "load",
    "ordered",
    "validate",
]
