from __future__ import annotations

import json
from typing import get_args

import click
import pytest

from pypkg.cli.display import progress
from pypkg.cli.display.event_lines import TYPES
from pypkg.cli.display.progress import Form
from pypkg.cluster.reference import ObjectRef
from pypkg.release.events import (
    ConnectionLost,
    Event,
    Goal,
    HookFinished,
    HookLog,
    HookStarted,
    LeaseAwaited,
    ObjectChanged,
    ObjectProgress,
    Outcome,
    PodProgress,
    RevisionRecorded,
    WaitFailed,
    WaitFinished,
    WaitStarted,
    Warned,
)

WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")
JOB = ObjectRef("batch/v1", "Job", "migrate", "shop")
STORY: list[Event] = [
    RevisionRecorded("web", 2, "pending-upgrade"),
    HookStarted("pre-upgrade", JOB),
    WaitStarted((JOB,), 300.0, Goal.FINISHED),
    WaitFinished(0.24, Goal.FINISHED),
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
STUCK = PodProgress(
    "web-1",
    "CrashLoopBackOff",
    ready=False,
    message="ended with status 1, restarted 1 time",
    container="main",
)
CRASHED = PodProgress(
    "web-1",
    "CrashLoopBackOff",
    ready=False,
    message="ended with status 1, restarted 1 time",
    log=("no database",),
    container="main",
)
AGAIN = PodProgress(
    "web-1",
    "CrashLoopBackOff",
    ready=False,
    message="ended with status 1, restarted 2 times",
    log=("no database", "good bye"),
    container="main",
)


def told(form: Form, story: list[Event], capsys: pytest.CaptureFixture[str]) -> str:
    with progress.reporter(form, color=True) as report:
        for event in story:
            report(event)
    return click.unstyle(capsys.readouterr().err)


def test_people_are_told_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(Form.LIVE, STORY, capsys).splitlines() == [
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


def test_files_get_hooks_and_what_must_not_be_missed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(Form.PLAIN, STORY, capsys).splitlines() == [
        "pre-upgrade hook Job/shop/migrate runs",
        "done",
        "pre-upgrade hook Job/shop/migrate succeeded",
        "WARNING: careful",
        "post-upgrade hook Job/shop/migrate failed",
    ]


def test_files_get_a_line_for_each_reason_to_wait_and_each_line_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter([0.0, 0.1, 1.0, 2.0, 2.5, 3.0, 4.0])
    tell = progress.Plain(clock=lambda: next(seconds))
    tell(WaitStarted((WEB, JOB), 300.0))
    for event in (
        ObjectProgress(WEB, "InProgress", "Replicas: 0/1", ready=False),
        ObjectProgress(WEB, "InProgress", "Available: 0/1", ready=False),
        ObjectProgress(WEB, "InProgress", "Available: 0/1", ready=False, pods=(STUCK,)),
        ObjectProgress(
            WEB, "InProgress", "Available: 0/1", ready=False, pods=(CRASHED,)
        ),
        ObjectProgress(WEB, "InProgress", "Available: 0/1", ready=False, pods=(AGAIN,)),
        ObjectProgress(
            WEB, "InProgress", "Available: 0/1", ready=False, event="Failed: no"
        ),
        ObjectProgress(WEB, "Current", "Deployment is available", ready=True),
        ObjectProgress(JOB, "Current", "Job is there", ready=True),
    ):
        tell(event)
    tell(WaitFinished(4.5))
    assert capsys.readouterr().err.splitlines() == [
        "waiting at most 5m0s for objects to be ready",
        "  Deployment/web: Available: 0/1",
        "  pod web-1, container main: CrashLoopBackOff: ended with status 1,"
        " restarted 1 time",
        "  pod web-1 | no database",
        "  pod web-1 | good bye",
        "  Deployment/web: Failed: no",
        "  Deployment/web: Deployment is available",
        "ready after 4.5 s",
    ]


def test_every_event_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    story = [
        *STORY,
        ObjectProgress(
            WEB, "InProgress", "Available: 0/1", ready=False, pods=(CRASHED,), event="e"
        ),
        WaitFailed(300.0, ("pod web-1: no",)),
        LeaseAwaited("web", "host/1", 30.0),
        ConnectionLost("the API cannot be reached"),
    ]
    lines = [json.loads(line) for line in told(Form.JSON, story, capsys).splitlines()]
    assert {line["type"] for line in lines} == set(TYPES.values()) - {"record-repaired"}
    for line in lines:
        assert line.pop("time")
    web = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "web",
        "namespace": "shop",
    }
    assert lines[0] == {
        "type": "revision",
        "name": "web",
        "revision": 2,
        "status": "pending-upgrade",
    }
    assert lines[6] == {"type": "object", "object": web, "outcome": "configured"}
    assert lines[-4] == {
        "type": "progress",
        "object": web,
        "status": "InProgress",
        "message": "Available: 0/1",
        "ready": False,
        "pods": [
            {
                "name": "web-1",
                "state": "CrashLoopBackOff",
                "ready": False,
                "message": "ended with status 1, restarted 1 time",
                "event": "",
                "log": ["no database"],
                "container": "main",
            }
        ],
        "event": "e",
    }


def test_no_event_lacks_a_type() -> None:
    assert set(get_args(Event)) == set(TYPES)


def test_what_did_not_change_is_counted_at_the_end_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    story: list[Event] = [ObjectChanged(WEB, Outcome.UNCHANGED)]
    assert told(Form.LIVE, story, capsys) == "= 1 object unchanged\n"


@pytest.mark.parametrize(
    ("wanted", "output", "form"),
    [
        ("auto", "table", Form.PLAIN),
        ("auto", "json", Form.JSON),
        ("auto", "yaml", Form.PLAIN),
        ("plain", "json", Form.PLAIN),
        ("none", "table", Form.NONE),
    ],
)
def test_the_form_follows_the_flag_and_the_output(
    wanted: str, output: str, form: Form
) -> None:
    assert progress.form_of(wanted, output) is form
