"""Fields that others own: found before anything is changed, and decided upon.

Server-side apply refuses to set a field that another manager has set to another value.
Who owns what is in ``metadata.managedFields``, so a conflict can be told from the live
object; only where there may be one is the server asked, by a dry run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pypkg.cluster.field_owners import APPLY, UPDATE, FieldOwner, FieldOwners
from pypkg.cluster.parallel import find_all, in_parallel
from pypkg.errors import ApiError, ConflictError, FieldConflictError
from pypkg.objects.difference import MISSING
from pypkg.objects.equality import equal
from pypkg.objects.field_places import Place, place_of, pruned, value_at
from pypkg.objects.field_set import Path, show
from pypkg.release.applying.field_policy import ANNOTATION, Policy, decide, rules_of
from pypkg.release.applying.ownership import MANAGED_BY
from pypkg.release.masking import NEW, OLD, Masked, decoded, is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pypkg.cluster.apply import Applier
    from pypkg.cluster.client import Object
    from pypkg.cluster.reference import ObjectRef
    from pypkg.release.applying.field_policy import FieldRule
    from pypkg.release.applying.resources import ReleaseObject

# What the server says of each field: conflict with "kubectl" with subresource "scale"
# using apps/v1
_MANAGER = re.compile(
    r'conflict with "(?P<manager>[^"]*)"'
    r'(?: with subresource "(?P<subresource>[^"]*)")?(?P<update> using \S+)?'
)

FORBIDDEN = 403
# What JSON leaves as it is, and terminals obey.
_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that the chart sets, and that another manager has set otherwise.

    Attributes:
        ref: The object.
        path: The field, as the server shows it: ``.spec.replicas``.
        owner: Who has set it.
        live: What it is.
        wanted: What the chart says.
        policy: What is to be done.
    """

    ref: ObjectRef
    path: str
    owner: FieldOwner
    live: Any
    wanted: Any
    policy: Policy


@dataclass(frozen=True, slots=True)
class Settled:
    """How one object is applied.

    Attributes:
        target: The object, without the fields that others keep.
        conflicts: What others own, and what was decided.
        kept: The paths of the fields left out.
    """

    target: ReleaseObject
    conflicts: tuple[FieldConflict, ...] = ()
    kept: tuple[Path, ...] = ()

    @property
    def failing(self) -> list[FieldConflict]:
        """The conflicts of which nothing is decided."""
        return [found for found in self.conflicts if found.policy is Policy.FAIL]


@dataclass(frozen=True, slots=True)
class _Contested:
    path: Path
    place: Place
    owner: FieldOwner
    live: Any
    wanted: Any


def settle(
    applier: Applier, target: ReleaseObject, live: Object, rules: Sequence[FieldRule]
) -> Settled:
    """Find the conflicts of an object, and apply the policies to it.

    Args:
        applier: How it would be applied.
        target: The object as the chart says.
        live: The object as it is.
        rules: The user's policies; they go before the object's own.

    Raises:
        ReleaseError: The object's annotation does not parse.
    """
    contested = _contested(applier, target.object, live)
    if not contested:
        return Settled(target)
    rules = (*rules_of(target.object), *rules)
    decided = {path: decide(rules, target.ref, path) for path in contested}
    kept = [c for path, c in contested.items() if decided[path] is Policy.KEEP]
    left = replace(
        target, object=pruned(target.object, [field.place for field in kept])
    )
    undecided = Policy.TAKE if applier.force_conflicts else Policy.FAIL
    secret = is_secret(live)
    conflicts = [_conflict(target.ref, c, Policy.KEEP, secret=secret) for c in kept]
    for path, owner in _confirmed(applier, left, contested, decided).items():
        policy = decided.get(path) or decide(rules, target.ref, path) or undecided
        if policy is Policy.KEEP:
            policy = Policy.FAIL  # the server knows of it, and pypkg not where it lies
        found = contested.get(path)
        conflicts.append(
            _conflict(target.ref, found, policy, secret=secret)
            if found
            else FieldConflict(target.ref, path, owner, MISSING, MISSING, policy)
        )
    taken = any(c.policy is Policy.TAKE for c in conflicts)
    return Settled(
        target=replace(left, force_conflicts=taken and applier.server_side),
        conflicts=tuple(sorted(conflicts, key=lambda c: c.path)),
        kept=tuple(c.path for c in kept),
    )


def settle_all(
    applier: Applier,
    before: Sequence[ReleaseObject],
    targets: Sequence[ReleaseObject],
    rules: Sequence[FieldRule],
) -> tuple[list[ReleaseObject], list[ReleaseObject]]:
    """Find all conflicts of an operation, before it changes anything.

    Args:
        applier: How objects are applied.
        before: The objects of the revision in the cluster.
        targets: The objects that are wanted.
        rules: The user's policies.

    Returns:
        Both lists, without the fields that others keep; objects of which fields are
        to be taken say so.

    Raises:
        FieldConflictError: Of some conflicts nothing is decided.
        ReleaseError: The annotation of an object does not parse.
    """
    if applier.replace or not (applier.server_side or rules or _annotated(targets)):
        return [*before], [*targets]
    known = {obj.key for obj in before}
    existing = [target for target in targets if target.key in known]
    lives = find_all(
        applier.cluster, [t.ref for t in existing], labels={MANAGED_BY: "Helm"}
    )

    def of(target: ReleaseObject) -> Settled:
        live = lives.get(target.ref)
        return settle(applier, target, live, rules) if live else Settled(target)

    found = [*in_parallel(of, existing, width=applier.cluster.parallel)]
    refuse(found)
    settled = {one.target.key: one for one in found}
    return (
        [without_kept(obj, settled.get(obj.key)) for obj in before],
        [settled[t.key].target if t.key in settled else t for t in targets],
    )


