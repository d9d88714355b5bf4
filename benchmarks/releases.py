"""Measures releases beside the real helm, on one server: the sandbox.

``python benchmarks/releases.py [--runs N] [NAME...]``, after ``make clients``.

Both programs do the same to the same server by turns, so that a busy machine hurts
both alike. The table gives the median and spread of the wall time of the whole process,
its processor time, the server's, the peak memory, and pypkg's share of helm's. NAME
picks cases, such as ``list``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import processes  # noqa: E402 - the project's root is on the path now
from pypkg.cluster.client import connect  # noqa: E402 - as above
from pypkg.cluster.config import Overrides, load_config  # noqa: E402 - as above
from pypkg.errors import ConflictError  # noqa: E402 - as above
from pypkg.release.records.record import Status  # noqa: E402 - as above
from pypkg.release.storage import SecretStorage  # noqa: E402 - as above
from pypkg.sandbox import daemon  # noqa: E402 - as above
from tests import clients  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pypkg.sandbox.daemon import Status as Sandbox

HISTORY = 10
# As large as the charts of applications become, with what they depend on.
FILES, LINES = 60, 400
RELEASES = 250
REVISIONS = 5
# What a large chart is made of; 300 objects.
KINDS = {"ServiceAccount": 40, "Secret": 40, "ConfigMap": 120, "Service": 50}
DEPLOYMENTS = 50
TICKS = os.sysconf("SC_CLK_TCK")

OBJECTS = """\
{{- range $n, $_ := until %(count)d }}
---
apiVersion: v1
kind: %(kind)s
metadata:
  name: {{ $.Release.Name }}-{{ $n }}
  labels: {app: {{ $.Release.Name }}, part: "{{ $n }}"}
%(body)s
{{- end }}
"""
BODIES = {
    "ServiceAccount": "automountServiceAccountToken: false",
    "Secret": 'stringData: {password: "secret-{{ $n }}", user: app}',
    "ConfigMap": "data:\n  name: part {{ $n }}\n  settings.ini: |\n    [main]\n"
    "    workers = 4\n    level = info",
    "Service": "spec:\n  selector: {app: part-{{ $n }}}\n"
    "  ports: [{name: http, port: 80, targetPort: 8080}]",
}
DEPLOYMENT = """\
{{- range $n, $_ := until %d }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $.Release.Name }}-{{ $n }}
  labels: {app: part-{{ $n }}}
