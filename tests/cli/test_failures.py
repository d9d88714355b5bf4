from __future__ import annotations

import os
import signal
import threading

import pytest

from pypkg.cli.failures import Terminated, heeding_termination


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


class Lossy:
    """Interrupts as it goes, where Python ignores what is raised."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        sum(range(10))  # the handler runs before this ends


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)],
)
def test_an_interrupt_that_python_loses_comes_again(
    number: signal.Signals, error: type[KeyboardInterrupt]
) -> None:
    def work() -> None:
        Lossy(number)
        assert threading.Event().wait(30), "nothing came"

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(error), heeding_termination():
            work()
    finally:
        signal.signal(signal.SIGINT, before)
