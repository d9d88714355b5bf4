"""Releases larger than one Secret: whole for pypkg, and safe from helm."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from tests.release.charts import CONFIG_MAP, write_chart

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

pytestmark = [pytest.mark.e2e, pytest.mark.oracle]

# Random, so that compression does not help.
NOISE = b64encode(random.Random(1).randbytes(810_000)).decode()  # noqa: S311 - no secret
# As a manifest it must be of several objects, for each of them has its own limit.
OBJECTS = "".join(
    CONFIG_MAP.replace("-config", f"-{number}")
    + f"  noise: {NOISE[number * 540_000 : (number + 1) * 540_000]}\n---\n"
    for number in range(2)
)


def test_helm_works_on_a_release_whose_chart_is_large(
    pypkg: Command, real_helm: Command, tmp_path: Path
) -> None:
    files = {
        "values.yaml": "color: blue\n",
        "config.yaml": CONFIG_MAP,
        "files/noise": NOISE,
    }
    chart = write_chart(tmp_path / "large", files)
    pypkg.ok("install", "web", chart)
    for words in (["list"], ["history", "web"], ["get", "manifest", "web"]):
        assert real_helm.ok(*words) == pypkg.ok(*words)
    assert "STATUS: deployed" in real_helm.ok("status", "web")
    (chart / "files" / "noise").unlink()
    real_helm.ok("upgrade", "web", chart)
    pypkg.ok("rollback", "web", "1")
    described = [e["status"] for e in json.loads(pypkg.ok("history", "web", "-o=json"))]
    assert described == ["superseded", "superseded", "deployed"]
    pypkg.ok("uninstall", "web")


def test_helm_lists_a_release_whose_manifest_is_large_and_changes_nothing(
    pypkg: Command, real_helm: Command, real_kubectl: Command, tmp_path: Path
) -> None:
    files = {"values.yaml": "color: blue\n", "config.yaml": OBJECTS}
    chart = write_chart(tmp_path / "large", files)
    namespace = pypkg.environ["HELM_NAMESPACE"]
    objects = ["get", "configmaps,secrets", "-n", namespace, "-o", "name"]
    before = real_kubectl.ok(*objects)
    pypkg.ok("install", "web", chart)
    assert real_helm.ok("list") == pypkg.ok("list")
    assert real_helm.ok("history", "web") == pypkg.ok("history", "web")
    assert "It is stored whole for pypkg" in real_helm.ok("get", "manifest", "web")
    small = write_chart(tmp_path / "small", {**files, "config.yaml": CONFIG_MAP})
    assert "StoredInSeveralObjects" in real_helm.fails("upgrade", "web", small)
    assert "failed to delete release" in real_helm.fails("uninstall", "web")
    assert real_kubectl.ok(*objects).count("configmap/web-") == 2
    pypkg.ok("uninstall", "web")
    assert real_kubectl.ok(*objects) == before
