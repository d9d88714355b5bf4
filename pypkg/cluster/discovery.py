"""What the API server serves: which kind lives at which path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pypkg.errors import ApiError, NotFoundError
from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pypkg.cluster.reference import ObjectRef

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)


class Resource(Struct):
    """One kind that the server serves.

    Attributes:
        api_version: ``v1``, or ``group/version``.
        kind: The kind, such as ``Deployment``.
        plural: Its name in paths, such as ``deployments``.
        namespaced: Whether its objects live in namespaces.
        verbs: What can be done with it, such as ``get`` and ``watch``.
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()

    def __eq__(self, other: object) -> bool:
        """Compare which resource it is, not what may be done with it."""
        return isinstance(other, Resource) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, str]:
        return self.api_version, self.plural

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]

    def path(self, namespace: str | None = None, name: str = "") -> str:
        """Give the path of a collection, or of one object in it.

        Args:
            namespace: None is all namespaces, or a cluster-scoped kind.
            name: The object's name, or "" for the collection.
        """
        root = "apis" if "/" in self.api_version else "api"
        parts = ["", root, self.api_version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        return "/".join([*parts, name] if name else parts)


class Fetch(Protocol):
    """Gets a path of the API server as data."""

    def __call__(self, path: str, *, accept: str = "") -> Any:
        """Get a path.

        Raises:
            NotFoundError: The server does not have it.
        """


class Discovery:
    """The kinds of a server, asked for once and when a kind is missing.

    Args:
        fetch: Gets a path of the API server.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._versions: list[str] | None = None
        self._resources: dict[tuple[str, str], Resource] = {}
        self._missed: set[tuple[str, str]] = set()

    def refresh(self) -> None:
        """Forget what is known, because kinds were added."""
        self._versions = None
        self._resources = {}
        self._missed = set()

    def versions(self) -> list[str]:
        """Give every group version served, each group's preferred one first."""
        if self._versions is None:
            self._load()
        return list(self._versions or ())

    def resources(self) -> list[Resource]:
        """Give every kind in every version."""
        self.versions()
        return list(self._resources.values())

    def find(self, api_version: str, kind: str) -> Resource | None:
        """Look a kind up, or None where the server does not have it."""
        self.versions()
        return self._resources.get((api_version, kind))

    def resource(self, api_version: str, kind: str) -> Resource:
        """Look a kind up; one that is not known is asked for again, once.

        Raises:
            NotFoundError: The server does not have it.
        """
        found = self.find(api_version, kind)
        if found is None and (api_version, kind) not in self._missed:
            missed = self._missed
            self.refresh()
            found = self.find(api_version, kind)
            self._missed = missed | {(api_version, kind)}
        if found is None:
            raise NotFoundError(
                f'no matches for kind "{kind}" in version "{api_version}"',
                code=404,
                reason="NotFound",
                hint=self._hint(kind),
            )
        return found

    def resolve(self, ref: ObjectRef) -> Resource:
        """Look up the kind of an object.

        Raises:
            NotFoundError: The server does not have it.
        """
        return self.resource(ref.api_version, ref.kind)

    def _hint(self, kind: str) -> str:
        served = sorted(v for v, k in self._resources if k == kind)
        if served:
            return f"the cluster serves {kind} in {', '.join(served)}"
        return f"ensure that the CustomResourceDefinition of {kind} is installed first"

    def _load(self) -> None:
        versions: list[str] = []
        for root in ("/api", "/apis"):
            document = self._fetch(root, accept=AGGREGATED)
            found = (
                _aggregated(document)
                if document.get("kind") == "APIGroupDiscoveryList"
                else self._one_by_one(root, document)
            )
            for version, resources in found:
                versions.append(version)
                for resource in resources:
                    self._resources.setdefault((version, resource.kind), resource)
        self._versions = versions

    def _one_by_one(
        self, root: str, document: Mapping[str, Any]
    ) -> Iterator[tuple[str, list[Resource]]]:
        """Read discovery as servers before Kubernetes 1.27 give it."""
        versions = document.get("versions") or [
            version["groupVersion"]
            for group in document.get("groups") or ()
            for version in _preferred_first(group)
        ]
        for version in versions:
            try:
                listed = self._fetch(f"{root}/{version}")
            except ApiError:
                # An APIService whose server is down takes away its own kinds only.
                continue
            yield (
                version,
                [
                    _resource(version, entry, entry["name"])
                    for entry in listed.get("resources") or ()
                    if "/" not in entry["name"]
                ],
            )


def _aggregated(document: Mapping[str, Any]) -> Iterator[tuple[str, list[Resource]]]:
    for group in document.get("items") or ():
        name = group.get("metadata", {}).get("name", "")
        for version in group.get("versions") or ():
            api_version = f"{name}/{version['version']}" if name else version["version"]
            yield (
                api_version,
                [
                    _resource(
                        api_version,
                        {
                            "kind": entry["responseKind"]["kind"],
                            "namespaced": entry.get("scope") == "Namespaced",
                            "verbs": entry.get("verbs"),
                        },
                        entry["resource"],
                    )
                    for entry in version.get("resources") or ()
                    if entry.get("responseKind")
                ],
            )


def _resource(api_version: str, entry: Mapping[str, Any], plural: str) -> Resource:
    return Resource(
        api_version=api_version,
        kind=entry["kind"],
        plural=plural,
        namespaced=bool(entry.get("namespaced")),
        verbs=frozenset(entry.get("verbs") or ()),
    )


def _preferred_first(group: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    preferred = (group.get("preferredVersion") or {}).get("groupVersion")
    versions: list[Mapping[str, Any]] = list(group.get("versions") or ())
    return sorted(versions, key=lambda version: version["groupVersion"] != preferred)
