from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg import yamlio
from pypkg.errors import UsageError, ValuesError
from pypkg.render.context import as_float64
from pypkg.render.jsonpath import render

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command

VALUES = """\
image: {tag: "1.29", pull: true}
big: 12345678
half: 1.5
none: null
html: "<a&b>"
a.b: dotted
empty: []
list: [1, 2, 3, 4, 5]
hosts:
  - {name: a, port: 80, tls: {x: 1}}
  - {name: b, port: 443}
  - {name: "c d", paths: [/, /x]}
"""
TEMPLATES = {
    "{.image.tag}": "1.29",
    "{$.image.tag} and {@.half}": "1.29 and 1.5",
    "text": "text",
    "{.image}": '{"pull":true,"tag":"1.29"}',
    "{.image.*}": "true 1.29",
    "{.big} {.none} {.html}": "1.2345678e+07 null <a&b>",
    "{.hosts[*].name}": "a b c d",
    "{.hosts[-1].name}{.hosts[0].tls}": 'c d{"x":1}',
    "{.hosts[0,2].name}": "a c d",
    "{.hosts[0]['name','port']}": "a 80",
    "{.list[1:4]}|{.list[::2]}|{.list[-2:]}|{.list[1:1]}": "2 3 4|1 3 5|4 5|",
    "{.hosts[?(@.name=='b')].port}": "443",
    "{.hosts[?(@.name!='b')].name}": "a c d",
    "{.hosts[?(@.paths)].paths[1]}": "/x",
    "{..name} {.hosts..x}": "a b c d 1",
    r"{.a\.b}": "dotted",
    "{range .hosts[0:2]}{.name}={.port}{'\\n'}{end}.": "a=80\nb=443\n.",
    "{range .hosts[0:1]}{range .tls}{.x}{end}{end}{range .empty[*]}x{end}": "1",
    r'{1} {true} {"q\t"}': "1 true q\t",
}
FAULTS = {
    "{.a": "unclosed action",
    "{.hosts[}": "unterminated array",
    "{.hosts[?(@.a]}": "unterminated filter",
    "{'a}": "unterminated quoted string",
    "{.hosts[a]}": "invalid array index a",
    "{&}": "unrecognized character in action",
}


def data() -> object:
    return as_float64(yamlio.load(VALUES))


@pytest.mark.parametrize(("template", "expected"), TEMPLATES.items())
def test_a_template_prints_what_its_paths_select(template: str, expected: str) -> None:
    assert render(template, data()) == expected


@pytest.mark.parametrize(
    ("template", "reason"),
    [*FAULTS.items(), ("{nope}", "identifier nope"), ("{end}", "nothing to end")],
)
def test_a_template_that_does_not_parse_is_refused(template: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        render(template, data())


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{.image.tga}", '"tga" is not found'),
        ("{.hosts[7]}", "index 7, length 3"),
        ("{.image[0]}", "not array or slice"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(template: str, reason: str) -> None:
    with pytest.raises(ValuesError, match=reason):
        render(template, data())


def test_numbers_are_compared() -> None:
    assert render("{.hosts[?(@.port>100)].name}", data()) == "b"


@pytest.mark.oracle
def test_helm_prints_the_same(real_helm: Command, tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: x, version: 0.1.0}")
    (tmp_path / "values.yaml").write_text(VALUES)
    for template, expected in TEMPLATES.items():
        if template == "{.image.*}":
            continue  # Go has no order for a map
        told = real_helm.ok("show", "values", ".", "--jsonpath", template)
        assert told == expected, template
    for template, reason in FAULTS.items():
        assert reason in real_helm.fails("show", "values", ".", "--jsonpath", template)
