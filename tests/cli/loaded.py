"""A process that has loaded the program, and forks itself for each command that it is told.

    python tests/cli/loaded.py ASKED ANSWERED

ASKED and ANSWERED are pipes: a line of JSON with arguments, folder, environment and the files for
stdout and stderr comes in, an exit code goes out.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import runpy
import sys
import time
from contextlib import suppress
from typing import Any

import importer


def main(asked: int, answered: int) -> None:
    for module in pkgutil.walk_packages(importer.__path__, "importer."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):  # of what is optional
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    with os.fdopen(asked) as lines:
        for line in iter(lines.readline, ""):
            child = os.fork()
            if not child:
                os.close(answered)
                _become(json.loads(line))
                return
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            os.write(answered, str(code).encode())


def _become(told: dict[str, Any]) -> None:
    """Run the program as if it had just been started."""
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environ"])
    time.tzset()
    for place, name in enumerate(told["files"], start=1):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, place)
        os.close(file)
    sys.argv = ["importer", *told["args"]]
    runpy.run_module("importer", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
