from __future__ import annotations

import os
import subprocess
import sys

from pypkg.release.lock.holder import Holder


def test_a_living_process_is_not_dead() -> None:
    assert not Holder.this_process().is_dead()


def test_two_holders_of_one_process_differ() -> None:
    assert Holder.this_process() != Holder.this_process()


def test_what_is_shown_names_the_process_and_no_nonce() -> None:
    holder = Holder.this_process()
    assert holder.shown.endswith(f":{os.getpid()}")
    assert holder.identity.startswith(f"{holder.shown}/")


def test_a_process_that_ended_is_dead_at_once() -> None:
    code = (
        "from pypkg.release.lock.holder import Holder;"
        "print(Holder.this_process().process)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert Holder("someone", done.stdout.strip()).is_dead()


def test_another_process_of_the_same_number_is_not_the_holder() -> None:
    machine, pid, start = Holder.this_process().process.split()
    assert Holder("someone", f"{machine} {pid} {int(start) - 1}").is_dead()


def test_of_processes_elsewhere_nothing_is_known() -> None:
    _, pid, start = Holder.this_process().process.split()
    elsewhere = Holder("someone", f"other-boot/pid:[1] {pid} {int(start) - 1}")
    assert not elsewhere.is_dead()
    assert not Holder("someone").is_dead()
    assert not Holder("someone", "nonsense").is_dead()
