"""Validation: canonical rows to payments and findings; every fault of every row in one pass."""

from importer.validation.controls import evidence
from importer.validation.validating import MappedRows, Validated, validate

__all__ = ["MappedRows", "Validated", "evidence", "validate"]
