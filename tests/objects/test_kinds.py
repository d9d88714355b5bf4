"""The order of kinds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pypkg.objects.kinds import (
    INSTALL_ORDER,
    UNINSTALL_ORDER,
    install_sorted,
    uninstall_sorted,
)

kinds = st.sampled_from([*INSTALL_ORDER, "Gateway", "Certificate", ""])


def itself(kind: str) -> str:
    return kind


def test_what_others_need_is_created_first() -> None:
    given_order = ["Deployment", "Service", "Secret", "Namespace", "Ingress"]
    assert install_sorted(given_order, itself) == [
        "Namespace",
        "Secret",
        "Service",
        "Deployment",
        "Ingress",
    ]


def test_unknown_kinds_go_last_by_their_names() -> None:
    given_order = ["Zebra", "", "APIService", "Apple"]
    assert install_sorted(given_order, itself) == ["APIService", "", "Apple", "Zebra"]
    assert uninstall_sorted(given_order, itself) == ["APIService", "", "Apple", "Zebra"]


def test_a_service_is_deleted_before_what_is_behind_it() -> None:
    given_order = ["Deployment", "ConfigMap", "Service", "Ingress", "CronJob"]
    assert uninstall_sorted(given_order, itself) == [
        "Ingress",
        "Service",
        "CronJob",
        "Deployment",
        "ConfigMap",
    ]


def test_webhooks_are_deleted_before_they_can_refuse() -> None:
    assert UNINSTALL_ORDER[:2] == (
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    )


def test_both_orders_have_the_same_kinds() -> None:
    assert sorted(INSTALL_ORDER) == sorted(UNINSTALL_ORDER)
    assert len(set(INSTALL_ORDER)) == len(INSTALL_ORDER)


@given(st.lists(st.tuples(kinds, st.integers())))
def test_objects_of_one_kind_stay_in_order(objects: list[tuple[str, int]]) -> None:
    for ordered in (
        install_sorted(objects, lambda item: item[0]),
        uninstall_sorted(objects, lambda item: item[0]),
    ):
        assert sorted(ordered) == sorted(objects)
        for kind, _ in objects:
            same = [item for item in objects if item[0] == kind]
            assert [item for item in ordered if item[0] == kind] == same
