"""One object of a diff: applied in a dry run, and compared with the live one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pypkg.cluster.field_owners import UPDATE, FieldOwners
from pypkg.errors import ApiError, NotFoundError, PatchError
from pypkg.objects.difference import differences
from pypkg.objects.equality import equal
from pypkg.objects.field_places import place_of, pruned
from pypkg.release.applying.conflicts import describe, settle, without_kept
from pypkg.release.applying.ownership import ADOPTING, claimed, ownership_fault
from pypkg.release.diffs.comparison import (
    Basis,
    Change,
    Drift,
    ObjectComparison,
    cleaned,
)
from pypkg.release.masking import as_stored, is_secret, masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.cluster.apply import Applier
    from pypkg.cluster.client import Object
    from pypkg.cluster.reference import ObjectRef
    from pypkg.objects.field_places import Place
    from pypkg.objects.field_set import Path
    from pypkg.release.applying.field_policy import FieldRule
    from pypkg.release.applying.resources import ReleaseObject
    from pypkg.release.records.record import Release

_DELETED = "drift: it was deleted since the last revision"
_LONGEST = 400  # characters of a fault
_RENDERED = "this is the manifest as it is rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDiff:
    """Compares objects with what the server would make of them.

    Attributes:
        applier: How they would be applied.
        release: Whose objects they are.
        rules: What becomes of fields that others own.
        take_ownership: Adopt objects of others.
        mask: Mask Secrets.
        coming: The namespaces that the operation creates itself.
    """

    applier: Applier
    release: Release
    rules: Sequence[FieldRule]
    take_ownership: bool
    mask: bool
    coming: frozenset[str] = frozenset()

    def compare(
        self, target: ReleaseObject, original: ReleaseObject | None, live: Object | None
    ) -> ObjectComparison:
        """Compare one object.

        Args:
            target: As the new revision has it.
            original: As the revision in the cluster has it, or None.
            live: As it is, or None.

        Raises:
            ReleaseError: The object's own field policies do not parse.
        """
        if live is None:
            found = self._added(target)
            return replace(found, notes=(*found.notes, _DELETED)) if original else found
        wanted = self._claimed(target)
        base = self._claimed(original or target)
        settled = settle(self.applier, wanted, live, self.rules)
        problems = [describe(conflict) for conflict in settled.failing]
        hints = []
        foreign = original is None and not self.take_ownership
        if foreign and (fault := ownership_fault(live, self.release)):
            problems.append(f"it exists and belongs to someone else: {fault}")
            hints.append(ADOPTING)
        try:
            after = self._applied(without_kept(base, settled), settled.target, live)
        except (ApiError, PatchError) as error:
            found = self._as_rendered(target, original, live, error)
            return replace(
                found,
                conflicts=settled.conflicts,
                problems=(*problems, *found.problems),
                hints=(*hints, *found.hints),
            )
        same = equal(base.object, settled.target.object)
        recorded = after if same else self._restored(base, live)
        old, new = self._shown(cleaned(live), cleaned(after))
        return ObjectComparison(
            ref=target.ref,
            change=Change.UNCHANGED if equal(old, new) else Change.CHANGED,
            old=old,
            new=new,
            drift=self._drift(live, recorded, settled.kept) if original else (),
            conflicts=settled.conflicts,
            problems=tuple(problems),
            hints=tuple(hints),
        )

    def _added(self, target: ReleaseObject) -> ObjectComparison:
        _, new = self._shown(None, cleaned(target.object))
        found = ObjectComparison(ref=target.ref, change=Change.ADDED, old=None, new=new)
        try:
            replace(self.applier, dry_run=True).create(self._claimed(target).object)
        except ApiError as error:
            return self._undone(found, error)
        return found

    def _applied(
        self, original: ReleaseObject, target: ReleaseObject, live: Object
    ) -> Object:
        """Give what the server would make of an object."""
        trial = replace(
            self.applier, dry_run=True, force_conflicts=self.applier.server_side
        )
        after = trial.update(original.object, target.object, live)
        if not (self.applier.hand_over and self.applier.server_side):
            return after
        gone = self._handed_over(after, target.object, live)
        if not gone:
            return after
        # What had a default has it again.
        left = cleaned(pruned(after, gone))
        return replace(trial, replace=True).update({}, left, live)

    def _restored(self, original: ReleaseObject, live: Object) -> Object:
        """Give an object as the last revision would have it."""
        try:
            return self._applied(original, original, live)
        except (ApiError, PatchError):
            return live  # that revision failed at it: nobody knows what drifted

    def _handed_over(self, after: Object, target: Object, live: Object) -> set[Place]:
        """Give what the first server-side apply of a release takes out.

        What client-side apply had set belongs to server-side apply by then; a dry run
        cannot do the one before the other.
        """
        entries = FieldOwners(live).entries
        manager = self.applier.manager
        own = {
            p for o, fields in entries if o.is_client(manager, UPDATE) for p in fields
        }
        others = {
            p
            for o, fields in entries
            if not o.is_client(manager, UPDATE)
            for p in fields
        }
        holders = {p[:n] for p in own | others for n in range(1, len(p))}
        target = as_stored(target)
        return {
            place
            for path in own - others - holders
            if place_of(target, path) is None and (place := place_of(after, path))
        }

    def _as_rendered(
        self,
        target: ReleaseObject,
        original: ReleaseObject | None,
        live: Object,
        error: ApiError | PatchError,
    ) -> ObjectComparison:
        before = original.object if original else live
        old, new = self._shown(cleaned(before), cleaned(target.object))
        found = ObjectComparison(
            ref=target.ref,
            change=Change.UNCHANGED if equal(old, new) else Change.CHANGED,
            old=old,
            new=new,
        )
        return self._undone(found, error)

    def _undone(
        self, found: ObjectComparison, error: ApiError | PatchError
    ) -> ObjectComparison:
        """Say why there was no dry run."""
        found = replace(found, basis=Basis.RENDERED)
        if note := self._harmless(found.ref, error):
            return replace(found, notes=(f"{note}: {_RENDERED}",))
        return replace(
            found,
            problems=(f"the server would refuse it: {self._reason(found, error)}",),
            hints=(error.hint,) if error.hint else (),
        )

    def _harmless(self, ref: ObjectRef, error: ApiError | PatchError) -> str:
        """Say why there was no dry run, if the operation itself may well succeed."""
        match error:
            case NotFoundError() if ref.namespace in self.coming:
                return f"the namespace {ref.namespace} is not there yet"
            # Admission forbids, too, and then the operation fails.
            case ApiError(code=403) if " cannot " in str(error):
                return f"the user may not try it out, {error.__cause__ or error}"
            case ApiError(code=400) if "dry run" in str(error):
                return "a webhook of the cluster knows no dry run"
            case _:
                return ""

    def _reason(self, found: ObjectComparison, error: ApiError | PatchError) -> str:
        causes = error.causes if isinstance(error, ApiError) else ()
        if self.mask and is_secret(found.new):
            # The server repeats the values that it refuses.
            fields = ", ".join(cause.get("field", "") for cause in causes)
            reason = getattr(error, "reason", "") or "it cannot be applied"
            return f"{reason} {fields}".rstrip()
        faults = [
            f"{cause.get('field', '')}: {_shortened(cause.get('message', ''))}"
            for cause in causes
        ]
        return "; ".join(faults) or str(error.__cause__ or error)

    def _drift(
        self, live: Object, recorded: Object, kept: Iterable[Path]
    ) -> tuple[Drift, ...]:
        owners = FieldOwners(live)
        # The paths of conflicts name items by their keys.
        named = {place_of(live, path): path for path in kept}
        is_now, was = self._shown(cleaned(live), cleaned(recorded))
        return tuple(
            Drift(
                path=named.get(place_of(live, found.path), found.path),
                recorded=found.new,
                live=found.old,
                owner=owners.of(found.path),
            )
            for found in differences(is_now, was)
        )

    def _claimed(self, obj: ReleaseObject) -> ReleaseObject:
        return claimed([obj], self.release)[0]

    def _shown(
        self, old: Object | None, new: Object | None
    ) -> tuple[Object | None, Object | None]:
        return masked(old, new) if self.mask else (old, new)


def _shortened(text: str) -> str:
    """Cut a value out of the middle: the end says what is wrong with it."""
    return text if len(text) <= _LONGEST else f"{text[:80]} ... {text[-80:]}"
