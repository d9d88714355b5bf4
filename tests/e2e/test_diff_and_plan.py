from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = pytest.mark.e2e

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  password: {{ .Values.password | default "correct-horse" }}
"""


@pytest.fixture
def kubectl(real_kubectl: Command, namespace: str) -> Command:
    """The real kubectl, in the test's namespace."""
    words = (*real_kubectl.program, "--namespace", namespace)
    return type(real_kubectl)(words, real_kubectl.environ, real_kubectl.folder)


@pytest.fixture
def scaling_is_noted(kubectl: Command) -> None:
    """Skip where the cluster does not tell who has scaled."""
    server = json.loads(kubectl.ok("version", "-o", "json"))["serverVersion"]
    if int(server["minor"].rstrip("+")) < 22:
        pytest.skip("before Kubernetes 1.22 servers do not note who scales")


@pytest.mark.usefixtures("scaling_is_noted")
def test_a_diff_shows_what_changes_and_who_else_did(
    pypkg: Command, kubectl: Command, chart: Path
) -> None:
    (chart / "templates/secret.yaml").write_text(SECRET)
    pypkg.ok("install", "web", chart)
    assert pypkg("diff", "upgrade", "web", chart, "--detailed-exitcode").code == 0
    kubectl.ok("scale", "deployment", "web", "--replicas=5")
    words: list[str | Path] = [
        "diff",
        "upgrade",
        "web",
        chart,
        "--set",
        "image.tag=2,password=battery",
    ]
    found = pypkg(*words, "--exit-code")
    assert found.code == 2
    assert "\x1b" not in found.out
    assert "web, Deployment (apps/v1) has changed:" in found.out
    assert "-       - image: nginx:1.29\n+       - image: nginx:2\n" in found.out
    assert "# drift: set by kubectl (scale) " in found.out
    assert "  ! .spec.replicas: 5 -> 1, conflict with" in found.out
    assert "-   password: -------- # (13 bytes)" in found.out
    assert "+   password: ++++++++ # (7 bytes)" in found.out
    assert "1 problem: this would fail.\n\nHint: leave a field to" in found.out
    assert "\x1b[31m-" in pypkg.ok(*words, "--color=always")

    data = pypkg.ok(*words, "-o", "json")
    assert json.loads(data)["summary"]["changed"] == 3
    for secret in ("battery", "correct-horse", "YmF0dGVyeQ", "Y29ycmVjdC1ob3JzZQ"):
        assert secret not in found.out
        assert secret not in data
    assert "YmF0dGVyeQ==" in pypkg.ok(*words, "--show-secrets")

    simple = pypkg.ok(*words, "-o", "simple", "--suppress", "Secret,ConfigMap")
    assert "Deployment (apps/v1) to be changed." in simple
    assert "Secret" not in simple
    kept = pypkg.ok(*words, "--field-policy", ".spec.replicas=keep")
    assert "# keeps for kubectl (scale): .spec.replicas stays 5" in kept
    # Nothing of this has changed anything.
    assert len(json.loads(pypkg.ok("history", "web", "-o", "json"))) == 1


def test_a_diff_of_revisions_rollbacks_and_missing_releases(
    pypkg: Command, chart: Path
) -> None:
    assert "has no deployed releases" in pypkg.fails("diff", "upgrade", "web", chart)
    missing = pypkg.ok("diff", "upgrade", "web", chart, "--allow-unreleased")
    assert missing.endswith("Plan: 2 to add, 0 to change, 0 to destroy.\n")
    pypkg.ok("install", "web", chart)
    pypkg.ok("upgrade", "web", chart, "--set", "image.tag=2")
    back = pypkg.ok("diff", "rollback", "web")
    assert "-       - image: nginx:2\n+       - image: nginx:1.29\n" in back
    revision = pypkg.ok("diff", "revision", "web", "1", "-C", "0")
    assert "-       - image: nginx:1.29\n+       - image: nginx:2\n" in revision
    assert revision == pypkg.ok("diff", "revision", "web", "2", "1", "-C", "0")
    rendered = pypkg.ok(
        "diff", "upgrade", "web", chart, "--three-way-merge=false", "-o", "simple"
    )
    assert rendered.endswith("Plan: 0 to add, 0 to change, 0 to destroy.\n")
    assert "could not convert" in pypkg.fails("diff", "revision", "web", "x")


