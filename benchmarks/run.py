"""Measures pypkg beside the real helm, in one run on one machine.

``make bench``, or ``python benchmarks/run.py [--runs N] [--charts FOLDER] [NAME...]``.

Each case runs both programs by turns, so that a busy machine hurts both alike. The
table gives the median and spread of the wall time of the whole process, the peak
memory, and pypkg's share of helm's. NAME picks cases. ``--charts`` takes a folder of
.tgz files, at any depth, and adds each as a case, by its path.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.processes import Usage, run  # noqa: E402 - the project's root is on the path now
from tests import clients  # noqa: E402 - as above

MANY_SUBCHARTS = 120


@dataclass(frozen=True)
class Case:
    """What both programs do.

    Attributes:
        name: What the table calls it.
        arguments: The command line, the same for both.
        cold: Whether pypkg's cache of compiled templates is emptied before each run.
    """

    name: str
    arguments: tuple[str, ...]
    cold: bool = False


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only cases whose name holds one")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--charts", type=Path, help="a folder of .tgz files")
    options = parser.parse_args()
    helm = clients.find("helm")
    if helm is None:
        sys.exit(f"the real helm is not in {clients.FOLDER}: run `make clients`")
    pypkg = shutil.which("pypkg", path=str(Path(sys.executable).parent))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(str(helm), str(pypkg), Path(folder), options.runs)
        print(
            f"{options.runs} runs each; {os.cpu_count()} CPUs, {sys.version.split()[0]}"
        )
        print(f"{'':34}{'helm ms':>16}{'pypkg ms':>16}{'time':>7}{'memory':>8}")
        for case in cases(Path(folder), str(helm), options.charts):
            if not options.names or any(name in case.name for name in options.names):
                print(bench.line(case), flush=True)


def cases(folder: Path, helm: str, charts: Path | None) -> Iterator[Case]:
    """Give what is measured: the start alone, then charts from small to large."""
    yield Case("start: version --short", ("version", "--short"))
    yield from of_chart("charts-example/guestbook", ROOT / "charts-example/guestbook")
    yield from of_chart(f"{MANY_SUBCHARTS} subcharts", many_subcharts(folder, helm))
    for archive in sorted(charts.rglob("*.tgz")) if charts else ():
        yield from of_chart(str(archive.relative_to(charts or "")), archive)


def of_chart(name: str, path: Path) -> Iterator[Case]:
    """Give a chart's two cases."""
    arguments = ("template", "rel", str(path))
    yield Case(f"{name}, warm", arguments)
    yield Case(f"{name}, cold", arguments, cold=True)


def many_subcharts(folder: Path, helm: str) -> Path:
    """Write an umbrella chart, as platform teams have them."""
    top = folder / "umbrella"
    charts = top / "charts"
    charts.mkdir(parents=True)
    (top / "Chart.yaml").write_text("apiVersion: v1\nname: umbrella\nversion: 1.0.0\n")
    for number in range(MANY_SUBCHARTS):
        subprocess.run(
            [helm, "create", f"part{number}"],
            cwd=charts,
            check=True,
            capture_output=True,
        )
    return top


class Bench:
    """Runs both programs in one private home."""

    def __init__(self, helm: str, pypkg: str, folder: Path, runs: int) -> None:
        self.helm = helm
        self.pypkg = pypkg
        self.runs = runs
        self.cache = folder / "cache"
        self.environ = os.environ | {
            "HOME": str(folder),
            "PYPKG_CACHE_HOME": str(self.cache),
            "KUBECONFIG": str(folder / "none"),
        }
        # As installed: with the bytecode that pip or the first run leaves behind.
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    def line(self, case: Case) -> str:
        """Measure a case, and give its line of the table."""
        theirs, ours = [], []
        for turn in range(self.runs + 1):
            if case.cold:
                shutil.rmtree(self.cache, ignore_errors=True)
            pair = self.run(self.helm, case), self.run(self.pypkg, case)
            if turn:  # the first fills the file system's cache, and pypkg's
                theirs.append(pair[0])
                ours.append(pair[1])
        time_share = middle(ours, "seconds") / middle(theirs, "seconds")
        memory_share = middle(ours, "megabytes") / middle(theirs, "megabytes")
        return (
            f"{case.name:34}{spread(theirs):>16}{spread(ours):>16}"
            f"{time_share:7.2f}{memory_share:8.2f}"
        )

    def run(self, program: str, case: Case) -> Usage:
        """Run a program once."""
        command = [program, *case.arguments]
        return run(command, self.environ, quiet=True)


def middle(samples: Sequence[Usage], name: str) -> float:
    """Give the median."""
    values: list[float] = [getattr(sample, name) for sample in samples]
    return statistics.median(values)


def spread(samples: Sequence[Usage]) -> str:
    """Give the median time and how far the middle half lies from it."""
    times = sorted(sample.seconds * 1000 for sample in samples)
    low, _, high = statistics.quantiles(times, n=4)
    return f"{statistics.median(times):.0f} ±{(high - low) / 2:.0f}"


if __name__ == "__main__":
    main()