def refuse(settled: Iterable[Settled]) -> None:
    """Refuse to go on if a conflict is undecided.

    Raises:
        FieldConflictError: Every such field of every object is listed.
    """
    failing = [conflict for one in settled for conflict in one.failing]
    if not failing:
        return
    plural = "s have" if len(failing) > 1 else " has"
    raise FieldConflictError(
        f"{len(failing)} field{plural} other managers, who set them to other values"
        " than the chart; nothing has been changed",
        conflicts=[f"{found.ref}: {describe(found)}" for found in failing],
        hint=advice(failing[0]),
    )


def advice(conflict: FieldConflict) -> str:
    """Say how to decide on a conflict, and on others like it."""
    rule = f"{conflict.ref.kind}/{conflict.ref.name}:{conflict.path}"
    return (
        f"leave a field to its manager with --field-policy '{rule}=keep', or set"
        f" it as the chart says with --field-policy '{rule}=take'; the annotation"
        f" {ANNOTATION} does so from within the chart, and --force-conflicts takes all"
    )


def describe(conflict: FieldConflict) -> str:
    """Say in one line who owns a field, since when, and what the chart says."""
    since = f" since {conflict.owner.since}" if conflict.owner.since else ""
    values = ""
    if conflict.live is not MISSING:
        values = f" {shown(conflict.live)} -> {shown(conflict.wanted)},"
    return (
        f"{conflict.path}:{values} conflict with"
        f' "{conflict.owner.manager}"{_through(conflict.owner)}{since}'
    )


def shown(value: Any) -> str:
    """Give a field's value on one line, cut where it is long."""
    if value is MISSING:
        return "(none)"
    if isinstance(value, Masked):
        return str(value).replace(" # ", " ")
    text = one_line(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - fits a line


def one_line(value: Any) -> str:
    """Give a value as JSON that a terminal shows, and does not obey."""
    return json.dumps(value, ensure_ascii=False).translate(_CONTROLS)


def _annotated(targets: Iterable[ReleaseObject]) -> bool:
    return any(
        ANNOTATION in (target.object["metadata"].get("annotations") or {})
        for target in targets
    )


def without_kept(obj: ReleaseObject, settled: Settled | None) -> ReleaseObject:
    """Take out what others keep: what is in neither manifest no patch is about."""
    if settled is None or not settled.kept:
        return obj
    places = (place_of(obj.object, path) for path in settled.kept)
    return replace(obj, object=pruned(obj.object, filter(None, places)))


def _through(owner: FieldOwner) -> str:
    return f' with subresource "{owner.subresource}"' if owner.subresource else ""


def _contested(applier: Applier, target: Object, live: Object) -> dict[str, _Contested]:
    """Find fields that others have set, and that would be set to another value."""
    owners = FieldOwners(live)
    foreign = [
        (owner, fields)
        for owner, fields in owners.entries
        if not _is_own(applier, owner)
    ]
    everything = [path for _, fields in owners.entries for path in fields]
    holders = {path[:n] for path in everything for n in range(1, len(path))}
    found: dict[str, _Contested] = {}
    for owner, fields in foreign:
        # What holds other fields of its own is no value.
        for path in fields - holders:
            at, there = place_of(target, path), place_of(live, path)
            if at is None or there is None:
                continue
            wanted, is_now = value_at(target, at), value_at(live, there)
            if equal(wanted, is_now):
                continue
            name = show(path)
            if name not in found or found[name].owner.since < owner.since:
                found[name] = _Contested(path, at, owner, is_now, wanted)
    return found


def _is_own(applier: Applier, owner: FieldOwner) -> bool:
    if owner.is_client(applier.manager, APPLY):
        return True
    own_updates = applier.hand_over or not applier.server_side
    return own_updates and owner.is_client(applier.manager, UPDATE)


def _confirmed(
    applier: Applier,
    target: ReleaseObject,
    contested: Mapping[str, _Contested],
    decided: Mapping[str, Policy | None],
) -> dict[str, FieldOwner]:
    """Give the conflicts that remain, by path; the server tells which are real.

    What looks like another value may be the same in another form, such as the
    quantities ``1000m`` and ``1``.
    """
    rest = [path for path in contested if decided[path] is not Policy.KEEP]
    if not rest:
        return {}
    if not applier.server_side:
        # Client-side apply knows no conflicts: only what a policy names counts.
        return {p: contested[p].owner for p in rest if decided[p] is not None}
    try:
        asking = replace(applier, dry_run=True, force_conflicts=False, hand_over=False)
        asking.create(target.object)
    except ConflictError as error:
        told = {c.get("field", ""): _told(c.get("message", "")) for c in error.causes}
        return {
            path: owner for path, owner in told.items() if not _is_own(applier, owner)
        }
    except ApiError as error:
        if error.code == FORBIDDEN:  # who may only look is to see them all the same
            return {path: contested[path].owner for path in rest}
        # The apply itself will say why.
        return {}
    return {}


def _told(message: str) -> FieldOwner:
    found = _MANAGER.search(message)
    if found is None:
        return FieldOwner("another manager", UPDATE)
    operation = UPDATE if found["update"] else APPLY
    return FieldOwner(found["manager"], operation, found["subresource"] or "")


def _conflict(
    ref: ObjectRef, found: _Contested, policy: Policy, *, secret: bool
) -> FieldConflict:
    live, wanted = found.live, found.wanted
    if secret:
        live = Masked.of(OLD, decoded(live))
        wanted = Masked.of(NEW, decoded(wanted))
    return FieldConflict(ref, show(found.path), found.owner, live, wanted, policy)
