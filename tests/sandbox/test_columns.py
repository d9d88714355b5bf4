"""What the cells of tables say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pypkg.sandbox.columns import columns_of
from pypkg.sandbox.columns.column import human_duration
from pypkg.sandbox.columns.pods import status
from pypkg.sandbox.schemas.resources import Resource, Resources

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
TABLE = Resources.built_in()


def row(group: str, version: str, plural: str, **obj: Any) -> dict[str, Any]:
    """An object's cells, by the columns' names."""
    resource = TABLE.find(group, version, plural)
    assert resource is not None
    metadata = {"name": "n", "creationTimestamp": "2026-01-02T11:00:00Z"}
    given = {"metadata": metadata | obj.pop("metadata", {}), **obj}
    return {c.name: c.cell(given, NOW) for c in columns_of(resource)}


# The pairs are those of k8s.io/apimachinery/pkg/util/duration.
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-0.5, "0s"),
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (9 * 60 + 59, "9m59s"),
        (10 * 60 + 5, "10m"),
        (179 * 60, "179m"),
        (180 * 60, "3h"),
        (3 * 3600 + 60, "3h1m"),
        (8 * 3600 + 60, "8h"),
        (47 * 3600, "47h"),
        (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (8 * 86400 + 3600, "8d"),
        (729 * 86400, "729d"),
        (730 * 86400, "2y"),
        (731 * 86400, "2y1d"),
        (8 * 365 * 86400 + 86400, "8y"),
    ],
)
def test_durations_are_shortened_as_kubernetes_does(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


def pod(*containers: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = [{"name": f"c{i}"} for i in range(len(containers))]
    statuses = [{**c, "name": f"c{i}"} for i, c in enumerate(containers)]
    found: dict[str, Any] = {"phase": "Running", "containerStatuses": statuses, **more}
    return {"metadata": {"name": "p"}, "spec": {"containers": names}, "status": found}


RUNNING = {"ready": True, "state": {"running": {}}}


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (pod(RUNNING), "Running"),
        (pod(phase="Pending"), "Pending"),
        (
            pod({"state": {"waiting": {"reason": "CrashLoopBackOff"}}}),
            "CrashLoopBackOff",
        ),
        (
            pod({"state": {"waiting": {"reason": "ErrImagePull"}}}, RUNNING),
            "ErrImagePull",
        ),
        (pod({"state": {"terminated": {"exitCode": 3}}}), "ExitCode:3"),
        (pod({"state": {"terminated": {"signal": 9}}}), "Signal:9"),
        (
            pod({"state": {"terminated": {"reason": "Completed"}}}, phase="Succeeded"),
            "Completed",
        ),
        (pod(RUNNING, reason="Evicted", phase="Failed"), "Evicted"),
        (
            pod(
                {"state": {"waiting": {"reason": "PodInitializing"}}},
                initContainerStatuses=[{"name": "i", "state": {"running": {}}}],
            ),
            "Init:0/0",
        ),
        (
            pod(
                initContainerStatuses=[
                    {"name": "i", "state": {"terminated": {"exitCode": 1}}}
                ]
            ),
            "Init:ExitCode:1",
        ),
    ],
)
def test_one_word_sums_a_pod_up(found: dict[str, Any], word: str) -> None:
    assert status(found, NOW) == word
    found["metadata"]["deletionTimestamp"] = "2026-01-02T11:00:00Z"
    assert status(found, NOW) == "Terminating"


def test_restarts_tell_when_the_last_one_was() -> None:
    ended = {"terminated": {"finishedAt": "2026-01-02T11:58:00Z"}}
    cells = row(
        "",
        "v1",
        "pods",
        **_body(pod({**RUNNING, "restartCount": 2, "lastState": ended})),
    )
    assert (cells["Ready"], cells["Restarts"]) == ("1/1", "2 (2m ago)")


def _body(obj: dict[str, Any]) -> dict[str, Any]:
    return {key: obj[key] for key in ("spec", "status")}


def test_services_show_their_addresses_and_ports() -> None:
    ports = [{"port": 80, "nodePort": 30001, "protocol": "TCP"}, {"port": 53}]
    spec = {"type": "LoadBalancer", "clusterIP": "10.96.0.1", "ports": ports}
    cells = row("", "v1", "services", spec=spec)
    assert cells["Port(s)"] == "80:30001/TCP,53/TCP"
    assert cells["External-IP"] == "<pending>"
    external = {"type": "ExternalName", "externalName": "a.example"}
    assert row("", "v1", "services", spec=external)["External-IP"] == "a.example"


def test_ages_come_from_the_time_of_creation() -> None:
    assert row("", "v1", "configmaps")["Age"] == "60m"
    metadata = {"creationTimestamp": None}
    assert row("", "v1", "configmaps", metadata=metadata)["Age"] == "<unknown>"


def test_jobs_show_how_far_they_are() -> None:
    times = {
        "startTime": "2026-01-02T11:00:00Z",
        "completionTime": "2026-01-02T11:01:05Z",
    }
    conditions = [{"type": "Complete", "status": "True"}]
    done = {**times, "succeeded": 1, "conditions": conditions}
    cells = row("batch", "v1", "jobs", spec={"completions": 1}, status=done)
    assert [cells[k] for k in ("Status", "Completions", "Duration")] == [
        "Complete",
        "1/1",
        "65s",
    ]


def test_autoscalers_show_their_targets() -> None:
    target = {"type": "Utilization", "averageUtilization": 80}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": target}}
    cells = row(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        spec={"metrics": [metric], "scaleTargetRef": {"kind": "D", "name": "w"}},
    )
    assert cells["Targets"] == "cpu: <unknown>/80%"
    assert (cells["Reference"], cells["MinPods"]) == ("D/w", "<unset>")


def custom(*columns: dict[str, Any]) -> Resource:
    return Resource(
        group="example.com",
        version="v1",
        plural="widgets",
        singular="widget",
        kind="Widget",
        list_kind="WidgetList",
        namespaced=True,
        columns=columns,
        custom=True,
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".spec.size", "3"),
        (".spec.missing", None),
        (".spec.list[1]", "b"),
        (".spec.list[9]", None),
        (".spec.list[*]", "[a b]"),
        (".metadata.labels['a.b/c']", "d"),
        (".metadata.labels.a\\.b/c", "d"),
        ('.status.conditions[?(@.type=="Ready")].status', "True"),
        ('.status.conditions[?(@.type=="Other")].status', None),
        (".spec.map", '{"k": 1}'),
    ],
)
def test_custom_columns_are_jsonpaths(path: str, expected: str | None) -> None:
    (_, column) = columns_of(custom({"name": "C", "type": "string", "jsonPath": path}))
    obj = {
        "metadata": {"labels": {"a.b/c": "d"}},
        "spec": {"size": 3, "list": ["a", "b"], "map": {"k": 1}},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    assert column.cell(obj, NOW) == expected


def test_every_resource_has_a_name_column_and_survives_an_empty_object() -> None:
    for resource in TABLE:
        columns = columns_of(resource)
        assert any(column.format == "name" for column in columns), resource
        empty = {"metadata": {"name": "n"}, "spec": {}, "status": {}}
        for column in columns:
            column.cell(empty, NOW)
