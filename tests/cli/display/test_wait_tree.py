from __future__ import annotations

import pytest

from pypkg.cli.display.wait_tree import WaitTree
from pypkg.cluster.reference import ObjectRef
from pypkg.release.events import ObjectProgress, PodProgress, WaitStarted

WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")
DB = ObjectRef("apps/v1", "StatefulSet", "db", "shop")
CONFIG = ObjectRef("v1", "ConfigMap", "web", "shop")
STARTING = PodProgress(
    "db-0", "ContainerCreating", ready=False, event='Pulling: Pulling image "db"'
)
READY = PodProgress("web-1-a", "Running", ready=True)


def crashed(name: str) -> PodProgress:
    return PodProgress(
        name,
        "CrashLoopBackOff",
        ready=False,
        message=f"container of {name} ended with status 1",
        log=("starting", "no database"),
        container="main",
    )


@pytest.fixture
def tree() -> WaitTree:
    made = WaitTree(WaitStarted((CONFIG, DB, WEB), 300.0), begin=0.0)
    made.update(ObjectProgress(CONFIG, "Current", "", ready=True))
    made.update(
        ObjectProgress(DB, "InProgress", "Ready: 0/1", ready=False, pods=(STARTING,))
    )
    pods = (READY, crashed("web-1-b"), crashed("web-1-c"))
    made.update(
        ObjectProgress(WEB, "InProgress", "Available: 1/3", ready=False, pods=pods)
    )
    return made


def lines(tree: WaitTree, height: int, width: int = 100) -> list[str]:
    return [row.text for row in tree.rows(height, 29.0, width=width)]


def test_it_shows_what_is_in_trouble_first_and_only_counts_what_is_ready(
    tree: WaitTree,
) -> None:
    head, *rest = lines(tree, 40)
    assert head[2:] == "waiting for 2 of 3 objects to be ready: 29s gone, 4m31s left"
    assert rest == [
        "  ✗ Deployment/web  Available: 1/3",
        "    └ CrashLoopBackOff: container of web-1-b ended with status 1 (…-1-b and 1"
        " more, main)",
        "        │ starting",
        "        │ no database",
        "  … StatefulSet/db  Ready: 0/1",
        "    └ ContainerCreating (…-0)",
        '        Pulling: Pulling image "db"',
        "  ✓ 1 ready",
    ]


@pytest.mark.parametrize("height", range(3, 12))
def test_it_is_never_higher_than_the_screen(tree: WaitTree, height: int) -> None:
    assert len(lines(tree, height)) <= height


def test_objects_with_their_reasons_are_shown_before_details(tree: WaitTree) -> None:
    shown = lines(tree, 7)[1:]
    assert [line[:26] for line in shown] == [
        "  ✗ Deployment/web  Availa",
        "    └ CrashLoopBackOff: co",
        "        │ starting",
        "  … StatefulSet/db  Ready:",
        "  … (3 lines more)",
        "  ✓ 1 ready",
    ]
    shown = lines(tree, 5)[1:]
    assert [line[:26] for line in shown] == [
        "  ✗ Deployment/web  Availa",
        "    └ CrashLoopBackOff: co",
        "  … and 1 more",
        "  ✓ 1 ready",
    ]


def test_a_long_reason_is_broken_into_lines_for_its_end_matters(
    tree: WaitTree,
) -> None:
    assert lines(tree, 40, 52)[2:5] == [
        "    └ CrashLoopBackOff: container of web-1-b ended",
        "      with status 1 (…-1-b and 1 more, main)",
        "        │ starting",
    ]


def test_what_keeps_a_controller_from_making_pods_is_trouble() -> None:
    tree = WaitTree(WaitStarted((DB, WEB), 300.0), begin=0.0)
    refused = "FailedCreate: exceeded quota"
    tree.update(ObjectProgress(DB, "InProgress", "Ready: 0/1", ready=False))
    tree.update(
        ObjectProgress(WEB, "InProgress", "Replicas: 0/1", ready=False, event=refused)
    )
    assert lines(tree, 9)[1:] == [
        "  ✗ Deployment/web  Replicas: 0/1",
        "    └ FailedCreate: exceeded quota",
        "  … StatefulSet/db  Ready: 0/1",
    ]


def test_pods_are_one_row_though_addresses_and_counts_differ() -> None:
    tree = WaitTree(WaitStarted((WEB,), 300.0), begin=0.0)
    pods = (
        PodProgress("web-a", "not ready", ready=False, message="dial 10.0.0.7:80: no"),
        PodProgress(
            "web-b",
            "not ready",
            ready=False,
            message="dial 10.0.0.8:80: no",
            log=("no database",),
        ),
    )
    tree.update(ObjectProgress(WEB, "InProgress", "Ready: 0/2", ready=False, pods=pods))
    assert lines(tree, 9)[2:] == [
        "    └ not ready: dial 10.0.0.8:80: no (…-b and 1 more)",
        "        │ no database",
    ]


def test_a_pod_that_is_waited_for_itself_is_not_named_twice() -> None:
    ref = ObjectRef("v1", "Pod", "web", "shop")
    tree = WaitTree(WaitStarted((ref,), 300.0), begin=0.0)
    pods = (PodProgress("web", "ImagePullBackOff", ready=False),)
    tree.update(ObjectProgress(ref, "InProgress", "Pending", ready=False, pods=pods))
    assert lines(tree, 9)[1:] == ["  … Pod/web  Pending", "    └ ImagePullBackOff"]


def test_namespaces_are_named_where_they_differ() -> None:
    other = ObjectRef("v1", "ConfigMap", "web", "other")
    tree = WaitTree(WaitStarted((WEB, other), 300.0), begin=0.0)
    tree.update(ObjectProgress(WEB, "InProgress", "Available: 0/1", ready=False))
    assert lines(tree, 9)[1] == "  … Deployment/shop/web  Available: 0/1"


def test_a_server_that_does_not_answer_is_told_until_it_does(tree: WaitTree) -> None:
    tree.lost = "the API cannot be reached"
    assert lines(tree, 40)[1] == "  ! the API cannot be reached"
    tree.update(ObjectProgress(DB, "InProgress", "Ready: 0/1", ready=False))
    assert lines(tree, 40)[1].startswith("  ✗ Deployment/web")
