"""``diff``: what a revision would change, before it is rolled out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pypkg.cluster.parallel import find_all, in_parallel
from pypkg.cluster.reference import ObjectRef
from pypkg.objects.manifest import read_documents
from pypkg.release.applying import crds as definitions
from pypkg.release.applying.appliers import applier_for
from pypkg.release.applying.ownership import MANAGED_BY, is_kept, ownership_fault
from pypkg.release.applying.resources import ReleaseObject, defined_kinds, sort_out
from pypkg.release.diffs.comparison import (
    Basis,
    Change,
    Comparison,
    ObjectComparison,
    cleaned,
)
from pypkg.release.diffs.live_diff import LiveDiff
from pypkg.release.diffs.rendered_diff import compare_hooks
from pypkg.release.install import namespace_object
from pypkg.release.intent import ToInstall
from pypkg.release.masking import masked
from pypkg.release.operation import Operation, require_cluster

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pypkg.chart.chart import File
    from pypkg.cluster.client import Cluster, Object
    from pypkg.release.applying.resources import UnknownObject
    from pypkg.release.diffs.rendered_diff import DiffOptions
    from pypkg.release.environment import Environment
    from pypkg.release.intent import Intent
    from pypkg.release.records.record import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The objects of an operation, before it.

    Attributes:
        targets: Those that are wanted.
        unknown: Those that are wanted, and whose kind the cluster does not have.
        before: Those of the revision that is in the cluster.
        lives: The live ones.
    """

    targets: list[ReleaseObject]
    unknown: list[UnknownObject]
    before: list[ReleaseObject]
    lives: Mapping[ObjectRef, Object]

    @property
    def refs(self) -> list[ObjectRef]:
        """Which objects: the wanted ones, and those before."""
        return [*dict.fromkeys(obj.ref for obj in (*self.targets, *self.before))]


def survey(env: Environment, intent: Intent) -> Survey:
    """Find the objects of an operation.

    Raises:
        ClusterError: The cluster cannot be reached, or refuses to be read.
        ReleaseError: An object has no name.
    """
    cluster = require_cluster(env)
    proposal = intent.proposal
    namespace = proposal.release.namespace
    targets, unknown = sort_out(cluster, proposal.manifests, namespace)
    before = _deployed(cluster, proposal.current)
    refs = [obj.ref for obj in (*targets, *before)]
    return Survey(
        targets=targets,
        unknown=unknown,
        before=before,
        lives=find_all(cluster, refs, labels={MANAGED_BY: "Helm"}),
    )


def compare(
    env: Environment,
    intent: Intent,
    options: DiffOptions,
    found: Survey | None = None,
) -> Comparison:
    """Compare the cluster with what an operation would make of it.

    Each object is applied in a dry run of the server, so that defaults, merges and
    what others own are as they would be; nothing is changed.

    Args:
        env: The surroundings.
        intent: The operation.
        options: What to show.
        found: Its objects, where they are known already.

    Raises:
        ClusterError: The cluster cannot be reached, or refuses to be read.
        ReleaseError: An object has no name.
    """
    proposal = intent.proposal
    found = found or survey(env, intent)
    cluster = require_cluster(env)
    view = _live_diff(env, intent, found, mask=not options.show_secrets)
    provided = _provided_kinds(intent)
    known = {obj.key: obj for obj in found.before}

    def of(target: ReleaseObject) -> ObjectComparison:
        return view.compare(target, known.get(target.key), found.lives.get(target.ref))

    wanted = {target.key for target in found.targets}
    surplus = [obj for obj in found.before if obj.key not in wanted]
    last = proposal.last.revision if proposal.last else 0
    return Comparison(
        name=proposal.release.name,
        namespace=proposal.release.namespace,
        old=last,
        new=0 if intent.verb == "uninstall" else last + 1,
        objects=(
            *_namespace(cluster, intent),
            *_definitions(cluster, intent.crds, mask=view.mask),
            *in_parallel(of, found.targets, width=cluster.parallel),
            *(_unknown(obj, provided, mask=view.mask) for obj in found.unknown),
            *_removed(intent, surplus, found.lives, mask=view.mask),
            *compare_hooks(proposal.current, proposal.release, options),
        ),
    )


