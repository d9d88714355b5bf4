"""The same command lines by helm and by pypkg: they do, print and leave the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.client import connect
from pypkg.cluster.config import Overrides, load_config
from tests.e2e.stage import Stage
from tests.e2e.state import anonymous, differences, look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pypkg.sandbox.daemon import Status
    from tests.conftest import Command

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.oracle,
    # The command line leaves its connections to the end of its process.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

HOOK = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-EVENT
  annotations:
    helm.sh/hook: EVENT
    helm.sh/hook-weight: "WEIGHT"
    helm.sh/hook-delete-policy: POLICY
    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
    pypkg.dev/sim: {{ get (.Values.fail | default dict) "EVENT" | quote }}
    pypkg.dev/logs: log of EVENT
spec:
  restartPolicy: Never
  containers: [{name: main, image: busybox}]
"""
POLICIES = {
    "pre-install": "before-hook-creation",
    "post-install": "hook-succeeded",
    "pre-upgrade": "hook-failed",
    "post-upgrade": "hook-succeeded,hook-failed",
    "pre-rollback": "before-hook-creation,hook-succeeded",
    "post-rollback": "hook-succeeded",
    "pre-delete": "before-hook-creation",
    "post-delete": "hook-succeeded",
    "test": "before-hook-creation",
}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
HOOKED = {
    "templates/config.yaml": CONFIG,
    **{
        f"templates/{event}.yaml": HOOK.replace("EVENT", event)
        .replace("WEIGHT", str(3 - number))
        .replace("POLICY", policy)
        for number, (event, policy) in enumerate(POLICIES.items())
    },
}
BROKEN = {
    "templates/config.yaml": CONFIG.replace("Name }}", "Name }}-new"),
    "templates/service.yaml": "apiVersion: v1\nkind: Service\n"
    "metadata: {name: {{ .Release.Name }}}\n"
    "spec: {ports: [{port: {{ .Values.port | default 0 }}, protocol: TCP}]}\n",
}
# Helm puts several notes together in random order, so there is one.
PARENT = {
    "templates/config.yaml": CONFIG,
    "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
    "charts/sub/templates/NOTES.txt": "of the subchart\n",
}
SECRET = {
    "templates/secret.yaml": "apiVersion: v1\nkind: Secret\n"
    "metadata: {name: {{ .Release.Name }}}\nstringData: {word: hush}\n",
    "templates/config.yaml": CONFIG + "data:\n  seen: {{ lookup"
    ' "v1" "Namespace" "" .Release.Namespace | empty | quote }}\n',
}

