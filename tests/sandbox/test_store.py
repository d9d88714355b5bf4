from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.errors import SandboxError
from pypkg.sandbox.store import Event, Key, Store

if TYPE_CHECKING:
    from pathlib import Path

KEY = Key("configmaps", "default", "settings")


def config(name: str = "settings", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "uid": f"uid-{name}"}
    return {"kind": "ConfigMap", "metadata": metadata, **more}


def test_every_write_takes_the_next_revision() -> None:
    with Store() as store:
        first = store.put(KEY, config())
        second = store.put(KEY, config(data={"a": "b"}))
        assert [o["metadata"]["resourceVersion"] for o in (first, second)] == ["1", "2"]
        assert store.revision == 2


def test_a_deletion_is_a_revision_of_its_own() -> None:
    with Store() as store:
        store.put(KEY, config())
        gone = store.delete(KEY)
        assert gone is not None
        assert gone["metadata"]["resourceVersion"] == "2"
        assert store.get(KEY) is None
        assert store.delete(KEY) is None
        assert store.revision == 2


def test_what_is_handed_out_is_a_copy() -> None:
    with Store() as store:
        store.put(KEY, config(data={"a": "b"}))
        found = store.get(KEY)
        assert found is not None
        found["data"]["a"] = "changed"
        assert store.get(KEY) != found


def test_an_integer_of_more_than_64_bits_becomes_a_float_as_with_go() -> None:
    with Store() as store:
        stored = store.put(KEY, config(huge=2**70, largest=2**63 - 1))
        assert isinstance(stored["huge"], float)
        assert stored["huge"] == 2**70
        assert stored["largest"] == 2**63 - 1


def test_objects_are_listed_by_namespace_then_name() -> None:
    with Store() as store:
        for namespace, name in (("b", "a"), ("a", "z"), ("a", "b")):
            store.put(Key("configmaps", namespace, name), config(name))
        names = [obj["metadata"]["name"] for obj in store.scan("configmaps")]
        assert names == ["b", "z", "a"]


def test_events_tell_what_was_before() -> None:
    with Store() as store:
        store.put(KEY, config())
        store.put(KEY, config(data={"a": "b"}))
        store.delete(KEY)
        events = store.events("configmaps", 0)
        assert [event.type for event in events] == ["ADDED", "MODIFIED", "DELETED"]
        assert [event.revision for event in events] == [1, 2, 3]
        assert events[0].previous is None
        assert events[2].previous == store_object(events[1])


def store_object(event: Event) -> dict[str, Any]:
    return event.object


def test_listeners_hear_of_committed_changes_until_they_leave() -> None:
    heard: list[Event] = []
    with Store() as store:
        leave = store.subscribe(heard.append)
        store.put(KEY, config())
        leave()
        store.delete(KEY)
    assert [event.type for event in heard] == ["ADDED"]


def test_the_log_forgets_the_oldest_events() -> None:
    with Store(log_size=8) as store:
        for number in range(40):
            store.put(KEY, config(data={"n": str(number)}))
        kept = store.events("configmaps", 0)
        assert 8 <= len(kept) <= 11
        assert kept[0].revision == store.compacted + 1
        assert kept[-1].revision == 40


def test_the_log_keeps_less_of_what_is_large() -> None:
    with Store(log_size=1000, log_bytes=10_000) as store:
        for _ in range(20):
            store.put(KEY, config(data={"a": "x" * 3000}))
        assert len(store.events("configmaps", 0)) < 5
        assert store.compacted > 10


def test_owners_are_found_by_uid() -> None:
    owned = config("owned")
    owned["metadata"]["ownerReferences"] = [{"uid": "uid-settings"}]
    with Store() as store:
        store.put(KEY, config())
        key = Key("configmaps", "default", "owned")
        store.put(key, owned)
        assert store.dependents("uid-settings") == [key]
        assert store.has_uid("uid-settings")
        del owned["metadata"]["ownerReferences"]
        store.put(key, owned)
        assert store.dependents("uid-settings") == []


def test_a_failing_write_leaves_nothing_behind() -> None:
    with Store() as store:
        store.put(KEY, config())
        with pytest.raises(TypeError):
            store.put(KEY, config(data={"a": object()}))
        assert store.revision == 1
        assert store.put(KEY, config())["metadata"]["resourceVersion"] == "2"


def test_objects_revision_and_log_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with Store(path) as store:
        store.put(KEY, config())
        store.put(KEY, config(data={"a": "b"}))
    with Store(path) as store:
        assert store.revision == 2
        found = store.get(KEY)
        assert found is not None
        assert found["data"] == {"a": "b"}
        assert [event.revision for event in store.events("configmaps", 1)] == [2]


def test_a_database_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(SandboxError, match="another version of pypkg"):
        Store(path)


WRITER = """
import sys
from pathlib import Path
from pypkg.errors import SandboxError
from pypkg.sandbox.store import Key, Store
store = Store(Path(sys.argv[1]))
for number in range(10**6):
    name = f"n{number}"
    store.put(Key("configmaps", "default", name), {"metadata": {"name": name}})
    print(number, flush=True)
"""


def test_what_was_answered_survives_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        answered = [int(writer.stdout.readline()) for _ in range(200)]
        writer.send_signal(signal.SIGKILL)
    with Store(path) as store:
        stored = {obj["metadata"]["name"] for obj in store.scan("configmaps")}
        assert {f"n{number}" for number in answered} <= stored
        assert store.revision == len(stored) == len(store.events("configmaps", 0))
