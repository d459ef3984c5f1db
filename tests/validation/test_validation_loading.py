import subprocess
import sys

CODE = """\
import sys
from importer.validation import load
load()
from pandera.pandas import Check, Column, DataFrameSchema
import pandas
before = set(sys.modules)
schema = DataFrameSchema({"a": Column(checks=Check(lambda cells: cells > 0))})
schema.validate(pandas.DataFrame({"a": [1]}), lazy=True)
late = sorted(name for name in set(sys.modules) - before if name.startswith("pandera"))
import hypothesis
print(late, "hypothesis" in before)
"""


def test_what_checks_rows_is_loaded_ahead_and_what_makes_test_data_is_not():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[] False", "")


def test_what_is_loaded_already_stays():
    code = "import sys, hypothesis; from importer.validation import load; load()"
    code += "; assert sys.modules['hypothesis'] is hypothesis"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