spec:
  replicas: 1
  selector: {matchLabels: {app: part-{{ $n }}}}
  template:
    metadata:
      labels: {app: part-{{ $n }}}
    spec:
      containers:
        - name: main
          image: nginx:1.29
          ports: [{name: http, containerPort: 8080}]
          env: [{name: LEVEL, value: info}]
          resources: {requests: {cpu: 10m, memory: 16Mi}}
{{- end }}
"""


@dataclass(frozen=True)
class Sample:
    """One run of a program.

    Attributes:
        seconds: Wall time.
        processor: The program's processor time, in seconds.
        server: The server's processor time meanwhile, in seconds.
        megabytes: Peak resident memory.
    """

    seconds: float
    processor: float
    server: float
    megabytes: float


@dataclass(frozen=True)
class Case:
    """What both programs do.

    Attributes:
        name: What the table calls it.
        arguments: The command line, the same for both.
        setup: Commands that helm runs once in the namespace of each.
        ready: A command that pypkg runs before each turn.
        undo: A command that pypkg runs after each turn.
        namespace: One for both programs; "" for one each.
    """

    name: str
    arguments: tuple[str, ...]
    setup: tuple[tuple[str, ...], ...] = ()
    ready: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    namespace: str = ""


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only cases whose name holds one")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    helm = clients.find("helm")
    if helm is None:
        sys.exit(f"the real helm is not in {clients.FOLDER}: run `make clients`")
    pypkg = shutil.which("pypkg", path=str(Path(sys.executable).parent))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sandbox = daemon.up(folder / "sandbox")
        try:
            bench = Bench(str(helm), str(pypkg), folder, sandbox)
            print(f"{options.runs} runs each; {os.cpu_count()} CPUs; helm / pypkg")
            print(
                f"{'':30}{'wall s':>20}{'share':>7}{'MB':>12}{'share':>7}"
                f"{'CPU s':>13}{'server CPU s':>15}"
            )
            for case in cases(folder):
                if any(part in case.name for part in options.names or [""]):
                    print(bench.line(case, options.runs), flush=True)
        finally:
            daemon.down(folder / "sandbox")


def cases(folder: Path) -> Iterator[Case]:
    """Give what is measured."""
    chart = str(large_chart(folder))
    count = sum(KINDS.values()) + DEPLOYMENTS
    install = ("install", "large", chart)
    yield Case(f"install {count} objects", install, undo=("uninstall", "large"))
    upgrade = ("upgrade", "large", chart)
    yield Case(f"upgrade {count} unchanged", upgrade, setup=(install,))
    yield Case(f"uninstall {count} objects", ("uninstall", "large"), ready=install)
    yield Case(
        f"list {RELEASES} x {REVISIONS}", ("list", "--max", "0"), namespace="many"
    )
    heavy = str(heavy_chart(folder))
    upgrade = ("upgrade", "heavy", heavy)
    setup = (("install", "heavy", heavy), *[upgrade] * (HISTORY - 1))
    yield Case(f"upgrade with {HISTORY} revisions", upgrade, setup=setup)
    for command in ("rollback", "status", "history"):
        words = (command, "heavy")
        yield Case(f"{command} of {HISTORY} revisions", words, setup=setup)


def heavy_chart(folder: Path) -> Path:
    """Write a chart of a few objects and many files, which each record holds."""
    chart = folder / "heavy"
    (chart / "templates").mkdir(parents=True)
    (chart / "dashboards").mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: heavy\nversion: 1.0.0\n")
    text = OBJECTS % {"kind": "ConfigMap", "count": 10, "body": BODIES["ConfigMap"]}
    (chart / "templates" / "config.yaml").write_text(text)
    for number in range(FILES):
        lines = (
            f"- {{panel: {n}, at: [{n * n % 997}, {n * number % 991}], kind: graph}}\n"
            for n in range(LINES)
        )
        (chart / "dashboards" / f"{number}.yaml").write_text("".join(lines))
    return chart


def large_chart(folder: Path) -> Path:
    """Write a chart of many objects of a few kinds."""
    chart = folder / "large"
    templates = chart / "templates"
    templates.mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: large\nversion: 1.0.0\n")
    for kind, count in KINDS.items():
        text = OBJECTS % {"kind": kind, "count": count, "body": BODIES[kind]}
        (templates / f"{kind.lower()}.yaml").write_text(text)
    (templates / "deployment.yaml").write_text(DEPLOYMENT % DEPLOYMENTS)
    return chart


class Bench:
    """Runs both programs in one private home, against one sandbox.

    Args:
        helm: The real helm.
        pypkg: The command to compare.
        folder: The home.
        sandbox: The server.
    """

    def __init__(self, helm: str, pypkg: str, folder: Path, sandbox: Sandbox) -> None:
        self.helm = helm
        self.pypkg = pypkg
        self.folder = folder
        self.sandbox = sandbox
        self.environ = os.environ | {
            "HOME": str(folder),
            "KUBECONFIG": str(sandbox.kubeconfig),
        }
        # As installed: with the bytecode that pip or the first run leaves behind.
        self.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        overrides = Overrides(kubeconfig=str(sandbox.kubeconfig))
        self.cluster = connect(load_config(overrides, environ={}), environ={})

    def line(self, case: Case, runs: int) -> str:
        """Measure a case, and give its line of the table."""
        namespaces = self.prepare(case)
        theirs, ours = [], []
        for turn in range(runs + 1):
            pair = [
                self.turn(program, case, namespace)
                for program, namespace in namespaces.items()
            ]
            if turn:  # the first fills caches
                theirs.append(pair[0])
                ours.append(pair[1])

        def share(name: str) -> str:
            return f"{middle(ours, name) / middle(theirs, name):7.2f}"

        def both(name: str, digits: int) -> str:
            return (
                f"{middle(theirs, name):.{digits}f} / {middle(ours, name):.{digits}f}"
            )

        return (
            f"{case.name:30}{spread(theirs) + ' / ' + spread(ours):>20}"
            f"{share('seconds')}{both('megabytes', 0):>12}{share('megabytes')}"
            f"{both('processor', 2):>13}{both('server', 2):>15}"
        )

    def prepare(self, case: Case) -> dict[str, str]:
        """Make each program's namespace, and what there must be in it.

        Returns:
            Which program works in which namespace.
        """
        if case.namespace:
            self.record(case.namespace)
            return {self.helm: case.namespace, self.pypkg: case.namespace}
        words = case.name.replace(" ", "-")
        namespaces = {self.helm: f"{words}-by-helm", self.pypkg: f"{words}-by-pypkg"}
        for name in namespaces.values():
            self.create_namespace(name)
            for command in case.setup:
                self.run(self.helm, (*command, "--namespace", name))
        return namespaces

    def create_namespace(self, name: str) -> None:
        """Make a namespace, unless it is there."""
        with suppress(ConflictError):
            self.cluster.create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )

    def turn(self, program: str, case: Case, namespace: str) -> Sample:
        """Run a program once, on a server that has nothing else to do."""
        where = ("--namespace", namespace)
        if case.ready:
            self.run(self.pypkg, (*case.ready, *where))
        self.settle()
        sample = self.run(program, (*case.arguments, *where))
        if case.undo:
            self.settle()
            self.run(self.pypkg, (*case.undo, *where))
        return sample

    def run(self, program: str, arguments: Sequence[str]) -> Sample:
        """Run a program."""
        before = self.server_seconds()
        usage = processes.run((program, *arguments), self.environ)
        server = self.server_seconds() - before
        return Sample(usage.seconds, usage.busy, server, usage.megabytes)

    def settle(self) -> None:
        """Wait until the server's controllers have nothing left to do."""
        last, now = -1.0, self.server_seconds()
        while now - last > 2 / TICKS:
            time.sleep(0.3)
            last, now = now, self.server_seconds()

    def server_seconds(self) -> float:
        """Give the processor time that the server has used."""
        fields = Path(f"/proc/{self.sandbox.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) / TICKS

    def starter(self) -> Path:
        """Give the chart that ``helm create`` makes."""
        if not (self.folder / "starter").exists():
            command = [self.helm, "create", "starter"]
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return self.folder / "starter"

    def record(self, namespace: str) -> None:
        """Record many releases, copies of one that helm has made of its own chart."""
        self.create_namespace(namespace)
        where = ("--namespace", namespace)
        self.run(self.helm, ("install", "model", str(self.starter()), *where))
        storage = SecretStorage(
            self.cluster, namespace, clock=lambda: datetime.now(UTC)
        )
        model = storage.get("model", 1)
        storage.delete(model)
        revisions = [
            replace(model, name=f"release-{number}", revision=revision).with_status(
                Status.DEPLOYED if revision == REVISIONS else Status.SUPERSEDED
            )
            for number in range(RELEASES)
            for revision in range(1, REVISIONS + 1)
        ]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(storage.create, revisions))


def middle(samples: Sequence[Sample], name: str) -> float:
    """Give the median."""
    return statistics.median(getattr(sample, name) for sample in samples)


def spread(samples: Sequence[Sample]) -> str:
    """Give the median time and how far the middle half lies from it."""
    times = sorted(sample.seconds for sample in samples)
    low, _, high = statistics.quantiles(times, n=4)
    return f"{statistics.median(times):.2f} ±{(high - low) / 2:.2f}"


if __name__ == "__main__":
    main()
