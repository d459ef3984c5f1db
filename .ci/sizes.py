"""Fail where a module has over 400 lines or a function over 50."""

import ast
import sys
from pathlib import Path

MODULE_LINES, FUNCTION_LINES = 400, 50
faults = []
for path in sorted([*Path("importer").rglob("*.py"), *Path("schemas").rglob("*.py")]):
    text = path.read_text(encoding="utf-8")
    if (lines := text.count("\n")) > MODULE_LINES:
        faults.append(f"{path}: {lines} lines; at most {MODULE_LINES}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                faults.append(
                    f"{path}:{node.lineno} {node.name}: {length} lines; at most {FUNCTION_LINES}"
                )
sys.stdout.write("\n".join(faults) + ("\n" if faults else ""))
sys.exit(bool(faults))
