from __future__ import annotations

from typing import Any

import pytest

from pypkg import yamlio
from pypkg.chart.metadata import Dependency, Maintainer, Metadata
from pypkg.errors import MetadataError

MINIMAL = {"apiVersion": "v2", "name": "web", "version": "1.0.0"}


def read(text: str) -> Metadata:
    return Metadata.from_dict({**MINIMAL, **yamlio.load(text)})


def test_what_is_no_text_becomes_text_as_in_helm() -> None:
    metadata = read(
        "appVersion: 1.10\nname: n\nversion: 1e3\n"
        "keywords: [1, true, 1e21, 014, null]\n"
        "annotations: {a: 1, b: yes, c: null}\ndescription: 1234567.5\ntags: 1.5e300"
    )
    assert metadata.app_version == "1.1"
    assert metadata.name == "false"
    assert metadata.version == "1000"
    assert metadata.keywords == ("1", "true", "1e+21", "12", "")
    assert metadata.annotations == {"a": "1", "b": "true", "c": ""}
    assert metadata.description == "1.2345675e+06"
    assert metadata.tags == "+Inf"


def test_names_of_fields_are_matched_in_any_case() -> None:
    assert Metadata.from_dict({"NAME": "web", "APIVERSION": "v2"}).name == "web"
    assert Metadata.from_dict({"Name": "a", "name": "b"}).name == "b"


def test_a_chart_without_api_version_is_v1() -> None:
    assert Metadata.from_dict({"name": "web"}).api_version == "v1"


def test_what_cannot_be_printed_is_dropped() -> None:
    metadata = read(r'description: "a\tb\x07c\nd\u2003e\x1cf"')
    assert metadata.description == "a bc d ef"


def test_every_field_of_the_wrong_type_is_named() -> None:
    text = (
        "deprecated: 'true'\nsources: here\nmaintainers: [{email: [a]}, null, x]\n"
        "dependencies: [{tags: t}]\nannotations: [a]\nicon: {a: b}"
    )
    with pytest.raises(MetadataError) as caught:
        read(text)
    assert caught.value.faults == (
        "sources must be a list, it is text",
        "maintainers[0].email must be text, it is a list",
        "maintainers must not contain empty or null nodes",
        "maintainers[2] must be a mapping, it is text",
        "icon must be text, it is a mapping",
        "deprecated must be true or false, it is text",
        "annotations must be a mapping, it is a list",
        "dependencies[0].tags must be a list, it is text",
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": ""}, "chart.metadata.name is required"),
        ({"name": "a/b"}, 'chart.metadata.name "a/b" is invalid'),
        ({"name": ".."}, 'chart.metadata.name ".." is invalid'),
        ({"version": ""}, "chart.metadata.version is required"),
        ({"version": "x"}, 'chart.metadata.version "x" is invalid'),
        ({"type": "other"}, "chart.metadata.type must be application or library"),
        (
            {"dependencies": [{"name": "a", "alias": "x y"}]},
            'dependency "a" has disallowed characters in the alias',
        ),
    ],
)
def test_a_broken_rule_is_a_fault(change: dict[str, Any], fault: str) -> None:
    assert Metadata.from_dict(MINIMAL).faults() == []
    assert Metadata.from_dict({**MINIMAL, **change}).faults() == [fault]


def test_a_name_or_alias_may_stand_once() -> None:
    dependencies = [{"name": "a"}, {"name": "b", "alias": "a"}]
    [fault] = Metadata.from_dict({**MINIMAL, "dependencies": dependencies}).faults()
    assert fault.startswith('more than one dependency with name or alias "a"')


def test_the_wire_form_is_read_back() -> None:
    metadata = Metadata(
        name="web", version="1.0.0", api_version="v2", deprecated=True, sources=("a",),
        maintainers=(Maintainer("me", "me@example.com"),), annotations={"k": "v"},
        dependencies=(
            Dependency("db", "1.x", tags=("t",), enabled=True, alias="d",
                       import_values=("x", {"child": "c", "parent": "."})),
        ),
    )  # fmt: skip
    wire = metadata.to_dict()
    assert Metadata.from_dict(wire) == metadata
    assert list(wire) == ["name", "sources", "version", "maintainers", "apiVersion",
                          "deprecated", "annotations", "dependencies"]  # fmt: skip
    assert wire["dependencies"][0]["repository"] == ""
