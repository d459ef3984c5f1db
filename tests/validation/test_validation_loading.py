import subprocess
import sys

CODE = """\
import sys
from importer.validation import load
load()
print("pandera.backends.pandas.builtin_checks" in sys.modules, "hypothesis" in sys.modules)
import hypothesis
"""


def test_what_checks_rows_is_loaded_ahead_and_what_makes_test_data_is_not():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("True False", "")


def test_what_is_loaded_already_stays():
    code = "import sys, hypothesis; from importer.validation import load; load()"
    code += "; assert sys.modules['hypothesis'] is hypothesis"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
