"""Measures repositories beside the real helm, against one nginx.

``python benchmarks/repositories.py [--runs N] [--json] [NAME...]``.

Both programs do the same by turns, so that a busy machine hurts both alike: with an
index of 15,000 versions (12 MB of YAML, or JSON with ``--json``), and with a folder of
2,000 archives. The table gives the median and spread of the wall time of the whole
process, its processor time, the peak memory, and pypkg's share of helm's. NAME picks
cases, such as ``search``.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import statistics
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.processes import Usage, run  # noqa: E402 - the project's root is on the path now
from pypkg import yamlio  # noqa: E402 - as above
from tests import clients  # noqa: E402 - as above
from tests.repo.servers import nginx  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

CHARTS, VERSIONS = 120, 125
ARCHIVED_CHARTS, ARCHIVED_VERSIONS = 40, 50
WORDS = [
    *("the", "to", "for", "of", "and", "Kubernetes", "database", "server", "message"),
    *("broker", "cache", "proxy", "open", "source", "distributed", "scalable", "high"),
    *("performance", "cluster", "storage", "metrics", "monitoring", "identity"),
]


@dataclass(frozen=True)
class Case:
    """What both programs do.

    Attributes:
        name: What the table calls it.
        arguments: The command line, the same for both.
        before: Makes each run's start the same for both, given the program's home.
        limits: The most that pypkg may take of helm's time, and of its memory.
    """

    name: str
    arguments: tuple[str, ...]
    before: Callable[[Path], None] = field(default=lambda _: None)
    limits: tuple[float, float] = (1.0, 1.0)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only cases whose name holds one")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="an index in JSON")
    options = parser.parse_args()
    helm = clients.find("helm")
    if helm is None:
        sys.exit(f"the real helm is not in {clients.FOLDER}: run `make clients`")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        served, archives = folder / "served", folder / "archives"
        write(served, archives, in_json=options.json)
        size = (served / "index.yaml").stat().st_size
        with nginx(served, folder / "nginx") as url:
            bench = Bench(str(helm), folder, options.runs)
            bench.prepare(url, archives)
            print(
                f"{options.runs} runs each; {os.cpu_count()} CPUs,"
                f" {sys.version.split()[0]}; the index has {size / 1e6:.1f} MB"
            )
            print(
                f"{'':26}{'helm ms':>14}{'pypkg ms':>14}{'busy ms':>14}{'MB':>10}"
                f"{'time':>7}{'busy':>6}{'memory':>8}  at most"
            )
            for case in cases(url, archives):
                if not options.names or any(n in case.name for n in options.names):
                    print(bench.line(case), flush=True)


def cases(url: str, archives: Path) -> list[Case]:
    """Give what is measured."""

    def forget(home: Path) -> None:
        for path in ("config/repositories.yaml", "cache/repository"):
            shutil.rmtree(home / path, ignore_errors=True)
            (home / path).unlink(missing_ok=True)

    def forget_archives(home: Path) -> None:
        shutil.rmtree(home / "cache/archives", ignore_errors=True)

    def add_archive(_: Path) -> None:
        new = archives / f"new-{time.monotonic_ns()}.tgz"
        new.write_bytes(archive("new", "1.0.0", seeded(1)))
        for old in archives.glob("new-*.tgz"):
            if old != new:
                old.unlink()

    chart = chart_name(CHARTS // 2)
    folder = str(archives)
    return [
        Case("repo add, first", ("repo", "add", "other", url), forget),
        Case("repo update, unchanged", ("repo", "update", "big"), limits=(0.1, 1)),
        Case("search repo", ("search", "repo", "broker"), limits=(0.1, 0.3)),
        Case(
            "search repo, all versions",
            ("search", "repo", "broker", "-l"),
            limits=(0.1, 0.3),
        ),
        Case(
            "show chart big/...", ("show", "chart", f"big/{chart}"), limits=(0.1, 0.3)
        ),
        Case(
            "pull big/...",
            ("pull", f"big/{chart}", "-d", str(archives.parent)),
            limits=(0.1, 0.3),
        ),
        Case("repo index, first", ("repo", "index", folder), forget_archives, (0.5, 1)),
        Case("repo index, one more", ("repo", "index", folder), add_archive, (0.05, 1)),
    ]


class Bench:
    """Runs both programs, each in a home of its own."""

    def __init__(self, helm: str, folder: Path, runs: int) -> None:
        pypkg = shutil.which("pypkg", path=str(Path(sys.executable).parent))
        self.programs = {"helm": helm, "pypkg": str(pypkg)}
        self.homes = {name: folder / f"{name}-home" for name in self.programs}
        self.runs = runs

    def prepare(self, url: str, archives: Path) -> None:
        """Let both know the repository, and the folder."""
        for name in self.programs:
            self.run(name, ("repo", "add", "big", url))
            self.run(name, ("repo", "index", str(archives)))

    def line(self, case: Case) -> str:
        """Measure a case, and give its line of the table."""
        samples: dict[str, list[Usage]] = {name: [] for name in self.programs}
        for turn in range(self.runs + 1):
            for name in self.programs:
                # What another case forgot is there again.
                kept = self.homes[name] / "kept"
                if case.before.__name__ == "forget":
                    shutil.copytree(self.homes[name], kept, ignore=lambda *_: ["kept"])
                case.before(self.homes[name])
                sample = self.run(name, case.arguments)
                if kept.exists():
                    for part in ("config", "cache"):
                        shutil.rmtree(self.homes[name] / part)
                        (kept / part).rename(self.homes[name] / part)
                    shutil.rmtree(kept)
                if turn:  # the first fills the file system's cache
                    samples[name].append(sample)
        theirs, ours = samples["helm"], samples["pypkg"]
        shares = [
            middle(ours, what) / middle(theirs, what)
            for what in ("seconds", "busy", "megabytes")
        ]
        busy = f"{middle(theirs, 'busy') * 1e3:.0f}/{middle(ours, 'busy') * 1e3:.0f}"
        memory = f"{middle(theirs, 'megabytes'):.0f}/{middle(ours, 'megabytes'):.0f}"
        most = ", ".join(f"{limit:g}" for limit in case.limits)
        return (
            f"{case.name:26}{spread(theirs):>14}{spread(ours):>14}{busy:>14}{memory:>10}"
            f"{shares[0]:7.2f}{shares[1]:6.2f}{shares[2]:8.2f}  {most}"
        )

    def run(self, name: str, arguments: Sequence[str]) -> Usage:
        """Run a program once."""
        home = self.homes[name]
        prefix = name.upper()
        environ = os.environ | {
            "HOME": str(home),
            f"{prefix}_CACHE_HOME": str(home / "cache"),
            f"{prefix}_CONFIG_HOME": str(home / "config"),
        }
        # As installed: with the bytecode that pip or the first run leaves behind.
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        return run([self.programs[name], *arguments], environ)


def middle(samples: Sequence[Usage], name: str) -> float:
    """Give the median."""
    values: list[float] = [getattr(sample, name) for sample in samples]
    return statistics.median(values)


def spread(samples: Sequence[Usage]) -> str:
    """Give the median time and how far the middle half lies from it."""
    times = sorted(sample.seconds * 1000 for sample in samples)
    low, _, high = statistics.quantiles(times, n=4)
    return f"{statistics.median(times):.0f} ±{(high - low) / 2:.0f}"


def seeded(seed: int) -> random.Random:
    """Give numbers that are the same in every run."""
    return random.Random(seed)  # noqa: S311 - no secret


def chart_name(number: int) -> str:
    """Name a chart of the repository."""
    return f"chart{number:03}-{WORDS[number % len(WORDS)].lower()}"


def write(served: Path, archives: Path, *, in_json: bool) -> None:
    """Write what is served, and the folder that is indexed."""
    write_repository(served, in_json=in_json)
    write_archives(archives)


def write_repository(folder: Path, *, in_json: bool) -> None:
    """Write an index like the largest public ones, and an archive for one chart."""
    folder.mkdir()
    rng = seeded(7)
    entries: dict[str, list[dict[str, Any]]] = {}
    for number in range(CHARTS):
        name = chart_name(number)
        about = " ".join(rng.choices(WORDS, k=12)).capitalize() + "."
        entries[name] = [
            entry(name, about, version, rng) for version in range(VERSIONS, 0, -1)
        ]
    newest = entries[chart_name(CHARTS // 2)][0]
    data = archive(newest["name"], newest["version"], rng)
    (folder / newest["urls"][0]).write_bytes(data)
    newest["digest"] = hashlib.sha256(data).hexdigest()
    index = {
        "apiVersion": "v1",
        "entries": entries,
        "generated": "2024-12-11T10:53:54.123456789Z",
    }
    text = json.dumps(index, indent=1) if in_json else yamlio.dump(index)
    (folder / "index.yaml").write_text(text)


def entry(name: str, about: str, number: int, rng: random.Random) -> dict[str, Any]:
    """Give a version of a chart as such an index lists it."""
    version = f"{number // 20 + 1}.{number // 4 % 5}.{number}"
    digest = hashlib.sha256(f"{name}{number}".encode()).hexdigest()
    return {
        "annotations": {
            "category": "Database",
            "images": f"- name: {name}\n  image: docker.io/library/{name}:{version}\n",
        },
        "apiVersion": "v2",
        "appVersion": version,
        "created": f"2024-{number % 12 + 1:02}-11T10:53:54.{rng.randrange(10**9):09}Z",
        "dependencies": [
            {
                "name": "common",
                "repository": "oci://registry.example.com/charts",
                "tags": ["common"],
                "version": "2.x.x",
            }
        ],
        "description": about,
        "digest": digest,
        "home": "https://example.com",
        "icon": f"https://example.com/assets/{name}.png",
        "keywords": [word.lower() for word in rng.choices(WORDS, k=3)],
        "maintainers": [{"name": "Example, Inc.", "url": "https://example.com/charts"}],
        "name": name,
        "sources": [f"https://example.com/charts/{name}"],
        "urls": [f"{name}-{version}.tgz"],
        "version": version,
    }


def write_archives(folder: Path) -> None:
    """Write the archives of charts like those of the large repositories."""
    folder.mkdir()
    rng = seeded(3)
    for number in range(ARCHIVED_CHARTS):
        for minor in range(ARCHIVED_VERSIONS):
            name, version = f"web{number:02}", f"1.{minor}.0"
            data = archive(name, version, rng)
            (folder / f"{name}-{version}.tgz").write_bytes(data)


def archive(name: str, version: str, rng: random.Random) -> bytes:
    """Give a chart's archive: 34 files, 150 kB unpacked."""
    about = entry(name, "A server for messages, with a cache.", 1, rng)
    fields = ("annotations", "apiVersion", "appVersion", "description", "home", "icon")
    fields += ("keywords", "maintainers", "name", "sources")
    chart = {key: about[key] for key in fields} | {"version": version}
    files = {
        "Chart.yaml": yamlio.dump(chart),
        "values.yaml": lines(rng, "v{}: {}", 200),
    }
    files["README.md"] = lines(rng, "| `p{}` | what it does | `{}` |", 600)
    for part in range(31):
        text = lines(rng, "value{}: {{{{ .Values.v{} }}}}", 100)
        files[f"templates/part{part}.yaml"] = text
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=6) as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def lines(rng: random.Random, form: str, count: int) -> str:
    """Give lines that compress no better than real ones."""
    rows = (
        form.format(rng.randrange(10**6), rng.randrange(10**6)) for _ in range(count)
    )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
