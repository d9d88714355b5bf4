from __future__ import annotations

import pytest

from pypkg.release.lock.journal import Journal
from pypkg.release.options import Cascade, UninstallOptions
from pypkg.release.records.record import Status
from pypkg.release.records.timestamps import Timestamp
from tests.release.samples import make_release

RELEASE = make_release(revision=3, status=Status.PENDING_UPGRADE)
OPTIONS = UninstallOptions(
    name="rel",
    keep_history=True,
    disable_hooks=True,
    cascade=Cascade.ORPHAN,
    description="over",
)


@pytest.mark.parametrize(
    "journal", [Journal.of(RELEASE), Journal.of_uninstall(RELEASE, OPTIONS)]
)
def test_what_is_written_is_read(journal: Journal) -> None:
    assert Journal.parse(journal.text()) == journal


def test_an_uninstall_is_finished_as_it_was_asked_for() -> None:
    journal = Journal.of_uninstall(RELEASE, OPTIONS)
    assert journal.status == Status.UNINSTALLING
    assert journal.uninstall_options("rel") == OPTIONS


def test_another_revision_of_the_same_number_is_another() -> None:
    later = RELEASE.with_info(last_deployed=Timestamp.parse("2026-01-02T03:04:06Z"))
    assert Journal.of(RELEASE).is_about(RELEASE.with_status(Status.FAILED))
    assert not Journal.of(RELEASE).is_about(later)
    assert not Journal.of(RELEASE).is_about(make_release(revision=2))


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"revision": 1, "status": "odd"}', "{"]
)
def test_what_is_no_journal_is_none(text: str) -> None:
    assert Journal.parse(text) is None
