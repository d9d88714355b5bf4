from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.progress import ObjectProgress
from pypkg.cluster.readiness import readiness, readiness_with_jobs
from pypkg.cluster.tracker import Tracker
from pypkg.errors import NotReadyError, WaitTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.cluster.client import Cluster
    from pypkg.cluster.reference import ObjectRef


def deployment(name: str, sim: str = "", replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": "main", "image": "nginx"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": {"pypkg.dev/sim": sim}},
                "spec": pod,
            },
        },
    }


def job(name: str, sim: str = "") -> dict[str, Any]:
    pod = {
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "busybox"}],
    }
    annotations = {"pypkg.dev/sim": sim}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "backoffLimit": 0,
            "template": {"metadata": {"annotations": annotations}, "spec": pod},
        },
    }


def create(cluster: Cluster, *objects: dict[str, Any]) -> list[ObjectRef]:
    return [cluster.ref(cluster.create(obj)) for obj in objects]


def noting(told: list[ObjectProgress]) -> Callable[[Any], None]:
    """Keep what is told of objects."""

    def note(event: Any) -> None:
        if isinstance(event, ObjectProgress):
            told.append(event)

    return note


def track(cluster: Cluster) -> tuple[Tracker, list[ObjectProgress]]:
    told: list[ObjectProgress] = []
    return Tracker(cluster=cluster, report=noting(told)), told


def test_it_waits_until_everything_is_ready(cluster: Cluster) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    refs = create(cluster, service, deployment("web"), deployment("api"), job("one"))
    tracker, told = track(cluster)
    tracker.wait_ready(refs, readiness_with_jobs, 30)
    last = {progress.ref: progress for progress in told}
    assert set(last) == set(refs)
    assert all(progress.ready for progress in last.values())
    assert last[refs[1]].message == "Deployment is available. Replicas: 2"


@pytest.mark.faults
def test_a_timeout_says_what_is_not_ready_and_why(cluster: Cluster) -> None:
    refs = create(cluster, deployment("web", sim="imagepull"), deployment("fine"))
    tracker, _ = track(cluster)
    tracker.wait_ready(refs[1:], readiness, 60)
    with pytest.raises(WaitTimeoutError) as caught:
        tracker.wait_ready(refs, readiness, 2)
    assert caught.value.summary == (
        f"resource Deployment/{cluster.namespace}/web not ready. status: InProgress,"
        " message: Available: 0/2\ncontext deadline exceeded"
    )
    said = str(caught.value)
    assert said.startswith("not ready after 2s:")
    assert "container main: ErrImagePull" in said or "ImagePullBackOff" in said
    assert "fine" not in said


@pytest.mark.faults
def test_what_fails_for_good_is_not_waited_for(cluster: Cluster) -> None:
    refs = create(cluster, job("broken", sim="job-fail"), deployment("web"))
    tracker, _ = track(cluster)
    with pytest.raises(NotReadyError, match="Job Failed") as caught:
        tracker.wait_ready(refs, readiness_with_jobs, 30)
    assert not isinstance(caught.value, WaitTimeoutError)
    assert "deadline" not in caught.value.summary


def test_an_object_that_appears_late_is_waited_for(cluster: Cluster) -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}}
    _tracker, told = track(cluster)
    seen = threading.Event()

    def create_when_missed() -> None:
        seen.wait(10)
        cluster.create(obj)

    def report(progress: Any) -> None:
        told.append(progress)
        seen.set()

    helper = threading.Thread(target=create_when_missed)
    helper.start()
    Tracker(cluster=cluster, report=report).wait_ready(
        [cluster.ref(obj)], readiness, 20
    )
    helper.join()
    assert [progress.status for progress in told] == ["NotFound", "Current"]


def test_it_waits_until_objects_are_gone(cluster: Cluster) -> None:
    refs = create(cluster, deployment("web"), deployment("api"))
    for ref in refs:
        cluster.delete(ref, propagation="Foreground")
    tracker, _ = track(cluster)
    tracker.wait_gone(refs, 20)
    assert all(cluster.find(ref) is None for ref in refs)


def test_an_object_that_stays_is_named(cluster: Cluster) -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "held", "finalizers": ["example.com/hold"]},
    }
    (ref,) = create(cluster, obj)
    cluster.delete(ref)
    tracker, _ = track(cluster)
    with pytest.raises(WaitTimeoutError, match="Resource scheduled for deletion"):
        tracker.wait_gone([ref], 1)
    cluster.patch(
        ref, {"metadata": {"finalizers": None}}, "application/merge-patch+json"
    )


def test_unknown_kinds_cannot_be_waited_for(cluster: Cluster) -> None:
    from pypkg.cluster.reference import ObjectRef
    from pypkg.errors import NotFoundError

    tracker, _ = track(cluster)
    with pytest.raises(NotFoundError, match="no matches for kind"):
        tracker.wait_ready([ObjectRef("e.com/v1", "Db", "x")], readiness, 5)


def test_objects_are_gone_with_their_kind() -> None:
    from pypkg.cluster.reference import ObjectRef
    from tests.cluster.servers import Answer, refusal, scripted

    db = {"kind": "Db", "name": "dbs", "namespaced": True}
    answers = {
        "/api": Answer({"versions": []}),
        "/apis": Answer(
            {"groups": [{"name": "e.com", "versions": [{"groupVersion": "e.com/v1"}]}]}
        ),
        "/apis/e.com/v1": Answer({"resources": [db]}),
    }
    cluster, _ = scripted(lambda request: answers.get(request.path, refusal(404)))
    tracker, _ = track(cluster)
    refs = [ObjectRef("e.com/v1", "Db", name, "n") for name in ("a", "b")]
    tracker.wait_gone(refs, 10)
    with pytest.raises(Exception, match="no"):
        tracker.wait_ready(refs, readiness, 10)
