"""Operations killed at random moments, and what the next command makes of it.

``python -m tests.crashes --count 200`` starts a sandbox, and again and again an
install, an upgrade, a rollback or an uninstall, which gets SIGKILL at a random moment.
Then a command follows that a user might type, and the release is looked at: it must
not be stuck, no record may be lost, and the cluster must hold what the record says, no
less and no more. Ends with status 1 if a trial fails.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pypkg.chart.loader import load_chart
from pypkg.cluster.client import Cluster, connect
from pypkg.cluster.config import Overrides, load_config
from pypkg.cluster.discovery import Resource
from pypkg.objects.manifest import read_documents
from pypkg.release import history
from pypkg.release.environment import Environment
from pypkg.release.install import install
from pypkg.release.lock.lease_state import find_lease
from pypkg.release.options import InstallOptions, UpgradeOptions
from pypkg.release.records.record import Status
from pypkg.release.storage import SecretStorage
from pypkg.release.upgrade import upgrade
from tests.release.charts import write_chart

if TYPE_CHECKING:
    from pypkg.release.records.record import Release

CONFIG_MAPS = Resource("v1", "ConfigMap", "configmaps", namespaced=True)
NAME = "web"
# One object is always there, ten come and go with the values.
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  generation: {{ .Values.generation | quote }}
{{- range until 10 }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $.Release.Name }}-{{ $.Values.generation }}-{{ . }}
{{- end }}
"""
HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-hook
  annotations:
    helm.sh/hook: pre-install,post-upgrade,pre-rollback,pre-delete,post-delete
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox}]
"""
# What is killed, and which commands may follow. In the words of the command line,
# without the flags that all have.
VERBS: dict[str, tuple[list[str], list[list[str]]]] = {
    "install": (
        ["install", NAME, "CHART", "--set=generation=c"],
        [
            ["install", NAME, "CHART", "--set=generation=d"],
            ["upgrade", NAME, "CHART", "--install", "--set=generation=d"],
            ["uninstall", NAME, "--ignore-not-found"],
        ],
    ),
    "upgrade": (
        ["upgrade", NAME, "CHART", "--set=generation=c", "--history-max=3"],
        [
            ["upgrade", NAME, "CHART", "--set=generation=d"],
            ["rollback", NAME, "2"],
            ["uninstall", NAME],
            ["release", "recover", NAME],
        ],
    ),
    "rollback": (
        ["rollback", NAME, "1"],
        [
            ["rollback", NAME, "2"],
            ["upgrade", NAME, "CHART", "--set=generation=d"],
            ["uninstall", NAME, "--keep-history"],
            ["release", "recover", NAME],
        ],
    ),
    "uninstall": (
        ["uninstall", NAME],
        [
            ["uninstall", NAME, "--ignore-not-found"],
            ["upgrade", NAME, "CHART", "--install", "--set=generation=d"],
            ["install", NAME, "CHART", "--set=generation=d"],
        ],
    ),
}


@dataclass
class Trial:
    """One operation that is killed, and what came of it.

    Attributes:
        verb: What is killed.
        after: How many seconds after its start.
        left: The states of the revisions that the kill left, such as
            ``superseded deployed pending-upgrade``; with ``lease`` where it held one.
        following: The next command.
        faults: What is wrong then.
    """

    verb: str
    after: float
    left: str = ""
    following: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Laboratory:
    """Runs trials on a sandbox.

    Attributes:
        environments: Where trials ran, each in a namespace of its own.

    Args:
        kubeconfig: The sandbox's.
        folder: For the chart.
        environ: For the processes; a home of their own.
        seed: Of what is random.
    """

    def __init__(
        self, kubeconfig: Path, folder: Path, environ: dict[str, str], seed: int
    ) -> None:
        self._kubeconfig = kubeconfig
        self._chart = write_chart(
            folder / "chart",
            {
                "values.yaml": "generation: a\n",
                "config.yaml": TEMPLATE,
                "hook.yaml": HOOK,
            },
        )
        self._environ = environ
        self._random = random.Random(seed)  # noqa: S311 - moments, no secrets
        self._lasting: dict[str, float] = {}
        self.environments: list[Environment] = []

    def run(self, verb: str) -> Trial:
        """Kill an operation, run what may follow, and look at the release."""
        whole = self._lasting.get(verb) or self._measured(verb)
        env = self._prepared(verb)
        before = {r.revision for r in history.revisions(env.storage, NAME)}
        # The start of Python is of no interest.
        trial = Trial(verb, whole * self._random.uniform(0.5, 1.0))
        process = self._start(env, VERBS[verb][0])
        try:
            process.wait(trial.after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            # The machine may be busier than before.
            self._lasting[verb] *= 1.03
        else:
            self._lasting[verb] *= 0.9
        left = history.revisions(env.storage, NAME)
        lease = find_lease(_cluster(env), env.namespace, NAME) is not None
        trial.left = " ".join([*(r.status for r in left), *["(lease)"] * lease])
        if verb != "uninstall" and (
            # An upgrade may prune the oldest.
            lost := sorted(before - {r.revision for r in left} - {1})
        ):
            trial.faults.append(f"lost revisions {lost}")
        trial.following = self._following(verb, left)
        done = self._run(env, trial.following)
        if done.returncode:
            trial.faults.append(f"the next command failed: {done.stderr}")
        trial.faults += self._faults(env, trial.following, left)
        return trial

    def _measured(self, verb: str) -> float:
        """Say how long an operation takes that is not killed."""
        env = self._prepared(verb)
        begun = time.monotonic()
        self._start(env, VERBS[verb][0]).wait()
        self._lasting[verb] = time.monotonic() - begun
        return self._lasting[verb]

    def _following(self, verb: str, left: list[Release]) -> list[str]:
        words = list(VERBS[verb][1])
        alive = bool(left) and left[-1].status == Status.DEPLOYED
        if alive:
            # The name is in use, and that is no failure.
            words = [w for w in words if w[0] != "install"]
        return self._random.choice(words)

    def _faults(
        self, env: Environment, following: list[str], before: list[Release]
    ) -> list[str]:
        """Say what is wrong with a release after a command has succeeded."""
        found = []
        revisions = history.revisions(env.storage, NAME)
        numbers = [r.revision for r in revisions]
        states = [r.status for r in revisions]
        if len(set(numbers)) != len(numbers):
            found.append(f"revisions are doubled: {numbers}")
        if any(s.is_pending or s == Status.UNINSTALLING for s in states):
            found.append(f"stuck: {states}")
        if following[0] == "uninstall":
            kept = "--keep-history" in following
            if states and (not kept or states[-1] != Status.UNINSTALLED):
                found.append(f"not uninstalled: {states}")
        elif following[0] != "release" and states[-1:] != [Status.DEPLOYED]:
            found.append(f"not deployed: {states}")
        if states.count(Status.DEPLOYED) > 1:
            found.append(f"deployed more than once: {states}")
        if following[0] in {"upgrade", "rollback"} and (
            lost := sorted({r.revision for r in before} - {*numbers})
        ):
            found.append(f"lost revisions {lost}")
        if find_lease(_cluster(env), env.namespace, NAME) is not None:
            found.append("the lease is still there")
        if following[0] != "release":
            found += _differences(env, revisions)
        return found

    def _prepared(self, verb: str) -> Environment:
        """Give a namespace with a release as the verb finds it."""
        env = self._environment()
        if verb == "install":
            return env
        chart = load_chart(self._chart)
        options = InstallOptions(name=NAME, disable_hooks=True)
        install(env, chart, {}, options)
        again = UpgradeOptions(name=NAME, disable_hooks=True)
        for generation in ("b", "bb"):
            upgrade(env, chart, {"generation": generation}, again)
        return env

    def _environment(self) -> Environment:
        namespace = f"crash-{uuid.uuid4().hex[:8]}"
        overrides = Overrides(kubeconfig=str(self._kubeconfig), namespace=namespace)
        cluster = connect(load_config(overrides, environ={}), environ={})
        cluster.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        )
        storage = SecretStorage(cluster, namespace, clock=lambda: datetime.now(UTC))
        env = Environment(cluster=cluster, storage=storage, namespace=namespace)
        self.environments.append(env)
        return env

    def _words(self, env: Environment, words: list[str]) -> list[str]:
        named = [str(self._chart) if word == "CHART" else word for word in words]
        return [
            sys.executable,
            "-m",
            "pypkg",
            f"--kubeconfig={self._kubeconfig}",
            f"--namespace={env.namespace}",
            *named,
        ]

    def _start(self, env: Environment, words: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._words(env, words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environ,
        )

    def _run(
        self, env: Environment, words: list[str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._words(env, words),
            capture_output=True,
            text=True,
            env=self._environ,
            timeout=60,
            check=False,
        )


def _cluster(env: Environment) -> Cluster:
    assert env.cluster is not None
    return env.cluster


def _differences(env: Environment, revisions: list[Release]) -> list[str]:
    """Compare the objects in the cluster with those of the deployed revision."""
    deployed = [r for r in revisions if r.status == Status.DEPLOYED]
    wanted = {
        manifest.name
        for release in deployed[-1:]
        for manifest in read_documents(release.manifest)
    }
    live = {
        obj["metadata"]["name"]
        for obj in _cluster(env).list(
            CONFIG_MAPS,
            env.namespace,
            label_selector="app.kubernetes.io/managed-by=Helm",
        )
    }
    found = []
    if missing := sorted(wanted - live):
        found.append(f"missing: {missing}")
    if orphans := sorted(live - wanted):
        found.append(f"left over: {orphans}")
    return found


def main(arguments: list[str]) -> int:
    """Run trials on a sandbox of their own, and print what came of them."""
    from pypkg.sandbox import daemon

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args(arguments)
    left: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        status = daemon.up(folder / "sandbox")
        try:
            home = {**os.environ, "HOME": name}
            laboratory = Laboratory(status.kubeconfig, folder, home, options.seed)
            for number in range(options.count):
                trial = laboratory.run(list(VERBS)[number % len(VERBS)])
                left[f"{trial.verb}: {trial.left or 'no record'}"] += 1
                failed += bool(trial.faults)
                for fault in trial.faults:
                    sys.stdout.write(f"{trial}: {fault}\n")
        finally:
            daemon.down(folder / "sandbox")
    for state, times in sorted(left.items()):
        sys.stdout.write(f"{times:4}  {state}\n")
    sys.stdout.write(
        f"seed {options.seed}: {options.count} killed, {failed} of them stuck or lost\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
