"""The text of ``template``."""

from __future__ import annotations

import pytest

from pypkg.errors import ChartError
from pypkg.render.stream import show_only

TEXT = (
    "---\n# Source: c/templates/a.yaml\na: 1\n---\n# Source: c/templates/b.yaml\nb: 2\n"
)


def test_documents_are_shown_in_the_order_of_the_patterns() -> None:
    assert show_only(TEXT, ["templates/b.yaml", "templates/a.*"]) == (
        "---\n# Source: c/templates/b.yaml\nb: 2\n\n"
        "---\n# Source: c/templates/a.yaml\na: 1\n\n"
    )


@pytest.mark.parametrize("pattern", ["templates/c.yaml", "a.yaml", "templates/[", ""])
def test_a_pattern_without_a_document_is_an_error(pattern: str) -> None:
    with pytest.raises(ChartError, match="could not find template"):
        show_only(TEXT, ["templates/a.yaml", pattern])
