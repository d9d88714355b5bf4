"""Hooks are told from manifests."""

from __future__ import annotations

import pytest

from pypkg.objects.manifest import Manifest
from pypkg.render.hooks import Hook, HookExecution, separate


def document(**annotations: str) -> Manifest:
    named = {f"helm.sh/{k.replace('_', '-')}": v for k, v in annotations.items()}
    return Manifest("c/templates/a.yaml", "text", "v1", "Pod", "p", None, named)


def hook(**annotations: str) -> Hook:
    _, hooks = separate([document(**annotations)])
    return hooks[0]


def test_a_document_without_the_annotation_is_none() -> None:
    plain = document(hook_weight="1")
    assert separate([plain]) == ([plain], [])


def test_a_hook_carries_its_annotations() -> None:
    assert hook(
        hook="pre-install, Post-Upgrade",
        hook_weight="-5",
        hook_delete_policy="hook-succeeded,Hook-Failed",
        hook_output_log_policy="hook-failed",
    ) == Hook(
        name="p",
        kind="Pod",
        path="c/templates/a.yaml",
        manifest="text",
        events=("pre-install", "post-upgrade"),
        weight=-5,
        delete_policies=("hook-succeeded", "hook-failed"),
        output_log_policies=("hook-failed",),
        last_run=HookExecution(),
    )


def test_test_success_is_helm_2s_name_for_test() -> None:
    assert hook(hook="test-success").events == ("test",)
    assert hook(hook="test-success").is_test
    assert not hook(hook="post-install").is_test


@pytest.mark.parametrize("events", ["", "pre-install,", "crd-install", "test, nope"])
def test_a_document_with_an_unknown_event_is_dropped(events: str) -> None:
    assert separate([document(hook=events)]) == ([], [])


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("7", 7),
        ("+7", 7),
        ("-007", -7),
        ("", 0),
        ("1.5", 0),
        ("1_000", 0),
        (" 1", 0),
        ("٣", 0),
        ("9223372036854775808", 0),
    ],
)
def test_a_weight_is_an_integer_of_go(text: str, weight: int) -> None:
    assert hook(hook="test", hook_weight=text).weight == weight


def test_a_hook_prints_under_its_source() -> None:
    assert hook(hook="test").text == "---\n# Source: c/templates/a.yaml\ntext\n"
