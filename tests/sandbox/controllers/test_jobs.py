"""Jobs and CronJobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pypkg.sandbox.controllers.cron import Schedule
from tests.sandbox.world import World, condition, pod_template

JOB = ("batch/v1", "Job", "j")


def start(world: World, *, sim: str = "", policy: str = "Never", **spec: Any) -> None:
    template = pod_template({}, sim=sim, restartPolicy=policy)
    world.create("batch/v1", "Job", "j", spec={"template": template, **spec})
    world.run()


def test_a_job_completes(world: World) -> None:
    start(world)
    status = world.the(*JOB)["status"]
    assert status["succeeded"] == 1
    assert status["startTime"] == status["completionTime"] == "2026-01-31T12:00:00Z"
    assert [c["type"] for c in status["conditions"]] == [
        "SuccessCriteriaMet",
        "Complete",
    ]
    assert ("Completed", "Job completed") in world.events("j")


def test_a_jobs_pods_carry_its_labels_in_both_forms(world: World) -> None:
    start(world)
    job = world.the(*JOB)
    (pod,) = world.pods()
    uid = job["metadata"]["uid"]
    assert pod["metadata"]["labels"] == {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": "j",
        "controller-uid": uid,
        "job-name": "j",
    }
    assert job["spec"]["selector"] == {
        "matchLabels": {"batch.kubernetes.io/controller-uid": uid}
    }


def test_a_failing_job_is_tried_again_as_often_as_it_may(world: World) -> None:
    start(world, sim="job-fail", backoffLimit=2)
    job = world.the(*JOB)
    assert job["status"]["failed"] == 3
    failed = condition(job, "Failed")
    assert failed["reason"] == "BackoffLimitExceeded"
    assert failed["message"] == "Job has reached the specified backoff limit"


def test_a_job_that_restarts_in_place_fails_by_its_restarts(world: World) -> None:
    start(world, sim="job-fail", policy="OnFailure", backoffLimit=1)
    world.run(30)
    assert condition(world.the(*JOB), "Failed")["reason"] == "BackoffLimitExceeded"
    assert world.pods() == []


def test_a_job_that_takes_too_long_fails(world: World) -> None:
    start(world, sim="unschedulable", activeDeadlineSeconds=60)
    world.run(59)
    assert "conditions" not in world.the(*JOB)["status"]
    world.run(1)
    assert condition(world.the(*JOB), "Failed")["reason"] == "DeadlineExceeded"


def test_a_job_runs_as_many_pods_at_once_as_it_may() -> None:
    world = World(ready_delay=1)
    start(world, completions=3, parallelism=2)
    assert world.the(*JOB)["status"]["active"] == 2
    world.run(10)
    assert world.the(*JOB)["status"]["succeeded"] == 3


def test_an_indexed_job_completes_each_index(world: World) -> None:
    start(world, completions=3, parallelism=3, completionMode="Indexed")
    assert world.the(*JOB)["status"]["completedIndexes"] == "0-2"
    assert sorted(pod["spec"]["hostname"] for pod in world.pods()) == [
        "j-0",
        "j-1",
        "j-2",
    ]


def test_a_suspended_job_waits(world: World) -> None:
    start(world, suspend=True)
    assert world.pods() == []
    assert condition(world.the(*JOB), "Suspended")["status"] == "True"
    job = world.the(*JOB)
    job["spec"]["suspend"] = False
    world.update(job)
    world.run()
    assert condition(world.the(*JOB), "Complete")["status"] == "True"
    assert condition(world.the(*JOB), "Suspended")["status"] == "False"


def test_a_finished_job_goes_when_its_time_is_up(world: World) -> None:
    start(world, ttlSecondsAfterFinished=60)
    world.run(59)
    assert world.get(*JOB)
    world.run(2)
    assert world.get(*JOB) is None
    assert world.pods() == []


def cron_job(world: World, schedule: str = "*/5 * * * *", **spec: Any) -> None:
    template = {"spec": {"template": pod_template({}, restartPolicy="Never")}}
    spec = {"schedule": schedule, "jobTemplate": template, **spec}
    world.create("batch/v1", "CronJob", "c", spec=spec)
    world.run()


def test_a_cron_job_starts_jobs_when_the_clock_says_so(world: World) -> None:
    cron_job(world)
    assert world.all("batch/v1", "Job") == []
    world.run(301)
    (job,) = world.all("batch/v1", "Job")
    # Named after the minutes since 1970.
    assert job["metadata"]["name"] == f"c-{int(world.now.timestamp() - 1) // 60}"
    status = world.the("batch/v1", "CronJob", "c")["status"]
    assert status["lastScheduleTime"] == "2026-01-31T12:05:00Z"
    assert status["lastSuccessfulTime"] == "2026-01-31T12:05:00Z"


def test_a_cron_job_keeps_the_last_jobs_only(world: World) -> None:
    cron_job(world, "* * * * *", successfulJobsHistoryLimit=2)
    world.run(600)
    assert len(world.all("batch/v1", "Job")) == 2


def test_a_suspended_cron_job_starts_nothing(world: World) -> None:
    cron_job(world, "* * * * *", suspend=True)
    world.run(600)
    assert world.all("batch/v1", "Job") == []


@pytest.mark.parametrize(
    ("policy", "count"), [("Forbid", 1), ("Replace", 1), ("Allow", 3)]
)
def test_the_concurrency_policy_decides_about_overlapping_jobs(
    policy: str, count: int
) -> None:
    world = World(ready_delay=10_000)
    cron_job(world, "* * * * *", concurrencyPolicy=policy)
    world.run(185)
    assert len(world.all("batch/v1", "Job")) == count


MOMENT = datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("* * * * *", "", "2026-01-31T12:01"),
        ("*/15 * * * *", "", "2026-01-31T12:15"),
        ("30 3 * * *", "", "2026-02-01T03:30"),
        ("0 0 1 * *", "", "2026-02-01T00:00"),
        ("0 0 29 2 *", "", "2028-02-29T00:00"),
        ("0 9 * * mon-fri", "", "2026-02-02T09:00"),
        ("0 0 13 * 5", "", "2026-02-06T00:00"),
        ("0 0 * * 7", "", "2026-02-01T00:00"),
        ("5,10 13-14 * jan *", "", "2026-01-31T13:05"),
        ("@hourly", "", "2026-01-31T13:00"),
        ("@yearly", "", "2027-01-01T00:00"),
        ("0 9 * * *", "America/New_York", "2026-01-31T14:00"),
    ],
)
def test_a_schedule_finds_its_next_time(
    expression: str, zone: str, expected: str
) -> None:
    found = Schedule.parse(expression, zone).after(MOMENT)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M") == expected


def test_a_schedule_that_never_comes_has_no_next_time() -> None:
    assert Schedule.parse("0 0 31 2 *").after(MOMENT) is None


@pytest.mark.parametrize(
    "expression", ["", "* * * *", "60 * * * *", "*/0 * * * *", "a b c d e"]
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Schedule.parse(expression)
