from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pypkg.cli import progress
from pypkg.cluster.reference import ObjectRef
from pypkg.release.events import (
    Event,
    HookFinished,
    HookLog,
    HookStarted,
    ObjectChanged,
    ObjectProgress,
    Outcome,
    RevisionRecorded,
    WaitFinished,
    WaitStarted,
    Warned,
)

if TYPE_CHECKING:
    import pytest

WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")
JOB = ObjectRef("batch/v1", "Job", "migrate", "shop")
STORY: list[Event] = [
    RevisionRecorded("web", 2, "pending-upgrade"),
    HookStarted("pre-upgrade", JOB),
    HookLog("shop", "migrate", "main", "done\n"),
    HookFinished("pre-upgrade", JOB, "Succeeded"),
    ObjectChanged(WEB, Outcome.CONFIGURED),
    ObjectChanged(JOB, Outcome.UNCHANGED),
    ObjectChanged(JOB, Outcome.UNCHANGED),
    WaitStarted((WEB,), 300.0),
    ObjectProgress(WEB, "InProgress", "Available: 0/1", ready=False),
    ObjectProgress(WEB, "Current", "", ready=True),
    WaitFinished(2.26),
    Warned("careful"),
    HookFinished("post-upgrade", JOB, "Failed"),
]


def test_people_are_told_everything(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporter(color=True) as report:
        for event in STORY:
            report(event)
    told = click.unstyle(capsys.readouterr().err)
    assert told.splitlines() == [
        "• web revision 2: pending-upgrade",
        "» pre-upgrade hook Job/shop/migrate runs",
        "done",
        "✓ pre-upgrade hook Job/shop/migrate succeeded",
        "~ Deployment/shop/web configured",
        "= 2 objects unchanged",
        "✓ ready after 2.3 s",
        "WARNING: careful",
        "✗ post-upgrade hook Job/shop/migrate failed",
    ]


def test_files_get_what_must_not_be_missed(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporter(color=None) as report:
        for event in STORY:
            report(event)
    assert capsys.readouterr().err == "done\nWARNING: careful\n"


def test_what_did_not_change_is_counted_at_the_end_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress.reporter(color=True) as report:
        report(ObjectChanged(WEB, Outcome.UNCHANGED))
    assert click.unstyle(capsys.readouterr().err) == "= 1 object unchanged\n"