@pytest.mark.usefixtures("scaling_is_noted")
def test_conflicts_are_named_before_anything_changes(
    pypkg: Command, kubectl: Command, chart: Path
) -> None:
    pypkg.ok("install", "web", chart)
    kubectl.ok("scale", "deployment", "web", "--replicas=5")
    patch = '{"data":{"replicas":"seven"}}'
    kubectl.ok("patch", "configmap", "web-config", "--type=merge", "-p", patch)
    words: list[str | Path] = ["upgrade", "web", chart, "--set", "image.tag=2"]
    said = pypkg.fails(*words)
    assert said.startswith("Error: UPGRADE FAILED: 2 fields have other managers")
    assert '.data.replicas: "seven" -> "1", conflict with "kubectl-patch"' in said
    assert '.spec.replicas: 5 -> 1, conflict with "kubectl" with subresource' in said
    assert "--field-policy 'ConfigMap/web-config:.data.replicas=keep'" in said
    assert len(json.loads(pypkg.ok("history", "web", "-o", "json"))) == 1
    pypkg.ok(*words, "--field-policy=.spec.replicas=keep", "--field-policy=/data=take")
    shown = kubectl.ok("get", "deployment,configmap", "-o", "json")
    found = {item["metadata"]["name"]: item for item in json.loads(shown)["items"]}
    assert found["web"]["spec"]["replicas"] == 5
    assert found["web-config"]["data"]["replicas"] == "1"
    wrong = pypkg.fails(*words, "--field-policy=replicas=keep")
    assert "is no field policy" in wrong


@pytest.mark.oracle
@pytest.mark.usefixtures("scaling_is_noted")
def test_a_plan_is_carried_out_exactly_and_helm_reads_the_release(
    pypkg: Command, real_helm: Command, kubectl: Command, chart: Path, tmp_path: Path
) -> None:
    file = tmp_path / "web.plan"
    assert "a plan needs a file" in pypkg.fails("plan", "upgrade", "web", chart)
    planned = pypkg.ok("plan", "upgrade", "web", chart, "--install", "-o", file)
    assert "Plan: 2 to add" in planned
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert pypkg.ok("list", "-q") == ""
    assert "STATUS: deployed" in pypkg.ok("apply", file)

    pypkg.ok("plan", "upgrade", "web", chart, "--set", "image.tag=2", "-o", file)
    # What the chart says by then does not matter.
    (chart / "templates/deployment.yaml").unlink()
    assert "to change" in pypkg.ok("apply", file, "--dry-run")
    assert "REVISION: 2" in pypkg.ok("apply", file)
    history = json.loads(real_helm.ok("history", "web", "-o", "json"))
    assert [entry["status"] for entry in history] == ["superseded", "deployed"]
    assert "image: nginx:2" in real_helm.ok("get", "manifest", "web")

    outdated = pypkg.fails("apply", file)
    assert "the release was revision 1 (deployed)" in outdated
    assert "and is revision 2 (deployed)" in outdated
    pypkg.ok("plan", "rollback", "web", "1", "-o", file)
    kubectl.ok("scale", "deployment", "web", "--replicas=3")
    said = pypkg.fails("apply", file)
    assert said.startswith("Error: APPLY FAILED: the cluster is not as it was")
    assert ".spec.replicas: 1 -> 3, set by kubectl (scale) at" in said
    assert "this would fail, so no plan is saved" in pypkg.fails(
        "plan", "rollback", "web", "1", "-o", file
    )
    pypkg.ok("plan", "rollback", "web", "1", "--force-conflicts", "-o", file)
    assert "REVISION: 3" in pypkg.ok("apply", file)
    real_helm.ok("rollback", "web", "2")

    other = pypkg.fails("apply", file, "-n", "elsewhere")
    assert "the plan is for the namespace" in other
    file.write_bytes(b"\x1f\x8b" + file.read_bytes()[2:-9])
    assert "damaged" in pypkg.fails("apply", file)
    pypkg.ok("plan", "uninstall", "web", "-o", file)
    assert pypkg.ok("apply", file) == 'release "web" uninstalled\n'
    assert real_helm.ok("list", "-q") == ""
