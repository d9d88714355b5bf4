from __future__ import annotations

import pytest

from pypkg.cluster.reference import ObjectRef
from pypkg.errors import ReleaseError, UsageError
from pypkg.release.applying.field_policy import (
    ANNOTATION,
    Policy,
    decide,
    parse_rule,
    parse_rules,
    rules_of,
)

WEB = ObjectRef("apps/v1", "Deployment", "web", "shop")
IMAGE = '.spec.template.spec.containers[name="app"].image'


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (".spec.replicas=keep", ".spec.replicas"),
        ("Deployment/web:.spec.replicas=keep", ".spec.replicas"),
        ("deployment:.spec.replicas=keep", ".spec.replicas"),
        ("*/we*:.spec=keep", ".spec.replicas"),
        ("*=keep", ".spec.replicas"),
        (f"{IMAGE}=keep", IMAGE),
        (".spec.template.*.image=keep", IMAGE),
        ("/spec/replicas=keep", ".spec.replicas"),
        ("/spec/template/spec/containers/*/image=keep", IMAGE),
        ("/metadata/labels/a.b~1c=keep", ".metadata.labels.a.b/c"),
        ("/spec=keep", IMAGE),
    ],
)
def test_a_rule_matches_its_fields(rule: str, path: str) -> None:
    assert parse_rule(rule).matches(WEB, path)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (".spec.replicas=keep", ".spec.replicasets"),
        ("StatefulSet:.spec.replicas=keep", ".spec.replicas"),
        ("Deployment/api:.spec.replicas=keep", ".spec.replicas"),
        (".spec.replicas.x=keep", ".spec.replicas"),
        ("/spec/*/image=keep", IMAGE),
        (".spec.r.plicas=keep", ".spec.replicas"),
    ],
)
def test_a_rule_leaves_other_fields_alone(rule: str, path: str) -> None:
    assert not parse_rule(rule).matches(WEB, path)


@pytest.mark.parametrize(
    "text", [".spec.replicas", ".spec=drop", "spec=keep", "Deployment:=keep", "=keep"]
)
def test_what_is_no_rule_is_refused_with_the_grammar(text: str) -> None:
    with pytest.raises(UsageError, match="is no field policy") as caught:
        parse_rule(text)
    assert "keep|take|fail" in str(caught.value.hint)


def test_the_last_rule_counts() -> None:
    rules = parse_rules(["*=take", ".spec.replicas=keep"])
    assert decide(rules, WEB, ".spec.replicas") is Policy.KEEP
    assert decide(rules, WEB, ".spec.paused") is Policy.TAKE
    assert decide((), WEB, ".spec.paused") is None


def test_an_object_may_carry_its_own_rules() -> None:
    text = ".spec.replicas=keep; .spec.paused=take\n/metadata/labels=fail\n"
    obj = {"metadata": {"name": "web", "annotations": {ANNOTATION: text}}}
    assert [rule.policy for rule in rules_of(obj)] == ["keep", "take", "fail"]
    assert rules_of({"metadata": {"name": "web"}}) == []
    obj["metadata"]["annotations"] = {ANNOTATION: "replicas"}
    with pytest.raises(ReleaseError, match=r"annotation .* of None web"):
        rules_of(obj)
