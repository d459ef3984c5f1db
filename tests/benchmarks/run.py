"""Prints all figures of speed as ratios, measured side by side on this machine.

    python tests/benchmarks/run.py [--runs 5] [--scale 1.0] [--only NAME,…] [--folder DIR]

Whole processes, medians; files come from a seed. `--scale 0.001` shows that it runs, not what
it would find. Peers are measured where they are installed; `BENCHMARK_PEERS_PYTHON` names
another interpreter that has them.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import figures

FULL_CSV, FULL_WORKBOOK, FULL_SENT, FULL_SLOW = 1_000_000, 100_000, 100_000, 500


def main() -> None:
    """Measure what was asked for and print one line per figure."""
    names = [one.__name__ for one in figures.ALL]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="", metavar="NAME,…", help=", ".join(names))
    parser.add_argument("--folder", type=Path, help="keep the made files here")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else names
    if unknown := set(chosen) - set(names):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as made:
        folder = (given.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        bench = figures.Bench(
            folder,
            given.runs,
            *(
                max(round(full * given.scale), 10)
                for full in (FULL_CSV, FULL_WORKBOOK, FULL_SENT, FULL_SLOW)
            ),
        )
        for measure in figures.ALL:
            if measure.__name__ in chosen:
                _print(measure.__doc__, measure(bench))


def _print(title, found) -> None:
    print(f"\n{title}", flush=True)
    for figure in found:
        sign, verdict = (">=" if figure.at_least else "<="), ("yes" if figure.reached else "NO")
        print(
            f"  {figure.ratio:8.2f}  goal {sign} {figure.goal:<5.2f} {verdict:<4}"
            f"{figure.name}  ({figure.detail})",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
