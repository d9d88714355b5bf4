"""A nil map is empty, and null where it is written."""

from __future__ import annotations

import pytest

from pypkg.render.functions.goprint import NilStringMap
from tests.render.gotemplate.test_compiling import engine


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (
            "{{ .m }} {{ len .m }} {{ .m.x }} {{ typeOf .m }}",
            "map[] 0  map[string]string",
        ),
        ("{{ .m | toJson }} {{ dict 1 .m | toYaml }}", 'null "1": null'),
        ("{{ dict 1 .m | toYamlPretty }}", '"1": {}'),
        ("{{ eq .m nil }} {{ range .m }}{{ else }}none{{ end }}", "true none"),
    ],
)
def test_a_nil_map(template: str, text: str) -> None:
    assert engine(template).render("web/templates/0", {"m": NilStringMap()}) == text
