from __future__ import annotations

import os
import signal

import pytest

from pypkg.cli.failures import Terminated, heeding_termination, undisturbed


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_interrupts_and_gives_the_exit_status(
    number: signal.Signals, status: int
) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Terminated, match=number.name) as caught, heeding_termination():
        os.kill(os.getpid(), number)
    assert caught.value.exit_code == status
    assert signal.getsignal(number) == before


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heeding_termination():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_is_held_back_until_it_cannot_be_lost() -> None:
    seen = []

    def work() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append("imported")
        seen.append("not reached")

    with pytest.raises(Terminated), heeding_termination():
        work()
    assert seen == ["imported"]
