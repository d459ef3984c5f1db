"""Mapping: a source file's table and its profile to canonical columns of payments.

`recognise` finds the profile of a file by its header, `captions_profile` makes one for a sheet
whose headers are the server's own names, `map_rows` reads every row by a profile, `map_more` those
of a later part of the same file.
"""

from importer.mapping.aside import Aside
from importer.mapping.beside import columns_beside
from importer.mapping.captions import adjusted, captions_profile, has_captions
from importer.mapping.header import recognise
from importer.mapping.listing import source_rows
from importer.mapping.mapped import Mapped, SourceColumn
from importer.mapping.recognised import ask_for_currency, doubt_of_header, words_of
from importer.mapping.returned import returned
from importer.mapping.rows import map_more, map_rows

__all__ = [
    "Aside",
    "Mapped",
    "SourceColumn",
    "adjusted",
    "ask_for_currency",
    "captions_profile",
    "columns_beside",
    "doubt_of_header",
    "has_captions",
    "map_more",
    "map_rows",
    "recognise",
    "returned",
    "source_rows",
    "words_of",
]
