"""Mapping: a source file's table and its profile to canonical columns of payments.

`recognise` finds the profile of a file by its header, `captions_profile` makes one for a sheet
whose headers are the server's own names, `map_rows` reads every row by a profile.
"""

from importer.mapping.captions import adjusted, captions_profile
from importer.mapping.header import recognise
from importer.mapping.listing import source_rows
from importer.mapping.mapped import Mapped, SourceColumn
from importer.mapping.returned import returned
from importer.mapping.rows import map_rows

__all__ = [
    "Mapped",
    "SourceColumn",
    "adjusted",
    "captions_profile",
    "map_rows",
    "recognise",
    "returned",
    "source_rows",
]
