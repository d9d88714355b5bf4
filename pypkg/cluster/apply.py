"""Sending an object to the cluster, in one of three ways.

Server-side apply leaves the merging to the server, which knows each field's owner.
Client-side apply sends the difference between the last manifest, the new one and
the live object. Replacing sends the whole object.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypkg.cluster.applied_fields import is_applied
from pypkg.cluster.managed_fields import upgrade_patch
from pypkg.cluster.reference import ObjectRef
from pypkg.cluster.refusals import advice
from pypkg.errors import ApiError, ConflictError
from pypkg.objects.openapi import OpenApiSchema, schema_of
from pypkg.objects.patch import create_merge_patch, three_way_merge
from pypkg.objects.strategic_diff import three_way_strategic

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster, Object, PatchType

UNSUPPORTED_MEDIA_TYPE = 415
HANDOVER_ATTEMPTS = 5
REPLACE_ATTEMPTS = 5
# Definitions that Helm's client knows as Go types; only these it merges strategically.
_TYPED = ("io.k8s.api.", "io.k8s.apiextensions-apiserver.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Applier:
    """Creates and updates objects.

    Attributes:
        cluster: Where.
        manager: The field manager's name.
        server_side: Use server-side apply.
        force_conflicts: Take fields that other managers own (server-side only).
        replace: Replace objects instead of patching them.
        hand_over: Before server-side apply, take over what the same manager set
            by client-side apply.
        three_way_custom: Merge custom resources with the live object too, not
            only the last manifest with the new one (client-side only).
        validate: Refuse unknown and duplicate fields.
        dry_run: Let the server do everything but store the result.
    """

    cluster: Cluster
    manager: str
    server_side: bool = True
    force_conflicts: bool = False
    replace: bool = False
    hand_over: bool = False
    three_way_custom: bool = False
    validate: bool = True
    dry_run: bool = False

    def create(self, obj: Object) -> Object:
        """Create an object, or with server-side apply merge it into one.

        Returns:
            The live object.

        Raises:
            ApiError: The server refuses.
        """
        if self.server_side:
            return self._apply(obj)
        return self.cluster.create(obj, fieldManager=self.manager, **self._extent)

    def update(self, original: Object, target: Object, live: Object) -> Object:
        """Bring a live object to a manifest.

        Args:
            original: What was applied last.
            target: What is to be applied.
            live: The object as it is.

        Returns:
            The live object afterwards; its resourceVersion tells whether it has
            changed.

        Raises:
            ApiError: The server refuses.
            ConflictError: Fields have other owners.
            PatchError: The difference cannot be expressed.
        """
        if self.replace:
            return self._replace(target)
        if self.server_side:
            if is_applied(target, live, self.manager):
                return live
            if self.hand_over and not self.dry_run:
                self._hand_over(live)
            return self._apply(target)
        return self._patch(original, target, live)

    def _apply(self, obj: Object) -> Object:
        ref = self.cluster.ref(obj)
        try:
            return self.cluster.patch(
                ref,
                obj,
                "application/apply-patch+yaml",
                fieldManager=self.manager,
                fieldValidation=self._validation,
                force="true" if self.force_conflicts else "false",
                **self._extent,
            )
        except ConflictError as error:
            raise _explained(
                error,
                f"conflict occurred while applying object {_named(ref)}: {error}",
                hint="take the fields with --force-conflicts, or leave them out of the"
                " chart",
            ) from error
        except ApiError as error:
            what = (
                "server-side apply not available on the server"
                if error.code == UNSUPPORTED_MEDIA_TYPE
                else f"server-side apply failed for object {_named(ref)}"
            )
            raise _explained(
                error, f"{what}: {error}", hint=error.hint or advice(ref, error)
            ) from error

    def _hand_over(self, live: Object) -> None:
        ref = ObjectRef.of(live)
        for attempt in range(1, HANDOVER_ATTEMPTS + 1):
            patch = upgrade_patch(live, self.manager)
            if not patch:
                return
            try:
                self.cluster.patch(
                    ref, patch, "application/json-patch+json", fieldManager=self.manager
                )
            except ConflictError:
                if attempt == HANDOVER_ATTEMPTS:
                    raise
                live = self.cluster.get(ref)
            else:
                return

    def _replace(self, target: Object) -> Object:
        ref = self.cluster.ref(target)
        try:
            try:
                # Without a resourceVersion the server replaces whatever is there.
                return self._put(target)
            except ApiError as error:
                if not _needs_version(error):
                    raise
            return self._put_newest(ref, target)
        except ApiError as error:
            raise _explained(
                error,
                f"failed to replace object: {error}",
                hint=error.hint or advice(ref, error),
            ) from error

    def _put_newest(self, ref: ObjectRef, target: Object) -> Object:
        """Replace an object of a kind of which that takes the newest version."""
        for _ in range(REPLACE_ATTEMPTS - 1):
            try:
                return self._put(_at_version_of(self.cluster.get(ref), target))
            except ConflictError:
                continue
        return self._put(_at_version_of(self.cluster.get(ref), target))

    def _put(self, obj: Object) -> Object:
        return self.cluster.update(
            obj,
            fieldManager=self.manager,
            fieldValidation=self._validation,
            **self._extent,
        )

    def _patch(self, original: Object, target: Object, live: Object) -> Object:
        ref = self.cluster.ref(target)
        schema = self._schema(ref)
        kind: PatchType = "application/merge-patch+json"
        if schema is not None:
            kind = "application/strategic-merge-patch+json"
            patch = three_way_strategic(original, target, live, schema)
        elif self.three_way_custom:
            patch = three_way_merge(original, target, live)
        else:
            patch = create_merge_patch(original, target)
        if not patch:
            return live
        try:
            return self.cluster.patch(
                ref, patch, kind, fieldManager=self.manager, **self._extent
            )
        except ApiError as error:
            raise _explained(
                error,
                f'cannot patch "{ref.name}" with kind {ref.kind}: {error}',
                hint=error.hint or advice(ref, error),
            ) from error

    def _schema(self, ref: ObjectRef) -> OpenApiSchema | None:
        """Give the patch metadata of a built-in kind, or None for a custom one."""
        definitions = self.cluster.openapi.definitions(ref.api_version)
        schema = schema_of(definitions, ref.api_version, ref.kind)
        return schema if schema and schema.name.startswith(_TYPED) else None

    @property
    def _extent(self) -> dict[str, str]:
        return {"dryRun": "All"} if self.dry_run else {}

    @property
    def _validation(self) -> str:
        return "Strict" if self.validate else "Ignore"


def _needs_version(error: ApiError) -> bool:
    """Tell whether a kind may be replaced only at a known version.

    Custom resources are such a kind, and budgets and webhook configurations.
    """
    return any(c.get("field") == "metadata.resourceVersion" for c in error.causes)


def _at_version_of(live: Object, obj: Object) -> Object:
    version = {"resourceVersion": live["metadata"]["resourceVersion"]}
    return {**obj, "metadata": {**obj["metadata"], **version}}


def with_labels(
    obj: Object, labels: dict[str, str], annotations: dict[str, str]
) -> Object:
    """Give a copy of an object with more labels and annotations."""
    copy = deepcopy(obj)
    metadata = copy.setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    metadata["annotations"] = {**(metadata.get("annotations") or {}), **annotations}
    return copy


def _named(ref: ObjectRef) -> str:
    group, _, version = ref.api_version.rpartition("/")
    kind = f"{group}/{version}, Kind={ref.kind}"
    return f"{ref.namespace or ''}/{ref.name} {kind}"


def _explained(error: ApiError, message: str, *, hint: str | None) -> ApiError:
    """Give the same refusal in the words of what was being done."""
    return type(error)(
        message, code=error.code, reason=error.reason, causes=error.causes, hint=hint
    )
