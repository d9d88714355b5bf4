"""Which way of applying objects an operation uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.apply import Applier
from pypkg.errors import UsageError
from pypkg.release.records.record import ApplyMethod

if TYPE_CHECKING:
    from pypkg.release.operation import Operation
    from pypkg.release.options import ApplyOptions
    from pypkg.release.records.record import Release


def is_server_side(options: ApplyOptions, *, last: Release | None) -> bool:
    """Tell whether to use server-side apply.

    Args:
        options: What the user says.
        last: The revision that ``auto`` follows; None for a first one, which is
            applied server-side.
    """
    if options.server_side != "auto":
        return options.server_side == "true"
    return last is None or not last.is_client_side


def apply_method(*, server_side: bool) -> ApplyMethod:
    """Give the word by which a record says how its objects were applied."""
    return ApplyMethod.SERVER_SIDE if server_side else ApplyMethod.CLIENT_SIDE


def applier_for(
    operation: Operation,
    options: ApplyOptions,
    *,
    server_side: bool,
    updating: bool = False,
    hand_over: bool = False,
) -> Applier:
    """Make the applier of an operation.

    Args:
        operation: The operation.
        options: What the user says.
        server_side: Use server-side apply.
        updating: Objects may exist already.
        hand_over: Take over what client-side apply owned.

    Raises:
        UsageError: Options exclude each other; the words are Helm's.
    """
    if options.force_conflicts and options.force_replace and updating:
        raise UsageError(
            "invalid operation: cannot use force conflicts and force replace together"
        )
    if options.force_conflicts and not server_side:
        raise UsageError("forceConflicts enabled when serverSideApply disabled")
    if options.force_replace and server_side and updating:
        raise UsageError(
            "invalid operation: cannot use server-side apply and force replace"
            " together",
            hint="add --server-side=false",
        )
    return Applier(
        cluster=operation.cluster,
        manager=operation.env.field_manager,
        server_side=server_side,
        # Helm forces conflicts only where objects may exist.
        force_conflicts=options.force_conflicts and updating,
        replace=options.force_replace and updating,
        hand_over=hand_over and server_side,
        three_way_custom=options.take_ownership and not server_side,
        validate=not options.disable_openapi_validation,
    )
