"""Print the lowest versions that pyproject.toml allows, as pip constraints or test requirements."""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]


def lowest(requirement: str) -> str:
    """Turn `name[extra]>=1.2` into `name==1.2`."""
    name, version = re.fullmatch(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)", requirement).groups()
    return f"{name}=={version}"


if "--test" in sys.argv:
    lines = PROJECT["optional-dependencies"]["test"]
else:
    lines = [lowest(requirement) for requirement in PROJECT["dependencies"]]
sys.stdout.write("\n".join(lines) + "\n")
