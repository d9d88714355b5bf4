"""The charts of charts-example: they render, Kubernetes takes them, and Helm agrees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import kubernetes_validate
import pytest

import pypkg
from pypkg import yamlio
from pypkg.errors import SchemaError
from pypkg.render.stream import template_text

if TYPE_CHECKING:
    from tests.conftest import Command

EXAMPLES = Path(__file__).parent.parent / "charts-example"
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "web": [
        {},
        {"cache": {"enabled": False}},
        {"replicas": 0, "env": {"DEBUG": True, "PORT": 80}, "labels": {"team": "x"}},
        {"autoscaling": {"enabled": True}, "resources": {}},
        {
            "ingress": {
                "enabled": True,
                "hosts": ["a.example.com", "b.example.com"],
                "tls": [{"secretName": "tls", "hosts": ["a.example.com"]}],
                "annotations": {"example.com/a": "b"},
            }
        },
        {"page": "one\n\n  two: {{ three }}\n"},
    ],
    "guestbook": [
        {},
        {"redis": {"followers": 0}, "greeting": ""},
        {
            "fullnameOverride": "book",
            "frontend": {
                "service": {"type": "LoadBalancer"},
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"key": "a", "operator": "Exists"}],
            },
            "podDisruptionBudget": {"enabled": True},
        },
    ],
    "mixed": [
        {},
        {
            "env": {"A": "b", "C": 1},
            "resources": {"limits": {"memory": "1Gi"}},
            "script": "echo\n",
        },
    ],
}
CASES = [
    pytest.param(name, values, id=f"{name}-{number}")
    for name, variants in VARIANTS.items()
    for number, values in enumerate(variants)
]
RELEASE = pypkg.ReleaseInfo("shop", "market")


@pytest.mark.parametrize(("name", "values"), CASES)
def test_kubernetes_takes_every_object(name: str, values: dict[str, Any]) -> None:
    rendered = pypkg.render(pypkg.load_chart(EXAMPLES / name), values, RELEASE)
    texts = [m.content for m in rendered.manifests] + [
        hook.manifest for hook in rendered.hooks
    ]
    assert len(texts) > 1
    for text in texts:
        kubernetes_validate.validate(
            yamlio.load(text), kubernetes_validate.latest_version(), strict=True
        )


@pytest.mark.parametrize(("name", "values"), CASES)
def test_nothing_in_the_output_is_blank(name: str, values: dict[str, Any]) -> None:
    rendered = pypkg.render(pypkg.load_chart(EXAMPLES / name), values, RELEASE)
    if "page" not in values:
        for manifest in rendered.manifests:
            lines = manifest.content.rstrip("\n").split("\n")
            assert all(line == line.rstrip() != "" for line in lines), manifest.content
    assert rendered.notes.strip()
    assert "\n\n\n" not in rendered.notes


@pytest.mark.oracle
@pytest.mark.parametrize("values", VARIANTS["guestbook"])
def test_helm_renders_the_guestbook_to_the_same_bytes(
    values: dict[str, Any], real_helm: Command, tmp_path: Path
) -> None:
    (tmp_path / "values.yaml").write_text(yamlio.dump(values))
    chart = EXAMPLES / "guestbook"
    expected = real_helm.ok(
        "template", "shop", chart, "-n", "market", "-f", tmp_path / "values.yaml"
    )
    rendered = pypkg.render(pypkg.load_chart(chart), values, RELEASE)
    assert template_text(rendered) == expected


@pytest.mark.oracle
def test_helm_finds_nothing_to_complain_of_in_the_guestbook(real_helm: Command) -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in real_helm.ok(
        "lint", "--strict", EXAMPLES / "guestbook"
    )


@pytest.mark.parametrize(
    ("name", "values", "complaint"),
    [
        ("web", {"replica": 3}, "replica"),
        ("web", {"replicas": "3"}, "replicas"),
        ("web", {"service": {"port": 0}}, "port"),
        ("guestbook", {"frontend": {"replicas": -1}}, "replicas"),
        ("mixed", {"schedule": "daily"}, "schedule"),
    ],
)
def test_a_mistyped_value_is_refused(
    name: str, values: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SchemaError, match=complaint):
        pypkg.render(pypkg.load_chart(EXAMPLES / name), values)


def test_the_subchart_can_be_switched_off() -> None:
    rendered = pypkg.render(
        pypkg.load_chart(EXAMPLES / "web"), {"cache": {"enabled": False}}
    )
    assert "cache" not in rendered.manifest.lower()


@pytest.mark.parametrize("name", VARIANTS)
def test_each_chart_is_explained(name: str) -> None:
    readme = (EXAMPLES / name / "README.md").read_text()
    values = yamlio.load((EXAMPLES / name / "values.yaml").read_text())
    for key in set(values) - {"nameOverride", "fullnameOverride"}:
        assert f"`{key}" in readme, key
