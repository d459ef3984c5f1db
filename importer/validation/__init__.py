"""Validation: canonical rows to payments and findings; every fault of every row in one pass."""

from importer.validation.controls import evidence
from importer.validation.loading import load
from importer.validation.validating import Judged, MappedRows, Validated, judge, validate

__all__ = ["Judged", "MappedRows", "Validated", "evidence", "judge", "load", "validate"]
