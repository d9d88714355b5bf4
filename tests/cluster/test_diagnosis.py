"""What is said of objects that never become ready, on the sandbox that plays faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.diagnosis import likeliest_causes
from pypkg.cluster.evidence import Evidence
from pypkg.cluster.readiness import Readiness, State, readiness
from pypkg.cluster.reference import ObjectRef
from pypkg.cluster.tracker import Tracker
from pypkg.errors import WaitTimeoutError
from tests.cluster.servers import Answer, scripted
from tests.cluster.test_tracker import create, deployment, noting

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster
    from pypkg.cluster.progress import ObjectProgress


def pod(name: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "nginx", **spec.pop("container", {})}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], **spec},
    }


def volume(**source: Any) -> list[dict[str, Any]]:
    return [{"name": "data", **source}]


def causes_of(cluster: Cluster, obj: dict[str, Any], seen: str) -> tuple[str, ...]:
    """Give the causes once the fault shows; a busy sandbox takes its time."""
    refs = create(cluster, obj)
    tracker = Tracker(cluster=cluster, report=lambda _: None)
    for _ in range(100):
        with pytest.raises(WaitTimeoutError) as caught:
            tracker.wait_ready(refs, readiness, 0.1)
        if seen in "".join(caught.value.causes):
            break
    return caught.value.causes


@pytest.mark.faults
@pytest.mark.parametrize(
    ("obj", "cause"),
    [
        (
            deployment("web", sim="imagepull", replicas=1),
            'container main: ImagePullBackOff: Back-off pulling image "nginx"',
        ),
        (
            pod("web", nodeSelector={"example.com/is": "nowhere"}),
            "node(s) didn't match Pod's node affinity",
        ),
        (
            deployment("web", sim="never-ready", replicas=1),
            "Unhealthy: Readiness probe failed",
        ),
        (
            pod("web", container={"envFrom": [{"configMapRef": {"name": "settings"}}]}),
            'container main: CreateContainerConfigError: configmap "settings"',
        ),
        (
            pod("web", volumes=volume(secret={"secretName": "keys"})),
            'FailedMount: MountVolume.SetUp failed for volume "data" : secret "keys"',
        ),
        (
            pod("web", volumes=volume(persistentVolumeClaim={"claimName": "disk"})),
            'persistentvolumeclaim "disk" not found',
        ),
    ],
    ids=["image", "scheduling", "readiness", "config", "volume", "claim"],
)
def test_the_first_cause_is_the_cause(
    cluster: Cluster, obj: dict[str, Any], cause: str
) -> None:
    first = causes_of(cluster, obj, cause)[0]
    assert first.startswith("pod web")
    assert cause in first


@pytest.mark.faults
def test_a_crash_is_told_with_the_last_lines_of_its_log(cluster: Cluster) -> None:
    obj = deployment("web", sim="crashloop", replicas=1)
    lines = [f"line {n}" for n in range(14)]
    template = obj["spec"]["template"]["metadata"]
    template["annotations"]["pypkg.dev/logs"] = "\n".join(lines)
    (cause,) = causes_of(cluster, obj, "CrashLoopBackOff")
    first, *log = cause.splitlines()
    assert "container main: CrashLoopBackOff: ended with status 1" in first
    assert log == [f"  | line {n}" for n in range(4, 14)]


@pytest.mark.faults
def test_pods_of_one_fate_are_one_cause(cluster: Cluster) -> None:
    obj = deployment("web", sim="imagepull", replicas=3)
    (cause,) = causes_of(cluster, obj, "and 2 more")
    assert " and 2 more, container main: " in cause


@pytest.mark.faults
def test_progress_tells_the_reason_while_one_waits(cluster: Cluster) -> None:
    refs = create(cluster, deployment("web", sim="crashloop"), deployment("fine"))
    told: list[ObjectProgress] = []
    tracker = Tracker(cluster=cluster, report=noting(told), patience=0.0)
    tracker.wait_ready(refs[1:], readiness, 60)
    with pytest.raises(WaitTimeoutError):
        tracker.wait_ready(refs, readiness, 3)
    last = {progress.ref: progress for progress in told}
    assert last[refs[1]].ready
    for shown in last[refs[0]].pods:
        assert shown.state == "CrashLoopBackOff"
        assert shown.message.startswith("ended with status 1")
        assert shown.log


WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")
DB = ObjectRef("e.com/v1", "Database", "db", "shop")
WAITING = Readiness(State.IN_PROGRESS, "waits for its primary")


def live(ref: ObjectRef, **status: Any) -> dict[str, Any]:
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "uid": "u1"},
        "status": status,
    }


def event(reason: str, message: str, uid: str, when: str) -> dict[str, Any]:
    about = {"kind": "Database", "name": "db", "namespace": "shop", "uid": uid}
    return {
        "metadata": {"name": f"{reason}-{uid}"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "involvedObject": about,
        "lastTimestamp": when,
    }


def told_of(objects: dict[ObjectRef, dict[str, Any]], evidence: Evidence) -> list[str]:
    cluster, _ = scripted(lambda _: None)  # type: ignore[arg-type, return-value] # nothing is asked for
    return likeliest_causes(dict.fromkeys(objects, WAITING), objects, evidence, cluster)


def test_a_quota_that_refuses_pods_comes_before_what_only_waits() -> None:
    refused = {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": 'pods "web-1" is forbidden: exceeded quota: small',
    }
    objects = {DB: live(DB), WEB: live(WEB, conditions=[refused])}
    assert told_of(objects, Evidence()) == [
        'Deployment/shop/web: FailedCreate: pods "web-1" is forbidden: exceeded quota:'
        " small",
        "Database/shop/db: waits for its primary",
    ]


def test_a_custom_resource_says_itself_what_it_waits_for() -> None:
    unmet = {"type": "Ready", "status": "False", "reason": "NoPrimary"}
    met = {"type": "Scheduled", "status": "True", "reason": "Done"}
    assert told_of({DB: live(DB, conditions=[met, unmet])}, Evidence()) == [
        "Database/shop/db: Ready is False (NoPrimary): waits for its primary"
    ]


def test_events_of_a_namesake_that_is_gone_are_no_causes() -> None:
    evidence = Evidence()
    evidence.add_event(event("Old", "before", "u0", "2026-01-02T00:00:00Z"))
    objects = {DB: live(DB)}
    assert told_of(objects, evidence) == ["Database/shop/db: waits for its primary"]
    evidence.add_event(event("Broken", "no disk", "u1", "2026-01-01T00:00:00Z"))
    assert told_of(objects, evidence) == ["Database/shop/db: Broken: no disk"]


def pod_of(workload: str, name: str, **status: Any) -> dict[str, Any]:
    owner = {"controller": True, "kind": "StatefulSet", "name": workload}
    metadata = {"name": name, "namespace": "shop", "uid": name}
    spec = {"volumes": volume(persistentVolumeClaim={"claimName": f"data-{name}"})}
    return {
        "kind": "Pod",
        "metadata": metadata | {"ownerReferences": [owner]},
        "spec": spec,
        "status": status,
    }


def stateful_set(name: str) -> ObjectRef:
    return ObjectRef("apps/v1", "StatefulSet", name, "shop")


def test_what_keeps_a_claim_unbound_comes_before_the_pod_that_waits_for_it() -> None:
    evidence = Evidence()
    unbound = {"type": "PodScheduled", "status": "False", "message": "unbound claims"}
    evidence.add_pod(pod_of("db", "db-0", conditions=[unbound]))
    failed = event("ProvisioningFailed", "no class", "c0", "2026-01-01T00:00:00Z")
    failed["involvedObject"]["kind"] = "PersistentVolumeClaim"
    failed["involvedObject"]["name"] = "data-db-0"
    evidence.add_event(failed)
    ref = stateful_set("db")
    assert told_of({ref: live(ref)}, evidence) == [
        "PersistentVolumeClaim/shop/data-db-0: ProvisioningFailed: no class",
        "pod db-0: not scheduled: unbound claims",
    ]
    (shown,) = evidence.progress(ref)
    assert shown.message == "unbound claims; ProvisioningFailed: no class"


def test_what_has_the_same_cause_is_told_once() -> None:
    evidence = Evidence()
    pulling = {"reason": "ErrImagePull", "message": "no such host"}
    status = {"name": "main", "state": {"waiting": pulling}}
    refs = [stateful_set("a"), stateful_set("b")]
    for ref in refs:
        evidence.add_pod(pod_of(ref.name, f"{ref.name}-0", containerStatuses=[status]))
    assert told_of({ref: live(ref) for ref in refs}, evidence) == [
        "pod a-0 and 1 more, container main: ErrImagePull: no such host"
    ]


def test_an_init_container_that_does_not_end_is_a_cause_with_its_log() -> None:
    evidence = Evidence()
    runs = {"name": "wait-for-db", "state": {"running": {}}}
    ref = stateful_set("db")
    evidence.add_pod(pod_of("db", "db-0", initContainerStatuses=[runs]))
    (tail,) = evidence.unread(("StatefulSet", "shop", "db"))
    assert tail.container == "wait-for-db"
    assert list(evidence.unread(("StatefulSet", "shop", "db"))) == []
    evidence.add_log(tail, ("waiting for postgres:5432",))
    (shown,) = evidence.progress(ref)
    assert (shown.state, shown.container) == ("Init:0/1", "wait-for-db")
    assert shown.log == ("waiting for postgres:5432",)
    cluster, _ = scripted([Answer(b"still waiting\n")])
    objects = {ref: live(ref)}
    assert likeliest_causes({ref: WAITING}, objects, evidence, cluster) == [
        "pod db-0: init container wait-for-db has not ended\n  | still waiting"
    ]


def test_a_crash_keeps_its_log_until_that_of_the_next_one_is_read() -> None:
    evidence = Evidence()
    key = ("StatefulSet", "shop", "db")

    def crash(restarts: int) -> None:
        status = {
            "name": "main",
            "restartCount": restarts,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1}},
        }
        evidence.add_pod(pod_of("db", "db-0", containerStatuses=[status]))

    crash(1)
    (tail,) = evidence.unread(key)
    evidence.add_log(tail, ("no disk",))
    crash(2)
    assert [again.restarts for again in evidence.unread(key)] == [2]
    (shown,) = evidence.progress(stateful_set("db"))
    assert shown.log == ("no disk",)


def test_an_object_that_someone_deletes_is_said_to_be_gone() -> None:
    cluster, _ = scripted([])
    gone = Readiness(State.NOT_FOUND, "Resource not found")
    assert likeliest_causes({DB: gone}, {}, Evidence(), cluster) == [
        "Database/shop/db: it is not there: someone has deleted it"
    ]
