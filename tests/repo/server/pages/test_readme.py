from __future__ import annotations

import re

from pypkg.repo.server.pages import readme
from tests.repo.server.pages.charts import README


def test_a_readme_is_harmless() -> None:
    made = readme.html(README)
    assert "<b>things</b>" in made
    assert "<td>a</td>" in made
    assert "<img" not in made
    assert "<script" not in made
    assert re.findall('href="([^"]*)"', made) == [
        "https://example.com",
        "https://example.com/logo.png",
    ]
