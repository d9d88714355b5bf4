"""Saved plans: an operation as it was shown, to be carried out exactly so later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pypkg.cluster.discovery import Resource
from pypkg.cluster.field_owners import FieldOwners
from pypkg.cluster.parallel import find_all
from pypkg.errors import ApiError, PlanOutdatedError
from pypkg.objects.difference import differences
from pypkg.objects.field_places import place_of
from pypkg.objects.field_set import show
from pypkg.objects.manifest import read_documents
from pypkg.release import history
from pypkg.release.applying.conflicts import shown
from pypkg.release.applying.field_policy import Policy, decide, rules_of
from pypkg.release.applying.ownership import MANAGED_BY
from pypkg.release.applying.resources import sort_out
from pypkg.release.diffs.comparison import cleaned
from pypkg.release.intent import ToInstall, ToRollback, ToUninstall, ToUpgrade
from pypkg.release.lock.exclusion import Verb, alone
from pypkg.release.masking import masked
from pypkg.release.operation import require_cluster
from pypkg.release.options import (
    InstallOptions,
    RollbackOptions,
    UninstallOptions,
    UpgradeOptions,
)
from pypkg.release.proposal import Proposal, Succession

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pypkg.chart.chart import File
    from pypkg.cluster.client import Cluster, Object
    from pypkg.cluster.reference import ObjectRef
    from pypkg.objects.field_set import Path
    from pypkg.release.applying.field_policy import FieldRule
    from pypkg.release.diffs.diff import Survey
    from pypkg.release.environment import Environment
    from pypkg.release.intent import Intent
    from pypkg.release.records.record import Release

Options = InstallOptions | UpgradeOptions | RollbackOptions | UninstallOptions
_VERBS: dict[type[Options], Verb] = {
    InstallOptions: "install",
    UpgradeOptions: "upgrade",
    RollbackOptions: "rollback",
    UninstallOptions: "uninstall",
}
# Controllers of Kubernetes itself, which complete what they are given.
_CONTROL_PLANE = frozenset(
    {"cloud-controller-manager", "k3s", "kube-controller-manager", "kube-scheduler"}
)
# Annotations that decide what an operation does.
_HEEDED = ("helm.sh/", "meta.helm.sh/", "pypkg.dev/")
_NAMESPACES = Resource("v1", "Namespace", "namespaces", namespaced=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """An object of the release as it was when the plan was made.

    Attributes:
        ref: Which.
        uid: Its uid, "" if it was not there.
        object: The object without what only the server writes; None if it was not
            there.
    """

    ref: ObjectRef
    uid: str
    object: Object | None


@dataclass(frozen=True, slots=True)
class Base:
    """The records of the release when the plan was made.

    Attributes:
        last: The newest revision, 0 for none.
        status: Its state, "" for none.
        since: When it was made, RFC 3339.
        current: The revision whose objects were in the cluster, 0 for none.
    """

    @classmethod
    def of(cls, last: Release | None, current: Release | None) -> Base:
        """Describe the records."""
        if last is None:
            return cls()
        made = last.info.last_deployed
        return cls(
            last=last.revision,
            status=str(last.status),
            since=made.rfc3339() if made else "",
            current=current.revision if current else 0,
        )

    def __str__(self) -> str:
        """Name the newest revision."""
        if not self.last:
            return "not there"
        return f"revision {self.last} ({self.status}) of {self.since}"

    last: int = 0
    status: str = ""
    since: str = ""
    current: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An operation, and what it was planned for.

    Attributes:
        release: The revision that it makes, rendered; of an uninstall, that which it
            removes.
        options: How; the type says which operation it is.
        crds: The files of crds/ that it creates first.
        base: The records it follows.
        cluster: The uid of the cluster, "" where it may not be read.
        seen: The objects of the revision and of the one before.
    """

    release: Release
    options: Options
    crds: tuple[File, ...] = ()
    base: Base
    cluster: str
    seen: tuple[Seen, ...]

    @property
    def verb(self) -> Verb:
        """What it does."""
        return _VERBS[type(self.options)]

    @property
    def rules(self) -> Sequence[FieldRule]:
        """What becomes of fields that others own."""
        if isinstance(self.options, UninstallOptions):
            return ()
        return self.options.apply.field_rules


def make(env: Environment, intent: Intent, survey: Survey) -> Plan:
    """Make a plan of an operation.

    Args:
        env: The surroundings.
        intent: The operation.
        survey: Its objects as they are.
    """
    proposal = intent.proposal
    return Plan(
        release=proposal.release,
        options=intent.options,
        crds=intent.crds,
        base=Base.of(proposal.last, proposal.current),
        cluster=_identity(require_cluster(env)),
        seen=tuple(_seen(ref, survey.lives.get(ref)) for ref in survey.refs),
    )


