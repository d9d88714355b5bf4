"""Ask the real Helm what it makes of every case, and write it down.

``python -m tests.conformance.record [AREA ...]`` records all cases of the areas, or
of all areas; with ``--new``, only those that have no outcome yet.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tests import clients
from tests.conformance.case import Case, Outcome, areas, core, text_of


def ask(helm: Path, case: Case) -> Outcome:
    """Render a case with the real Helm."""
    with tempfile.TemporaryDirectory() as folder:
        chart = Path(folder) / "case"
        case.write(chart)
        environ = {**os.environ, "HOME": folder, "HELM_CACHE_HOME": folder}
        done = subprocess.run(
            [helm, "template", "rel", chart, "--namespace", "ns1"],
            capture_output=True,
            env=environ,
            check=False,
        )
    if done.returncode:
        return Outcome(error=core(done.stderr.decode()))
    return Outcome(output=text_of(done.stdout.decode()))


def main() -> None:
    """Record the cases that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("areas", nargs="*", help="files in cases/, without .yaml")
    parser.add_argument("--new", action="store_true", help="only what is new")
    options = parser.parse_args()
    clients.fetch()
    helm = clients.find("helm")
    assert helm is not None

    def recorded(case: Case) -> Case:
        if options.new and case.expected is not None:
            return case
        return replace(case, expected=ask(helm, case))

    for area in areas():
        if options.areas and area.name not in options.areas:
            continue
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            area.cases = list(pool.map(recorded, area.cases))
        area.dump()
        sys.stdout.write(f"{area.name}: {len(area.cases)} cases\n")


if __name__ == "__main__":
    main()
