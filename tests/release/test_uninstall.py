from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.reference import ObjectRef
from pypkg.errors import ApiError
from pypkg.release.events import ObjectChanged, Outcome
from pypkg.release.install import install
from pypkg.release.options import (
    InstallOptions,
    UninstallOptions,
    WaitOptions,
    WaitStrategy,
)
from pypkg.release.uninstall import uninstall
from tests.release.charts import chart_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pypkg.cluster.client import Cluster
    from pypkg.release.environment import Environment
    from pypkg.release.events import Event

COUNT = 12
WATCH = WaitOptions(strategy=WaitStrategy.WATCHER, timeout=20)
PARTS = """
{{- range $n := until 12 }}
---
apiVersion: v1
kind: {{ if lt $n 8 }}ConfigMap{{ else }}Secret{{ end }}
metadata:
  name: {{ $.Release.Name }}-{{ $n }}
{{- end }}
"""


@pytest.fixture
def installed(env: Environment, tmp_path: Path) -> Environment:
    install(
        env, chart_of(tmp_path / "web", parts=PARTS), {}, InstallOptions(name="web")
    )
    return env


def outcomes(events: list[Event]) -> dict[str, Outcome]:
    return {e.ref.name: e.outcome for e in events if isinstance(e, ObjectChanged)}


def cluster_of(env: Environment) -> Cluster:
    assert env.cluster is not None
    return env.cluster


def before_each(
    cluster: Cluster, act: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let something happen before each request, by its method and path."""
    send = cluster.raw

    def acting(method: str, path: str, **options: Any) -> Any:
        act(method, path)
        return send(method, path, **options)

    monkeypatch.setattr(cluster, "raw", acting)


def test_what_there_is_is_found_with_a_request_for_each_kind(
    installed: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    cluster = cluster_of(installed)
    before_each(
        cluster, lambda method, path: sent.append(f"{method} {path}"), monkeypatch
    )
    uninstall(installed, UninstallOptions(name="web"))
    parts = [line for line in sent if "/web-" in line]
    assert len(parts) == COUNT
    assert all(line.startswith("DELETE ") for line in parts)


def test_an_object_that_someone_else_has_made_again_meanwhile_stays(
    installed: Environment, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = cluster_of(installed)
    taken = ObjectRef("v1", "ConfigMap", "web-3", installed.namespace)
    others = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": taken.name},
        "data": {"of": "someone else"},
    }
    begun: list[str] = []

    def take(method: str, path: str) -> None:
        if method == "DELETE" and path.endswith(f"/{taken.name}") and not begun:
            begun.append(path)
            cluster.delete(taken)
            cluster.create(others)

    before_each(cluster, take, monkeypatch)
    done = uninstall(installed, UninstallOptions(name="web", wait=WATCH))
    assert cluster.get(taken)["data"] == {"of": "someone else"}
    assert outcomes(events)["web-3"] == Outcome.FOREIGN
    assert done is not None
    assert "1 resource(s) were not deleted" in done.info
    assert "[ConfigMap] web-3" in done.info
    assert installed.storage.find({"name": "web"}) == []


def test_an_object_that_is_gone_meanwhile_is_no_failure(
    installed: Environment, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = cluster_of(installed)
    begun: list[str] = []

    def remove(method: str, path: str) -> None:
        if method == "DELETE" and "/web-" in path and not begun:
            begun.append(path)
            cluster.delete(ObjectRef("v1", "Secret", "web-9", installed.namespace))

    before_each(cluster, remove, monkeypatch)
    uninstall(installed, UninstallOptions(name="web", wait=WATCH))
    assert outcomes(events)["web-9"] == Outcome.MISSING


def test_what_the_server_does_not_show_is_not_deleted(
    installed: Environment, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = cluster_of(installed)

    def forbid(method: str, path: str) -> None:
        collection = path.partition("?")[0].endswith("/configmaps")
        if method == "GET" and (collection or path.endswith("/web-5")):
            raise ApiError("web-5 is forbidden", code=403)

    before_each(cluster, forbid, monkeypatch)
    done = uninstall(installed, UninstallOptions(name="web"))
    assert done is not None
    assert "1 resource(s) were not deleted because their ownership" in done.info
    assert "[ConfigMap] web-5: web-5 is forbidden" in done.info
    assert outcomes(events)["web-6"] == Outcome.DELETED
