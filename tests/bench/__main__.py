"""Measure: `python -m tests.bench [--rounds N] [MODULE ...]` prints one Markdown table.

Each module of this package that has `rows()` is run in a process of its own, so that none pays
for what another imported. Figures depend on the machine; the ratios to bare parts of the same run
carry further. With `--rounds` everything is measured N times and the medians are printed.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import platform
import subprocess
import sys

import tests.bench
from tests.bench.table import Row, markdown, medians

_NOT_MEASURING = {"__main__", "floor", "kills", "program", "server", "table", "text"}


def main(names: list[str]) -> int:
    """Run the named modules, or all; return 1 if one of them failed."""
    if names[:1] == ["--rows"]:
        _print_rows(names[1])
        return 0
    rounds = 1
    if names[:1] == ["--rounds"]:
        rounds, names = int(names[1]), names[2:]
    modules = names or sorted(
        found.name
        for found in pkgutil.iter_modules(tests.bench.__path__)
        if found.name not in _NOT_MEASURING
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"load averages before: {load}; rounds: {rounds}\n")
    rows: list[Row] = []
    failed = False
    for name in modules:
        found: list[Row] = []
        for number in range(rounds):
            print(f"measuring {name} ({number + 1} of {rounds}) ...", file=sys.stderr, flush=True)
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench", "--rows", name],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            failed |= done.returncode != 0
            marked = [line[4:] for line in done.stdout.splitlines() if line.startswith("ROW ")]
            found += [Row(*json.loads(line)) for line in marked]
        rows += medians(found)
    print(markdown(rows))
    return int(failed)


def _print_rows(name: str) -> None:
    module = importlib.import_module(f"tests.bench.{name}")
    measure = getattr(module, "rows", None)
    for row in measure() if measure else ():
        print("ROW", json.dumps([row.name, row.value, row.unit, row.limit]), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
