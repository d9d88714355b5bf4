"""Bodies, paths and refusals that tests of the API have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.conftest import Reply

JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def config(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "data": data}


def configs(space: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{space}/configmaps/{name}".rstrip("/")


def refused(reply: Reply, code: int, reason: str) -> str:
    status = reply.json
    assert (reply.code, status["code"], status.get("reason", "")) == (
        code,
        code,
        reason,
    ), status
    assert (status["kind"], status["status"]) == ("Status", "Failure")
    message: str = status["message"]
    return message
