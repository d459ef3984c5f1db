"""csvkit: `csvclean`, which only looks whether every row has the same number of cells."""

import os
import sys

from csvkit.utilities.csvclean import CSVClean

with open(os.devnull, "w", encoding="utf-8") as _NOWHERE:
    CSVClean(["--length-mismatch", sys.argv[1]], _NOWHERE).run()
