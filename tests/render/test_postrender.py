"""Post-renderers get everything, and what they give counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pypkg
from pypkg import yamlio
from pypkg.errors import RenderError
from pypkg.render.renderer import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.render.renderer import Rendered
    from tests.render.conftest import MakeChart

FILES: dict[str, str | bytes] = {
    "templates/b.yaml": "# note\nkind: Service\nmetadata: {name: s}\n---\n# only\n",
    "templates/a.yaml.j2": "kind: Pod\nmetadata:\n  name: p\n  annotations:\n"
    "    helm.sh/hook: test\n",
    "templates/NOTES.txt": "notes",
}


@pytest.fixture
def rendered(chart: MakeChart) -> Callable[[Callable[[str], str]], Rendered]:
    def run(program: Callable[[str], str]) -> Rendered:
        return pypkg.render(chart(FILES), settings=Settings(post_renderer=program))

    return run


def test_hooks_are_sent_too_and_nothing_else_is(
    rendered: Callable[[Callable[[str], str]], Rendered],
) -> None:
    sent: list[str] = []

    def program(text: str) -> str:
        sent.append(text)
        return text

    result = rendered(program)
    assert [doc["kind"] for doc in yamlio.load_all(sent[0])] == ["Pod", "Service"]
    assert result.manifests[0].path == "c/templates/b.yaml"
    assert result.manifests[0].content == "# note\nkind: Service\nmetadata: {name: s}\n"
    assert [hook.path for hook in result.hooks] == ["c/templates/a.yaml.j2"]
    assert "postrender" not in result.manifest
    assert result.notes == "notes"


def test_what_comes_back_counts(
    rendered: Callable[[Callable[[str], str]], Rendered],
) -> None:
    result = rendered(
        lambda text: text.replace("name: s", "name: t") + "---\nkind: New\n---\n"
    )
    assert [(m.path, m.kind, m.name) for m in result.manifests] == [
        ("c/templates/b.yaml", "Service", "t"),
        ("generated-by-postrender-2.yaml", "New", ""),
    ]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "gave no manifests"),
        (" \n", "gave no manifests"),
        ("a: {", "gave no manifests: <post-renderer>:"),
        ("- a", "must be a mapping"),
    ],
)
def test_what_is_no_manifest_is_refused(
    given: str,
    problem: str,
    rendered: Callable[[Callable[[str], str]], Rendered],
) -> None:
    with pytest.raises(RenderError, match=problem):
        rendered(lambda _: given)
