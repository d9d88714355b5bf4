"""ControllerRevisions: the history of StatefulSets and DaemonSets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.objects import CONTROLLER_MANAGER, CONTROLLER_REVISION
from pypkg.sandbox.controllers.ownership import controlled, reference_to
from pypkg.sandbox.controllers.templates import template_hash

if TYPE_CHECKING:
    from pypkg.sandbox.controllers.objects import Object, Objects

REVISION_LABEL = "controller-revision-hash"


def current_revision(objects: Objects, owner: Object) -> Object:
    """Find or create the revision of an owner's present template, the newest one."""
    template = owner["spec"]["template"]
    revisions = history(objects, owner)
    newest = max((found["revision"] for found in revisions), default=0)
    data = {"spec": {"template": template | {"$patch": "replace"}}}
    same = next((found for found in revisions if found.get("data") == data), None)
    if same is not None and same["revision"] < newest:
        # A rollback makes an old template the newest again.
        same = same | {"revision": newest + 1}
        return objects.update(same, manager=CONTROLLER_MANAGER)
    if same is not None:
        return same
    name_hash = template_hash(template)
    metadata = owner["metadata"]
    labels = (template.get("metadata") or {}).get("labels") or {}
    return objects.create(
        {
            "apiVersion": CONTROLLER_REVISION.api_version,
            "kind": CONTROLLER_REVISION.kind,
            "metadata": {
                "name": f"{metadata['name']}-{name_hash}",
                "namespace": metadata["namespace"],
                "labels": labels | {REVISION_LABEL: name_hash},
                "ownerReferences": [reference_to(owner)],
            },
            "data": data,
            "revision": newest + 1,
        },
        manager=CONTROLLER_MANAGER,
    )


def history(objects: Objects, owner: Object) -> list[Object]:
    """The revisions of an owner, the oldest first."""
    found = controlled(objects, CONTROLLER_REVISION, owner)
    return sorted(found, key=lambda revision: int(revision["revision"]))


def forget(objects: Objects, owner: Object, used: set[str]) -> None:
    """Delete the oldest revisions that no pod is of and the history has no room for."""
    idle = [r for r in history(objects, owner) if r["metadata"]["name"] not in used]
    limit = owner["spec"].get("revisionHistoryLimit", 10)
    for revision in idle[: max(len(idle) - limit, 0)]:
        objects.delete(revision)