PLAYS: Mapping[str, tuple[str, ...]] = {
    "--install": (
        "upgrade -i web WEB --set replicas=2",
        "upgrade -i web WEB --set keep=true -o yaml",
        "uninstall web --keep-history",
        "upgrade -i web WEB",
        "history web",
    ),
    "values": (
        "install web WEB --set replicas=2,image.tag=x",
        "upgrade web WEB --reuse-values --set replicas=3",
        "upgrade web WEB",
        "upgrade web WEB --reset-then-reuse-values --set keep=true",
        "get values web",
        "upgrade web WEB --reset-values",
        "get values web --all",
    ),
    "hooks": (
        "install web HOOKED",
        "upgrade web HOOKED --set a=2",
        "rollback web 1",
        "test web",
        "test web --logs",
        "get hooks web",
        "uninstall web",
    ),
    "hooks that fail": (
        "install web HOOKED --set fail.post-install=job-fail",
        "upgrade web HOOKED --set fail.pre-upgrade=job-fail",
        "upgrade web HOOKED --no-hooks --set fail.test=job-fail",
        "test web --filter name=other",
        "test web",
        "history web",
        "rollback web 1 --no-hooks",
        "uninstall web --no-hooks",
    ),
    "apply": (
        "install web WEB --server-side=false",
        "upgrade web WEB --set replicas=2",
        "upgrade web WEB --force-replace",
        "upgrade web WEB --server-side=true",
        "rollback web 1",
        "upgrade web WEB --set replicas=3 --force-conflicts --server-side=true",
        "uninstall web --cascade orphan",
        "install web WEB --take-ownership",
        "install fresh WEB --force-replace",
    ),
    "failures": (
        "install web BROKEN",
        "list -a",
        "upgrade web BROKEN --set port=80",
        "upgrade web WEB",
        "upgrade web BROKEN --rollback-on-failure",
        "history web",
        "install other BROKEN --atomic",
        "list -q",
        "upgrade -i new BROKEN",
    ),
    "replace": (
        "install web BROKEN",
        "install web BROKEN --replace --set port=80",
        "uninstall web --keep-history --description gone",
        "install web WEB --replace --description again",
        "history web",
    ),
    "history": (
        "install web WEB",
        *("upgrade web WEB --history-max 2",) * 3,
        "rollback web --history-max 2",
        "history web --max 1 --show-rollback-revision",
        "history web --max 0",
        "history web --max -1",
        "get values web --revision -1",
        "status web --revision 1",
        "uninstall web --keep-history",
        "uninstall web --keep-history",
        "status web",
        "rollback web",
        "uninstall web",
        "uninstall web",
        "uninstall web --ignore-not-found",
    ),
    "labels": (
        "install web WEB -l team=a,env=b",
        "upgrade web WEB -l team=c,env=null",
        "list -q -l team=c",
        "list -q -l team=a",
        "install other WEB -l owner=me",
    ),
    "dry runs": (
        "install web SECRET --dry-run=client --hide-secret",
        "install web SECRET --dry-run=server",
        "upgrade -i web SECRET --dry-run=client",
        "install web SECRET --hide-secret",
        "list -a",
        "install web SECRET",
        "upgrade web SECRET --dry-run=server --hide-secret -o json",
        "uninstall web --dry-run",
        "rollback web --dry-run",
    ),
    "notes": (
        "install web WEB --hide-notes",
        "upgrade web PARENT",
        "upgrade web PARENT --render-subchart-notes",
        "get notes web",
        "get all web --revision 1",
        "install debugged WEB --debug",
        "test debugged --debug",
    ),
    "a record's fields": (
        "install web WEB --set a.b=c -l team=x",
        "get metadata web",
        "get metadata web -o json",
        "get metadata web -o yaml",
        "get all web --template {{.Release.Chart.Name}}/{{.Release.Info.Deleted}}",
        "get all web --template {{.Release.Info.LastDeployed.IsZero}}",
        "get all web --template {{.Release.Chart.Metadata.Version}}{{.Release.Config}}",
        "get all web --template {{range(.Release.Hooks)}}{{.LastRun.StartedAt}}{{end}}",
        "get all web --template {{.Release.Labels}}{{.Release.ApplyMethod}}",
        "get all web --template {{.Release.Config.nope}}",
        "get all web --template {{.Release.Nope}}",
        "get all web --template {{.Release.Chart.Metadata.Nope}}",
    ),
    "waiting": (
        "install web WEB --wait --timeout 20s",
        "upgrade web WEB --wait=legacy --wait-for-jobs --set keep=true",
        "rollback web --wait=hookOnly",
        "uninstall web --wait --cascade foreground",
    ),
}


@pytest.fixture
def stage(
    sandbox: Status, real_helm: Command, chart: Path, tmp_path: Path
) -> Iterator[Stage]:
    charts = {"WEB": chart}
    made = {"HOOKED": HOOKED, "BROKEN": BROKEN, "PARENT": PARENT, "SECRET": SECRET}
    for word, files in made.items():
        folder = charts[word] = tmp_path / word.lower()
        head = f"apiVersion: v2\nname: {word.lower()}\nversion: 0.1.0\n"
        for name, text in {"Chart.yaml": head, **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    config = load_config(Overrides(kubeconfig=str(sandbox.kubeconfig)), environ={})
    staged = Stage(connect(config, environ={}), real_helm, charts)
    yield staged
    staged.close()


@pytest.mark.parametrize(
    "play",
    [pytest.param(p, marks=pytest.mark.faults) if "fail" in p else p for p in PLAYS],
)
def test_helm_and_pypkg_do_the_same(stage: Stage, play: str) -> None:
    theirs, ours = (stage.set_up(tool, ()) for tool in ("helm", "pypkg"))
    for words in PLAYS[play]:
        expected = anonymous(stage.run("helm", words, theirs), theirs)
        found = anonymous(stage.run("pypkg", words, ours), ours)
        assert found.code == expected.code, (words, found, expected)
        assert found.out == expected.out, words
    left = look(stage.cluster, ours)
    assert differences(left, look(stage.cluster, theirs)) == []


def test_upgrade_install_says_which_of_the_two_failed(stage: Stage) -> None:
    place = stage.set_up("pypkg", ["install web WEB"])
    failed = stage.run("pypkg", "upgrade -i new BROKEN", place)
    assert failed.err.startswith("Error: INSTALLATION FAILED: server-side apply failed")
    failed = stage.run("pypkg", "upgrade -i web BROKEN", place)
    assert "Error: UPGRADE FAILED: failed to create resource" in failed.err


def test_an_old_word_is_named_once(stage: Stage) -> None:
    place = stage.set_up("pypkg", [])
    words = "upgrade -i web WEB --wait=true --dry-run=true"
    said = stage.run("pypkg", words, place).err.splitlines()
    assert said == [
        "--dry-run=true is deprecated, use --dry-run=client",
        "--wait=true is deprecated, use --wait=watcher",
    ]
