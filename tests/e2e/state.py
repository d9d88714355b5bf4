"""What a command leaves behind, in a form that can be compared leaf by leaf."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg.cli.main import run
from tests.conftest import Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pypkg.cluster.client import Cluster

RELEASE = "helm.sh/release.v1"
TOKEN = "kubernetes.io/service-account-token"
# What charts of the tests install, and what hooks leave.
KINDS = (
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
)
# What the server makes up, and what other controllers write when they like.
VOLATILE = {
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "time",
    "startTime",
    "completionTime",
    "lastTransitionTime",
    "lastUpdateTime",
    "lastProbeTime",
    "startedAt",
    "finishedAt",
    "containerID",
    "podIP",
    "podIPs",
    "nodeName",
    "clusterIP",
    "clusterIPs",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "status",
    "f:status",
}
# Controllers write when they come to it: their fields and annotations do not count.
MANAGER = "helm"
CONTROLLERS = ("deployment.kubernetes.io/", "pv.kubernetes.io/", "volume.")
# The token that a pod mounts is named at random, and addresses are given out in turn.
CHOSEN = re.compile(
    r"(?<=kube-api-access-)\w+|(?<=default-token-)\w+|(?<=10\.)244\.\d+\.\d+"
)
TIMES = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d))?( UTC)?"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
    r"|(?<=modifiedAt[:=])\d+|(?<=modifiedAt: \")\d+|(?<=modifiedAt\":\")\d+"
)


@dataclass(frozen=True)
class State:
    """A namespace: its release records and its objects, without what varies.

    Attributes:
        records: Each record's labels and decoded content, by its name.
        objects: Each live object, by kind and name.
    """

    records: dict[str, Any]
    objects: dict[str, Any]


def differences(found: State, expected: State) -> list[str]:
    """Name every leaf in which two states differ."""
    ours, theirs = dict(_leaves(found)), dict(_leaves(expected))
    return [
        f"{path}: {ours.get(path, 'nothing')!r} not {theirs.get(path, 'nothing')!r}"
        for path in sorted({*ours, *theirs})
        if ours.get(path, ...) != theirs.get(path, ...)
    ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case State():
            yield from _leaves({"records": value.records, "objects": value.objects})
        case dict() if value:
            for key, item in value.items():
                yield from _leaves(item, f"{path}/{key}")
        case list() if value:
            for index, item in enumerate(value):
                yield from _leaves(item, f"{path}[{index}]")
        case _:
            yield path, value


def look(cluster: Cluster, namespace: str) -> State:
    """Read a namespace; its name reads NAMESPACE everywhere."""
    records: dict[str, Any] = {}
    objects: dict[str, Any] = {}
    for version, kind in KINDS:
        resource = cluster.discovery.resource(version, kind)
        for found in cluster.list(resource, namespace):
            metadata = found["metadata"]
            if found.get("type") == RELEASE:
                records[metadata["name"]] = _record(found)
            elif not _is_of_the_server(found):
                _leave_controllers_out(metadata)
                objects[f"{kind}/{metadata['name']}"] = _steady(found)
    told = _anonymous(json.dumps([records, objects]), namespace)
    return State(*json.loads(told))


def decoded(secret: dict[str, Any]) -> dict[str, Any]:
    """Decode a record."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    content: dict[str, Any] = json.loads(gzip.decompress(packed))
    return content


def _record(secret: dict[str, Any]) -> dict[str, Any]:
    labels = {
        key: value
        for key, value in secret["metadata"]["labels"].items()
        if key not in {"createdAt", "modifiedAt"}
    }
    content = decoded(secret)
    # The archive's times are those of the folder, read at another moment.
    content["chart"].pop("modtime", None)
    return {"labels": labels, "content": content}


def _is_of_the_server(found: dict[str, Any]) -> bool:
    metadata = found["metadata"]
    return (
        metadata["name"] == "kube-root-ca.crt"
        or found.get("type") == TOKEN
        or bool(metadata.get("ownerReferences"))
    )


def _leave_controllers_out(metadata: dict[str, Any]) -> None:
    metadata["annotations"] = {
        name: text
        for name, text in metadata.get("annotations", {}).items()
        if not name.startswith(CONTROLLERS)
    }
    metadata["managedFields"] = [
        entry
        for entry in metadata.get("managedFields", ())
        if entry["manager"] == MANAGER
    ]


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _steady(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return [_steady(item) for item in value]
    return value


def _anonymous(text: str, namespace: str) -> str:
    text = CHOSEN.sub("CHOSEN", text.replace(namespace, "NAMESPACE"))
    return TIMES.sub("TIME", text)


def anonymous(result: Result, namespace: str) -> Result:
    """Give what a command printed without times and the namespace's name."""
    return Result(
        result.code,
        _anonymous(result.out, namespace),
        _anonymous(result.err, namespace),
    )


def in_process(*words: str | Path) -> Result:
    """Run pypkg's command line without a process of its own: tests run hundreds."""
    out, err = _capture(), _capture()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(word) for word in words])
        sys.stdout.flush()
    return Result(code, _text(out), _text(err))


def _capture() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw: Any = stream.buffer
    return str(raw.getvalue().decode())
