"""What is looked up in nil is no value to Go; what a map has not is an interface."""

from __future__ import annotations

import pytest

from pypkg.errors import TemplateExecutionError
from tests.render.gotemplate.test_compiling import engine

MERGE = '{{ define "x" }}{{ merge (dict "a" 1) .foo | toJson }}{{ end }}'


@pytest.mark.parametrize("call", ['{{ include "x" nil }}', '{{ template "x" }}'])
def test_a_field_of_nil_is_an_empty_map_where_a_map_is_wanted(call: str) -> None:
    assert engine(MERGE + call).render("web/templates/0", {}) == '{"a":1}'


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            MERGE + '{{ include "x" dict }}',
            "wrong type for value; expected map[string]interface {}; got interface {}",
        ),
        (
            '{{ define "x" }}{{ upper .foo }}{{ end }}{{ template "x" }}',
            "invalid value; expected string",
        ),
        (
            '{{ define "x" }}{{ len .foo }}{{ end }}{{ template "x" }}',
            "reflect: call of reflect.Value.Type on zero Value",
        ),
        (
            '{{ define "x" }}{{ len .foo }}{{ end }}{{ template "x" dict }}',
            "len of nil pointer",
        ),
    ],
)
def test_errors_tell_the_two_apart(template: str, message: str) -> None:
    with pytest.raises(TemplateExecutionError) as caught:
        engine(template).render("web/templates/0", {})
    assert message in str(caught.value)