def apply(env: Environment, plan: Plan) -> Release:
    """Carry out a plan, if the cluster is still as it was.

    Args:
        env: The surroundings, in the namespace of the release.
        plan: The plan.

    Returns:
        The new revision; of an uninstall, the removed one.

    Raises:
        PlanOutdatedError: The cluster has moved; everything that has is listed.
        ReleaseError: The operation failed, or another one is in progress.
        ClusterError: The cluster cannot be reached, refuses, or is not ready in time.
    """
    timeout = plan.options.wait.lock_timeout
    with alone(env, plan.release.name, plan.verb, timeout=timeout) as held:
        return checked(held, plan).carry_out(held)


def checked(env: Environment, plan: Plan) -> Intent:
    """Give the operation of a plan, if the cluster is still as it was.

    Raises:
        PlanOutdatedError: The cluster has moved; everything that has is listed.
    """
    cluster = require_cluster(env)
    if plan.cluster and plan.cluster != _identity(cluster):
        raise PlanOutdatedError("the plan was made for another cluster")
    found = history.revisions(env.storage, plan.release.name)
    moved = [*_moved_records(plan.base, found), *_moved_objects(cluster, plan)]
    if moved:
        raise PlanOutdatedError(
            "the cluster is not as it was when the plan was made; nothing has been"
            " changed",
            moved=moved,
            hint="make a new plan, and look at what it changes",
        )
    return _restored(env, plan, {release.revision: release for release in found})


def _restored(env: Environment, plan: Plan, records: Mapping[int, Release]) -> Intent:
    release = plan.release
    last, current = records.get(plan.base.last), records.get(plan.base.current)
    options = plan.options
    if not isinstance(options, UninstallOptions):
        now = env.now()
        begun = release.info.first_deployed if last else now
        release = release.with_info(first_deployed=begun, last_deployed=now)
    manifests = read_documents(release.manifest)
    if isinstance(options, InstallOptions):
        proposal = Proposal(release=release, manifests=manifests, last=last)
        return ToInstall(proposal=proposal, options=options, crds=plan.crds)
    if last is None or current is None:
        raise PlanOutdatedError("a revision that the plan follows is gone")
    if isinstance(options, UninstallOptions):
        removal = Succession(release=last, manifests=[], last=last, current=last)
        return ToUninstall(proposal=removal, options=options)
    succession = Succession(
        release=release, manifests=manifests, last=last, current=current
    )
    if isinstance(options, UpgradeOptions):
        return ToUpgrade(proposal=succession, options=options)
    return ToRollback(proposal=succession, options=options)


def _moved_records(base: Base, found: Sequence[Release]) -> Iterator[str]:
    now = Base.of(found[-1] if found else None, None)
    if replace(base, current=0) != now:
        yield f"the release was {base}, and is {now}"


def _moved_objects(cluster: Cluster, plan: Plan) -> Iterator[str]:
    lives = find_all(
        cluster, (seen.ref for seen in plan.seen), labels={MANAGED_BY: "Helm"}
    )
    manifests = read_documents(plan.release.manifest)
    found, _ = sort_out(cluster, manifests, plan.release.namespace)
    targets = {obj.ref: obj.object for obj in found}
    for seen in plan.seen:
        live = lives.get(seen.ref)
        if seen.object is None:
            if live is not None:
                yield f"{seen.ref} was not there, and is now"
        elif live is None:
            yield f"{seen.ref} is gone"
        elif live["metadata"].get("uid") != seen.uid:
            yield f"{seen.ref} was deleted, and made again"
        else:
            target = targets.get(seen.ref, {})
            yield from _moved_fields(seen, live, target, plan.rules)


def _moved_fields(
    seen: Seen, live: Object, target: Object, rules: Sequence[FieldRule]
) -> Iterator[str]:
    """Tell which fields have changed that the plan is about, or anyone may have set."""
    owners = FieldOwners(live)
    rules = (*rules_of(live), *rules)
    for found in differences(*masked(seen.object, cleaned(live))):
        path = show(found.path)
        if decide(rules, seen.ref, path) is Policy.KEEP:
            continue
        owner = owners.of(found.path)
        if owner and place_of(target, found.path) is None:
            if owner.manager in _CONTROL_PLANE:
                continue  # an autoscaler's replicas, the volume of a claim
            if _is_note(found.path) and not owner.manager.startswith("kubectl"):
                continue  # what a controller remembers of an object
        by = f", set by {owner} at {owner.since}" if owner else ""
        yield f"{seen.ref}: {path}: {shown(found.old)} -> {shown(found.new)}{by}"


def _is_note(path: Path) -> bool:
    """Tell whether a field means nothing to anyone but the controller that set it."""
    match path:
        case ("f:metadata", "f:annotations", key):
            return not key.removeprefix("f:").startswith(_HEEDED)
        case ("f:metadata", "f:finalizers", *_):
            return True
        case _:
            return False


def _seen(ref: ObjectRef, live: Object | None) -> Seen:
    if live is None:
        return Seen(ref, "", None)
    return Seen(ref, live["metadata"].get("uid") or "", cleaned(live))


def _identity(cluster: Cluster) -> str:
    """Give the uid of a namespace that every cluster has, and none shares."""
    path = _NAMESPACES.path(None, "kube-system")
    try:
        return str(cluster.fetch(path)["metadata"]["uid"])
    except ApiError:
        # Not everyone may read it; the uids of the objects tell as much.
        return ""
