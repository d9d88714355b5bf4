"""What the API serves: every resource with its names, verbs and subresources.

The built-in ones come from ``resources.json``: the paths of Kubernetes' published
API at the version that the sandbox plays, generally available versions only, as a
default cluster serves them. Custom resources are added while the server runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.schema import GroupVersionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VERBS = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)
_READ_WRITE = ("get", "patch", "update")
_SCALE = GroupVersionKind("autoscaling", "v1", "Scale")
# Two groups that show one stored object: where it is stored.
_SHARED = {("events.k8s.io", "events"): ("", "events")}


@dataclass(frozen=True, slots=True)
class Subresource:
    """A part of an object with a path of its own, such as ``pods/log``.

    Attributes:
        verbs: What can be done with it.
        kind: The kind of its bodies; None for that of the object.
    """

    verbs: tuple[str, ...]
    kind: GroupVersionKind | None = None


_SUBRESOURCES = {
    "status": Subresource(_READ_WRITE),
    "scale": Subresource(_READ_WRITE, _SCALE),
    "approval": Subresource(_READ_WRITE),
    "ephemeralcontainers": Subresource(_READ_WRITE),
    "resize": Subresource(_READ_WRITE),
    "finalize": Subresource(("update",)),
    "log": Subresource(("get",)),
    "binding": Subresource(("create",), GroupVersionKind("", "v1", "Binding")),
    "eviction": Subresource(("create",), GroupVersionKind("policy", "v1", "Eviction")),
    "token": Subresource(
        ("create",), GroupVersionKind("authentication.k8s.io", "v1", "TokenRequest")
    ),
    **{
        name: Subresource(("create", "get"), GroupVersionKind("", "v1", options))
        for name, options in (
            ("attach", "PodAttachOptions"),
            ("exec", "PodExecOptions"),
            ("portforward", "PodPortForwardOptions"),
        )
    },
}
_PROXY_VERBS = ("create", "delete", "get", "patch", "update")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one group and version.

    Attributes:
        group: ``apps``; "" is the core group.
        version: ``v1``.
        plural: The name in paths: ``deployments``.
        singular: ``deployment``.
        kind: ``Deployment``.
        list_kind: ``DeploymentList``.
        namespaced: Whether its objects live in a namespace.
        short_names: What kubectl accepts too: ``deploy``.
        categories: Groups of kinds: ``all``.
        verbs: What can be done, in alphabetical order.
        subresources: By name: ``scale``, ``status``.
        storage_group: The group under which its objects are stored.
        storage_version: The version as which they are stored.
        schema: A custom resource's ``openAPIV3Schema``; None for a built-in kind.
        columns: A custom resource's ``additionalPrinterColumns``.
        scale: A custom resource's paths to spec, status and selector of its scale.
        selectable: A custom resource's fields that field selectors may name.
        custom: Whether a CustomResourceDefinition brought it.
    """

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    list_kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = VERBS
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    storage_group: str = ""
    storage_version: str = ""
    schema: Mapping[str, Any] | None = None
    columns: tuple[Mapping[str, Any], ...] = ()
    scale: Mapping[str, str] | None = None
    selectable: tuple[str, ...] = ()
    custom: bool = False

    @property
    def api_version(self) -> str:
        """The objects' ``apiVersion``: ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def gvk(self) -> GroupVersionKind:
        """The objects' group, version and kind."""
        return GroupVersionKind(self.group, self.version, self.kind)

    @property
    def key(self) -> str:
        """Under which its objects are stored: ``deployments.apps``, ``pods``."""
        if self.storage_group:
            return f"{self.plural}.{self.storage_group}"
        return self.plural

    @property
    def qualified(self) -> str:
        """The name in messages: ``deployments.apps``, ``pods``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def storage_gvk(self) -> GroupVersionKind:
        """The kind as which its objects are stored."""
        return GroupVersionKind(self.storage_group, self.storage_version, self.kind)


class Resources:
    """The table of what is served, in the order in which discovery lists it."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[GroupVersionKind, Resource] = {}
        self.generation = 0
        for resource in resources:
            self._enter(resource)

    @classmethod
    def built_in(cls) -> Resources:
        """Read the table of the built-in kinds."""
        path = Path(__file__).with_name("resources.json")
        return cls(_parse(json.loads(path.read_text("utf-8"))))

    def _enter(self, resource: Resource) -> None:
        self._by_path[resource.group, resource.version, resource.plural] = resource
        self._by_kind[resource.gvk] = resource

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource behind a path, or None."""
        return self._by_path.get((group, version, plural))

    def of_kind(self, kind: GroupVersionKind) -> Resource | None:
        """The resource of a kind, or None."""
        return self._by_kind.get(kind)

    def stored_as(self, key: str) -> Resource | None:
        """The resource in its storage version, by storage key, or None."""
        return next(
            (r for r in self if r.key == key and r.version == r.storage_version), None
        )

    def stored(self) -> list[Resource]:
        """Every resource whose objects are stored, each once."""
        seen = {r.key: r for r in self if r.gvk == r.storage_gvk and "list" in r.verbs}
        return list(seen.values())

    def has_group_version(self, group: str, version: str) -> bool:
        """Whether anything is served under a group and version."""
        return any((r.group, r.version) == (group, version) for r in self)

    def replace_custom(self, group: str, plural: str, new: Iterable[Resource]) -> None:
        """Serve a custom resource in these versions, and no longer in others."""
        for path, resource in list(self._by_path.items()):
            if resource.custom and (resource.group, resource.plural) == (group, plural):
                del self._by_path[path]
                del self._by_kind[resource.gvk]
        for resource in new:
            self._enter(resource)
        self.generation += 1


def _parse(table: Mapping[str, Mapping[str, Any]]) -> Iterator[Resource]:
    newest: dict[tuple[str, str], str] = {}
    for group_version, rows in table.items():
        group, _, version = group_version.rpartition("/")
        for plural, row in rows.items():
            stored = _SHARED.get((group, plural), (group, plural))
            kind = row["kind"]
            yield Resource(
                group=group,
                version=version,
                plural=plural,
                singular=kind.lower(),
                kind=kind,
                list_kind=f"{kind}List",
                namespaced=row.get("namespaced", False),
                short_names=tuple(row.get("shortNames", ())),
                categories=tuple(row.get("categories", ())),
                verbs=tuple(row.get("verbs", VERBS)),
                subresources={
                    name: _subresource(name, kind)
                    for name in row.get("subresources", ())
                },
                storage_group=stored[0],
                # A group lists its newest version first: that one is stored.
                storage_version=newest.setdefault(stored, version),
            )


def _subresource(name: str, kind: str) -> Subresource:
    if name == "proxy":
        return Subresource(
            _PROXY_VERBS, GroupVersionKind("", "v1", f"{kind}ProxyOptions")
        )
    return _SUBRESOURCES[name]


def custom_subresource(name: str) -> Subresource:
    """The subresource ``status`` or ``scale`` of a custom resource."""
    return _SUBRESOURCES[name]
