"""The objects of a release: a manifest's documents, placed in the cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pypkg.cluster.reference import ObjectRef
from pypkg.errors import NotFoundError, ReleaseError
from pypkg.objects.manifest import read_documents
from pypkg.release.events import ObjectChanged, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pypkg.cluster.client import Cluster, Object
    from pypkg.objects.manifest import Manifest
    from pypkg.release.operation import Operation
    from pypkg.release.records.record import Release


_QUOTE = "quote it in the template: {{ ... | quote }}"


@dataclass(frozen=True, slots=True)
class ReleaseObject:
    """One object of a release.

    Attributes:
        ref: Which object it is; its namespace is the one it really has.
        object: What is to be sent.
        force_conflicts: Take fields that other managers own (server-side only).
    """

    ref: ObjectRef
    object: Object
    force_conflicts: bool = False

    @property
    def key(self) -> tuple[str, str, str | None, str]:
        """What makes it the same object in two revisions, whatever its version."""
        return self.ref.group, self.ref.kind, self.ref.namespace, self.ref.name


@dataclass(frozen=True, slots=True)
class UnknownObject:
    """An object of a kind that the cluster does not have.

    Attributes:
        ref: Which object it is; whether its kind lives in namespaces is not known.
        object: What the manifest says.
        path: The template it came from.
        error: What the cluster says.
    """

    ref: ObjectRef
    object: Object
    path: str
    error: NotFoundError


def build(
    cluster: Cluster, manifests: Iterable[Manifest], namespace: str
) -> list[ReleaseObject]:
    """Place the objects of manifests.

    Lists are taken apart, and an object that names no namespace gets the release's.

    Args:
        cluster: Tells which kinds there are, and which live in namespaces.
        manifests: The documents, in the order in which to apply them.
        namespace: The release's namespace.

    Raises:
        ReleaseError: An object has no name, a label of it is no text, or the cluster
            lacks its kind; all such objects are listed.
    """
    manifests = list(manifests)
    _check_texts(manifests)
    found, unknown = sort_out(cluster, manifests, namespace)
    if unknown:
        faults = [
            f'resource mapping not found for name: "{obj.ref.name}" from'
            f' "{obj.path}": {obj.error}'
            for obj in unknown
        ]
        raise ReleaseError(
            "unable to build kubernetes objects from release manifest: "
            + "\n".join(faults),
            hint="; ".join(sorted({obj.error.hint or "" for obj in unknown})),
        )
    return found


def build_deployed(operation: Operation, release: Release) -> list[ReleaseObject]:
    """Place the objects of a revision that is in the cluster.

    Objects of a kind that the cluster no longer has are gone with their kind, so
    they are left out. (Helm refuses to go on.)

    Raises:
        ReleaseError: An object has no name.
        YamlError: A document of the record does not parse.
    """
    found, unknown = sort_out(
        operation.cluster, read_documents(release.manifest), release.namespace
    )
    for obj in unknown:
        operation.env.report(ObjectChanged(obj.ref, Outcome.MISSING))
    return found


def _check_texts(manifests: Iterable[Manifest]) -> None:
    """Find unquoted labels before anything is recorded, as Helm does."""
    faults = [
        f"{manifest.path}: {obj.get('kind')}: metadata.{field}.{key} must be text,"
        f" but is {value!r}"
        for manifest in manifests
        for obj in flattened(manifest.object)
        for field in ("labels", "annotations")
        for key, value in _mapping(_mapping(obj.get("metadata")).get(field)).items()
        if not isinstance(value, str | None)
    ]
    if faults:
        raise ReleaseError(
            "unable to build kubernetes objects from release manifest: "
            + "\n".join(faults),
            hint=_QUOTE,
        )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def sort_out(
    cluster: Cluster, manifests: Iterable[Manifest], namespace: str
) -> tuple[list[ReleaseObject], list[UnknownObject]]:
    """Place those objects whose kind the cluster has, and give the others.

    Raises:
        ReleaseError: An object has no name.
    """
    manifests = list(manifests)
    found = []
    unknown = []
    for manifest in manifests:
        for obj in flattened(manifest.object):
            try:
                found.append(_placed(cluster, obj, namespace, manifest.path))
            except NotFoundError as error:
                ref = ObjectRef.of(obj, namespace)
                unknown.append(UnknownObject(ref, obj, manifest.path, error))
    return found, [*_explained(unknown, manifests)]


def _explained(
    unknown: Sequence[UnknownObject], manifests: Iterable[Manifest]
) -> Iterator[UnknownObject]:
    """Tell where definitions belong that come with the objects that need them."""
    defined = defined_kinds(manifests) if unknown else {}
    for obj in unknown:
        if path := defined.get((obj.ref.group, obj.ref.kind)):
            error = NotFoundError(
                str(obj.error),
                code=obj.error.code,
                hint=f"{path} defines {obj.ref.kind} in the same release: move that to"
                " the chart's crds/, which is installed first",
            )
            yield replace(obj, error=error)
        else:
            yield obj


def defined_kinds(manifests: Iterable[Manifest]) -> dict[tuple[str, str], str]:
    """Give the kinds that manifests define, with their groups, and where."""
    return {
        (str(spec.get("group")), str(_mapping(spec.get("names")).get("kind"))): m.path
        for m in manifests
        for obj in flattened(m.object)
        if obj.get("kind") == "CustomResourceDefinition"
        for spec in [_mapping(obj.get("spec"))]
    }


def flattened(obj: Any) -> Iterator[Object]:
    """Give the objects of a document: those of a list, or the one that it is."""
    if not obj:
        return
    kind = str(obj.get("kind") or "")
    if kind.endswith("List") and isinstance(obj.get("items"), list):
        for item in obj["items"]:
            yield from flattened(item)
    else:
        yield obj


def _check_identity(obj: Object, path: str) -> None:
    """Find an unquoted name or namespace, such as ``yes`` or ``12``.

    Raises:
        ReleaseError: It is no text.
    """
    for field in ("name", "namespace"):
        value = _mapping(obj.get("metadata")).get(field)
        if not isinstance(value, str | None):
            raise ReleaseError(
                f"{path}: {obj['kind']}: metadata.{field} must be text, but is"
                f" {value!r}",
                hint=_QUOTE,
            )


def _placed(cluster: Cluster, obj: Object, namespace: str, path: str) -> ReleaseObject:
    for name in ("apiVersion", "kind"):
        if not obj.get(name):
            raise ReleaseError(f"{path}: an object has no {name}")
    _check_identity(obj, path)
    ref = cluster.ref(obj, namespace)
    if not ref.name:
        raise ReleaseError(f"{path}: the {ref.kind} has no metadata.name")
    if ref.namespace and not obj["metadata"].get("namespace"):
        metadata = {**obj["metadata"], "namespace": ref.namespace}
        obj = {**obj, "metadata": metadata}
    return ReleaseObject(ref, obj)