def _live_diff(
    env: Environment, intent: Intent, found: Survey, *, mask: bool
) -> LiveDiff:
    proposal, apply = intent.proposal, intent.apply
    release, current = proposal.release, proposal.current
    return LiveDiff(
        applier=applier_for(
            Operation(env, release),
            apply,
            server_side=not release.is_client_side,
            updating=True,
            hand_over=current is None or current.is_client_side,
        ),
        release=release,
        rules=apply.field_rules,
        take_ownership=apply.take_ownership,
        mask=mask,
        coming=_coming_namespaces(intent, found),
    )


def _deployed(cluster: Cluster, current: Release | None) -> list[ReleaseObject]:
    if current is None:
        return []
    # Objects of a kind that is gone are gone with it.
    found, _ = sort_out(cluster, read_documents(current.manifest), current.namespace)
    return found


def _namespace(cluster: Cluster, intent: Intent) -> Iterator[ObjectComparison]:
    if not isinstance(intent, ToInstall) or not intent.options.create_namespace:
        return
    namespace = namespace_object(intent.proposal.release.namespace)
    ref = ObjectRef.of(namespace)
    if cluster.find(ref) is None:
        yield ObjectComparison(
            ref=ref,
            change=Change.ADDED,
            old=None,
            new=namespace,
            basis=Basis.RENDERED,
            notes=("created first; it does not belong to the release",),
        )


def _definitions(
    cluster: Cluster, files: Iterable[File], *, mask: bool
) -> Iterator[ObjectComparison]:
    for file in files:
        found, unknown = sort_out(
            cluster, definitions.documents(file), cluster.namespace
        )
        yield from (_unknown(obj, (), mask=mask) for obj in unknown)
        for obj in found:
            # Those that exist are never touched.
            if cluster.find(obj.ref) is None:
                yield ObjectComparison(
                    ref=obj.ref,
                    change=Change.ADDED,
                    old=None,
                    new=cleaned(obj.object),
                    basis=Basis.RENDERED,
                    notes=(f"created first, from {file.name}",),
                )


def _coming_namespaces(intent: Intent, found: Survey) -> frozenset[str]:
    coming = {obj.ref.name for obj in found.targets if obj.ref.kind == "Namespace"}
    if isinstance(intent, ToInstall) and intent.options.create_namespace:
        coming.add(intent.proposal.release.namespace)
    return frozenset(coming)


def _provided_kinds(intent: Intent) -> Collection[tuple[str, str]]:
    """Give the kinds that the files of crds/ define, with their groups."""
    found = (definitions.documents(file) for file in intent.crds)
    return defined_kinds(chain.from_iterable(found))


def _unknown(
    obj: UnknownObject, provided: Collection[tuple[str, str]], *, mask: bool
) -> ObjectComparison:
    new = cleaned(obj.object)
    comes = (obj.ref.group, obj.ref.kind) in provided
    hint = f"; {obj.error.hint}" if obj.error.hint else ""
    return ObjectComparison(
        ref=obj.ref,
        change=Change.ADDED,
        old=None,
        new=masked(None, new)[1] if mask else new,
        basis=Basis.RENDERED,
        notes=(
            f"the cluster has no {obj.ref.kind} in {obj.ref.api_version} yet: this is"
            " the manifest as it is rendered",
        ),
        problems=() if comes else (f"{obj.error}{hint}",),
    )


def _removed(
    intent: Intent,
    surplus: Iterable[ReleaseObject],
    lives: Mapping[ObjectRef, Object],
    *,
    mask: bool,
) -> Iterator[ObjectComparison]:
    for obj in surplus:
        live = lives.get(obj.ref)
        if live is None:
            continue
        old = cleaned(obj.object)
        shown = masked(old, None)[0] if mask else old
        stays = _reason_to_stay(intent, live)
        yield ObjectComparison(
            ref=obj.ref,
            change=Change.UNCHANGED if stays else Change.REMOVED,
            old=shown,
            new=shown if stays else None,
            notes=(stays,) if stays else (),
        )


def _reason_to_stay(intent: Intent, live: Object) -> str:
    if is_kept(live):
        return "kept: its annotation helm.sh/resource-policy says so"
    # Only an uninstall looks whose an object is.
    if intent.verb == "uninstall" and ownership_fault(live, intent.proposal.release):
        return "left alone: it belongs to someone else"
    return ""
