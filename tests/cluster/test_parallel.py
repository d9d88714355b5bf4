from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from pypkg.cluster.parallel import MANY, find_all, find_metadata, in_parallel
from pypkg.cluster.reference import ObjectRef
from pypkg.errors import ApiError
from tests.cluster.servers import Answer, refusal, scripted
from tests.cluster.test_apply import config_map

if TYPE_CHECKING:
    from pypkg.cluster.client import Cluster
    from pypkg.cluster.transport import Request


def test_results_come_in_the_order_of_the_items() -> None:
    first_may_end = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert first_may_end.wait(10)
        if number == 3:
            first_may_end.set()
        return number * 2

    assert list(in_parallel(work, range(8), width=4)) == [n * 2 for n in range(8)]


def test_never_more_run_at_once_than_allowed() -> None:
    together = threading.Barrier(3)
    running: set[int] = set()
    most: list[int] = []

    def work(number: int) -> None:
        running.add(number)
        most.append(len(running))
        together.wait(10)
        running.discard(number)

    list(in_parallel(work, range(9), width=3))
    assert max(most) == 3


def test_what_has_not_begun_when_one_fails_never_does() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 0:
            raise ApiError("no", code=403)
        done.append(number)

    with pytest.raises(ApiError):
        list(in_parallel(work, range(10_000), width=2))
    assert len(done) < 9_999


def refs_of(cluster: Cluster, count: int) -> list[ObjectRef]:
    return [
        ObjectRef("v1", "ConfigMap", f"c-{n}", cluster.namespace) for n in range(count)
    ]


def create(cluster: Cluster, ref: ObjectRef, labels: dict[str, str]) -> None:
    obj = config_map(a=ref.name)
    obj["metadata"] = {"name": ref.name, "labels": labels}
    cluster.create(obj)


@pytest.mark.parametrize("count", [MANY - 1, MANY, 40])
def test_objects_are_found_whatever_their_labels_and_number(
    cluster: Cluster, count: int
) -> None:
    refs = refs_of(cluster, count)
    for number, ref in enumerate(refs[:-1]):
        create(cluster, ref, {"app": "web"} if number % 3 else {})
    whole = find_all(cluster, refs, labels={"app": "web"})
    assert whole.keys() == set(refs[:-1])
    assert all(live["data"] == {"a": ref.name} for ref, live in whole.items())
    heads = find_metadata(cluster, refs)
    assert {ref: head["metadata"]["uid"] for ref, head in heads.items()} == {
        ref: live["metadata"]["uid"] for ref, live in whole.items()
    }


def test_many_objects_cost_one_request(cluster: Cluster) -> None:
    refs = refs_of(cluster, 20)
    for ref in refs:
        create(cluster, ref, {"app": "web"})
    sent: list[str] = []
    send = cluster.raw

    def noted(method: str, path: str, **kwargs: Any) -> Any:
        sent.append(path)
        return send(method, path, **kwargs)

    cluster.raw = noted
    find_all(cluster, refs, labels={"app": "web"})
    find_metadata(cluster, refs)
    assert len(sent) == 2


def test_who_may_not_list_reads_one_by_one() -> None:
    discovery = {"versions": ["v1"]}
    kinds = {
        "resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True}]
    }

    def answer(request: Request) -> Answer:
        path = request.path.partition("?")[0]
        match path.split("/")[1:]:
            case ["api"]:
                return Answer(discovery)
            case ["apis"]:
                return Answer({"groups": []})
            case ["api", "v1"]:
                return Answer(kinds)
            case [*_, "configmaps"]:
                return refusal(403)
            case [*_, name]:
                return Answer({"metadata": {"name": name}})
            case _:
                raise AssertionError(path)

    cluster, _ = scripted(answer)
    refs = refs_of(cluster, 20)
    assert find_all(cluster, refs, labels={}).keys() == set(refs)
    assert find_metadata(cluster, refs).keys() == set(refs)
