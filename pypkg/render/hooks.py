"""Hooks: rendered objects that Helm runs at a moment instead of installing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pypkg.objects.manifest import Manifest

EVENTS = frozenset(
    {
        "pre-install",
        "post-install",
        "pre-delete",
        "post-delete",
        "pre-upgrade",
        "post-upgrade",
        "pre-rollback",
        "post-rollback",
        "test",
    }
)
HOOK = "helm.sh/hook"
WEIGHT = "helm.sh/hook-weight"
DELETE_POLICY = "helm.sh/hook-delete-policy"
OUTPUT_LOG_POLICY = "helm.sh/hook-output-log-policy"

# strconv.Atoi: no spaces, no underscores; outside of int64 it fails.
_INTEGER = r"[+-]?[0-9]+"


class HookExecution(Struct):
    """How a hook's last run went.

    Attributes:
        started_at: When it was created in the cluster, or None before.
        completed_at: When it succeeded or failed, or None before.
        phase: ``Unknown``, ``Running``, ``Succeeded``, ``Failed``, or "" where it
            has not run.
    """

    started_at: datetime | None = None
    completed_at: datetime | None = None
    phase: str = ""


class Hook(Struct):
    """A manifest that runs at events of its release.

    Attributes:
        name: ``metadata.name``.
        kind: The object's kind.
        path: The template it came from.
        manifest: The document's text.
        events: From :data:`EVENTS`, in the order of the annotation.
        weight: Hooks of one event run by weight, then by name.
        delete_policies: ``before-hook-creation``, ``hook-succeeded``,
            ``hook-failed``.
        output_log_policies: ``hook-succeeded``, ``hook-failed``.
        last_run: How the last run went.
    """

    name: str
    kind: str
    path: str
    manifest: str
    events: tuple[str, ...]
    weight: int = 0
    delete_policies: tuple[str, ...] = ()
    output_log_policies: tuple[str, ...] = ()
    last_run: HookExecution = HookExecution()

    @property
    def is_test(self) -> bool:
        """Whether ``pypkg test`` runs it."""
        return "test" in self.events

    @property
    def text(self) -> str:
        """The document as Helm prints it, under its source comment."""
        return f"---\n# Source: {self.path}\n{self.manifest}\n"


def separate(manifests: Iterable[Manifest]) -> tuple[list[Manifest], list[Hook]]:
    """Tell hooks from the manifests to install.

    A document with an event that Helm does not know is dropped, as Helm does.
    """
    plain: list[Manifest] = []
    hooks: list[Hook] = []
    for manifest in manifests:
        if HOOK not in manifest.annotations:
            plain.append(manifest)
        elif (hook := _hook(manifest)) is not None:
            hooks.append(hook)
    return plain, hooks


def _hook(manifest: Manifest) -> Hook | None:
    # test-success is Helm 2's name for test.
    events = tuple(
        "test" if event == "test-success" else event
        for event in _listed(manifest, HOOK)
    )
    if not EVENTS.issuperset(events):
        return None
    return Hook(
        name=manifest.name,
        kind=manifest.kind,
        path=manifest.path,
        manifest=manifest.content,
        events=events,
        weight=_weight(manifest.annotations.get(WEIGHT, "")),
        delete_policies=_listed(manifest, DELETE_POLICY),
        output_log_policies=_listed(manifest, OUTPUT_LOG_POLICY),
    )


def _listed(manifest: Manifest, annotation: str) -> tuple[str, ...]:
    if annotation not in manifest.annotations:
        return ()
    values = manifest.annotations[annotation].split(",")
    return tuple(value.strip().lower() for value in values)


def _weight(text: str) -> int:
    weight = int(text) if re.fullmatch(_INTEGER, text) else 0
    return weight if -(2**63) <= weight < 2**63 else 0
