from __future__ import annotations

import json

import pytest

from pypkg.repo.server.pages import values
from tests.repo.server.pages.charts import SCHEMA


def test_values_keep_every_character() -> None:
    text = "# a\nkey: 'v' # c\n- name: x\n  \"q: r\": |\n    a b: c\n\turl: a:b\n:\n"
    found = values.lines(text)
    whole = [f"{line.before}{line.key}{line.after}" for line in found]
    assert whole == text.splitlines()
    assert [line.key for line in found][:4] == ["", "key", "name", '"q: r"']


def test_a_schema_becomes_rows() -> None:
    found = {one.path: one for one in values.properties(json.dumps(SCHEMA).encode())}
    assert [*found] == ["image", "image.tag", "replicas", "hosts", "hosts[]"]
    assert found["image"].required
    assert found["image"].description == "What to run"
    assert found["replicas"].type == "integer or null"
    assert found["replicas"].allowed == ("1", "2")


@pytest.mark.parametrize(
    "schema",
    [
        b"{",
        b"[]",
        b'{"properties": 1}',
        b'{"properties": {"a": true, "b": {"$ref": "#/x/y"}}}',
        b'{"$ref": "#"}',
        b'{"properties": {"a": {"$ref": "#/properties/a"}}}',
        b'{"definitions": {"n": {"properties": {"n": {"$ref": "#/definitions/n"}}}},'
        b' "$ref": "#/definitions/n"}',
    ],
)
def test_a_strange_schema_is_no_trouble(schema: bytes) -> None:
    assert len(values.properties(schema)) < 20
