"""Comparing what revisions were rendered to, without a cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pypkg.cluster.reference import ObjectRef
from pypkg.objects.equality import equal
from pypkg.objects.manifest import Manifest, read_documents
from pypkg.release.applying.resources import ReleaseObject, flattened
from pypkg.release.diffs.comparison import (
    Basis,
    Change,
    Comparison,
    ObjectComparison,
    cleaned,
)
from pypkg.release.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pypkg.cluster.client import Object
    from pypkg.release.records.record import Release

_Key = tuple[str, str, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """What a diff shows.

    Attributes:
        hooks: Compare hooks too; they are compared as they are rendered.
        tests: And those hooks that are tests.
        show_secrets: Do not mask the contents of Secrets.
    """

    hooks: bool = True
    tests: bool = False
    show_secrets: bool = False


def compare_manifests(
    old: Release | None, new: Release, options: DiffOptions
) -> Comparison:
    """Compare two revisions as they were rendered, without a cluster.

    Raises:
        YamlError: A document of a record does not parse.
    """
    before = _rendered(read_documents(old.manifest), old) if old else {}
    after = _rendered(read_documents(new.manifest), new)
    return Comparison(
        name=new.name,
        namespace=new.namespace,
        old=old.revision if old else 0,
        new=new.revision,
        objects=(
            *_pairs(before, after, mask=not options.show_secrets),
            *compare_hooks(old, new, options),
        ),
    )


def compare_releases(old: Release, new: Release, options: DiffOptions) -> Comparison:
    """Compare two releases of one chart as they were rendered.

    Objects are paired by the templates that they came from, as helm-diff does: their
    names are likely to hold the releases'.

    Raises:
        YamlError: A document of a record does not parse.
    """
    sides = [_by_template(release) for release in (old, new)]
    return Comparison(
        name=new.name,
        namespace=new.namespace,
        old=old.revision,
        new=new.revision,
        objects=tuple(_pairs(*sides, mask=not options.show_secrets)),
    )


def _by_template(release: Release) -> dict[_Key, ReleaseObject]:
    found: dict[_Key, ReleaseObject] = {}
    for manifest in read_documents(release.manifest):
        for obj in _rendered([manifest], release).values():
            path = manifest.path.partition("/")[2]
            number = sum(key[:2] == (path, obj.ref.kind) for key in found)
            found[path, obj.ref.kind, None, str(number)] = obj
    return found


def compare_hooks(
    old: Release | None, new: Release, options: DiffOptions
) -> Iterator[ObjectComparison]:
    """Compare the hooks of two revisions as they were rendered.

    Raises:
        YamlError: A hook does not parse.
    """
    if not options.hooks:
        return
    events: dict[_Key, tuple[str, ...]] = {}
    sides = []
    for release in (old, new):
        documents: list[Manifest] = []
        for hook in release.hooks if release else ():
            if options.tests or not hook.is_test:
                manifest = Manifest.parse(hook.path, hook.manifest)
                documents.append(manifest)
                events |= dict.fromkeys(_rendered([manifest], new), hook.events)
        sides.append(_rendered(documents, new))
    for found in _pairs(*sides, mask=not options.show_secrets):
        key = ReleaseObject(found.ref, {}).key
        yield replace(found, events=events[key])


def _rendered(
    manifests: Iterable[Manifest], release: Release
) -> dict[_Key, ReleaseObject]:
    objects = (
        ReleaseObject(ObjectRef.of(obj, release.namespace), obj)
        for manifest in manifests
        for obj in flattened(manifest.object)
    )
    return {obj.key: obj for obj in objects}


def _pairs(
    before: Mapping[_Key, ReleaseObject],
    after: Mapping[_Key, ReleaseObject],
    *,
    mask: bool,
) -> Iterator[ObjectComparison]:
    for key in {**after, **before}:
        here = after.get(key) or before[key]
        old = cleaned(before[key].object) if key in before else None
        new = cleaned(after[key].object) if key in after else None
        if mask:
            old, new = masked(old, new)
        yield ObjectComparison(
            ref=here.ref,
            change=_change_between(old, new),
            old=old,
            new=new,
            basis=Basis.RENDERED,
        )


def _change_between(old: Object | None, new: Object | None) -> Change:
    if old is None:
        return Change.ADDED
    if new is None:
        return Change.REMOVED
    return Change.UNCHANGED if equal(old, new) else Change.CHANGED
