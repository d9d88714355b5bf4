from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.chart import schema as module
from pypkg.chart.acceptance import surely_accepts
from pypkg.chart.chart import Chart
from pypkg.chart.metadata import Metadata
from pypkg.chart.schema import check, validate
from pypkg.errors import ChartError, SchemaError

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def refusals(schema: Any, values: dict[str, Any], **documents: Any) -> list[str]:
    def fetch(url: str) -> bytes:
        name = url.rpartition("/")[2].removesuffix(".json")
        if name not in documents:
            raise OSError("nobody answers")
        return json.dumps(documents[name]).encode()

    return check(json.dumps(schema).encode(), values, name="web", fetch=fetch)


def properties(**schemas: Any) -> dict[str, Any]:
    return {"properties": schemas}


@pytest.mark.parametrize(
    ("schema", "value", "refusal"),
    [
        ({"type": "integer"}, 1.5, "got number, want integer"),
        ({"type": "integer"}, True, "got boolean, want integer"),
        ({"type": ["string", "null"]}, 1, "got number, want null or string"),
        ({"enum": ["x", 1, None]}, "z", "value must be one of 'x', 1, <nil>"),
        ({"const": "it's"}, 1, r"value must be 'it\'s'"),
        ({"minimum": 3}, 1, "minimum: got 1, want 3"),
        ({"exclusiveMaximum": 3}, 3, "exclusiveMaximum: got 3, want 3"),
        ({"multipleOf": 3}, 4, "multipleOf: got 4, want 3"),
        ({"minLength": 3}, "é", "minLength: got 1, want 3"),
        ({"pattern": "^[a-z]+$"}, "A1", "'A1' does not match pattern '^[a-z]+$'"),
        ({"minItems": 2}, [1], "minItems: got 1, want 2"),
        ({"uniqueItems": True}, [1, "x", "x"], "items at 1 and 2 are equal"),
        ({"contains": {"type": "string"}}, [1], "no items match contains schema"),
        ({"maxProperties": 0}, {"a": 1}, "maxProperties: got 1, want 0"),
        ({"required": ["b"]}, {}, "missing property 'b'"),
        ({"dependentRequired": {"q": ["t"]}}, {"q": 1},
         "property 't' required, if 'q' exists"),
        ({"additionalProperties": False}, {"z": 1},
         "additional properties 'z' not allowed"),
        ({"not": {"required": ["q"]}}, {"q": 1}, "'not' failed"),
        ({"allOf": [{"type": "string"}]}, 1, "got number, want string"),
        ({"if": {"type": "string"}, "else": {"minimum": 5}}, 1,
         "minimum: got 1, want 5"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_place_and_the_rule(
    schema: Any, value: Any, refusal: str
) -> None:
    assert refusals(properties(a=schema), {"a": value}) == [f"at '/a': {refusal}"]


def test_every_refusal_is_given() -> None:
    schema = {
        **properties(n={"minimum": 3}, s={"type": "string"}),
        "required": ["x", "y"],
    }
    assert refusals(schema, {"n": 1, "s": 2}) == [
        "at '': missing property 'x'",
        "at '': missing property 'y'",
        "at '/n': minimum: got 1, want 3",
        "at '/s': got number, want string",
    ]


def test_alternatives_say_why_each_failed() -> None:
    schema = properties(a={"anyOf": [{"type": "string"}, {"required": ["x"]}]})
    assert refusals(schema, {"a": {}}) == [
        "at '/a': 'anyOf' failed\n"
        "  - at '/a': got object, want string\n"
        "  - at '/a': missing property 'x'"
    ]
    schema = properties(a={"oneOf": [{"type": "integer"}, {"minimum": 0}]})
    assert refusals(schema, {"a": 1}) == [
        "at '/a': 'oneOf' failed, more than one subschema matched"
    ]


def test_a_misspelt_value_gets_a_guess() -> None:
    schema = {**properties(replicas={}), "additionalProperties": False}
    assert refusals(schema, {"replica": 1}) == [
        "at '': additional properties 'replica' not allowed;"
        " did you mean 'replicas' for 'replica'?"
    ]


def test_secrets_are_not_shown() -> None:
    schema = properties(adminPassword={"pattern": "^x", "minLength": 9})
    shown = "\n".join(refusals(schema, {"adminPassword": "hunter2"}))
    assert "hunter2" not in shown
    assert "'***' does not match" in shown


def test_a_path_is_a_json_pointer() -> None:
    schema = properties(**{"a/b~c": {"items": {"type": "string"}}})
    assert refusals(schema, {"a/b~c": ["x", 1]}) == [
        "at '/a~1b~0c/1': got number, want string"
    ]


def test_formats_count_in_old_drafts_only() -> None:
    formats = {"a": "email", "b": "uri", "c": "ipv4", "d": "hostname", "e": "date-time"}
    schema = properties(**{name: {"format": f} for name, f in formats.items()})
    values = dict.fromkeys(formats, "x_y")
    assert refusals(schema, values) == []
    assert len(refusals({"$schema": DRAFT_7, **schema}, values)) == len(formats)
    good = {"a": "a@b.c", "b": "https://a", "c": "1.2.3.4", "d": "a-b.c",
            "e": "2020-01-01T00:00:00Z"}  # fmt: skip
    assert refusals({"$schema": DRAFT_7, **schema}, good) == []


@pytest.mark.parametrize(
    "dialect",
    [None, "http://json-schema.org/schema#", "https://json-schema.org/schema",
     "https://json-schema.org/draft/2020-12/schema", DRAFT_7,
     "http://json-schema.org/draft-04/schema", "https://json-schema.org/draft-07/schema#",
     "https://json-schema.org/draft/2019-09/schema"],
)  # fmt: skip
def test_every_draft_is_known(dialect: str | None) -> None:
    schema = properties(a={"type": "string"})
    if dialect:
        schema["$schema"] = dialect
    assert refusals(schema, {"a": "x"}) == []
    assert refusals(schema, {"a": 1}) == ["at '/a': got number, want string"]


def test_references_inside_and_outside_are_followed() -> None:
    schema = {**properties(a={"$ref": "#/$defs/x"}, b={"$ref": "http://h/other.json"}),
              "$defs": {"x": {"type": "string"}}}  # fmt: skip
    found = refusals(schema, {"a": 1, "b": 1}, other={"type": "boolean"})
    assert found == [
        "at '/a': got number, want string",
        "at '/b': got number, want boolean",
    ]


def test_a_urn_accepts_anything_with_a_warning() -> None:
    told: list[str] = []
    schema = json.dumps(properties(a={"$ref": "urn:x:y"})).encode()
    assert check(schema, {"a": 1}, name="web", warn=told.append) == []
    assert "urn:x:y" in told[0]


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (b"{bad", "is no JSON: Expecting property name"),
        (b"[]", "must hold an object or a boolean"),
        (b'{"type": "strnig"}', "no valid JSON Schema: at '/type': 'anyOf' failed"),
        (b'{"properties": {"b": {"type": "strnig"}}}', "no valid JSON Schema"),
        (b'{"$schema": "http://nowhere/x"}', "is written in http://nowhere/x"),
        (b'{"properties": {"a": {"$ref": "#/gone"}}}', "/gone, which cannot be loaded"),
        (b'{"properties": {"a": {"$ref": "http://h/x"}}}', "loaded: nobody answers"),
        (
            b'{"properties": {"a": {"pattern": "(?!x)"}}}',
            r"'\(\?!x\)' is not valid regex",
        ),
        (b'{"$ref": "#"}', "refers to itself without end"),
    ],
)
def test_a_broken_schema_is_the_charts_fault(schema: bytes, reason: str) -> None:
    def fetch(_url: str) -> bytes:
        raise OSError("nobody answers")

    with pytest.raises(ChartError, match=reason) as caught:
        check(schema, {"a": "x"}, name="web", fetch=fetch)
    assert "values.schema.json of chart web" in str(caught.value)


def test_a_pattern_cannot_hang() -> None:
    schema = properties(a={"pattern": "^(a+)+$"})
    assert len(refusals(schema, {"a": "a" * 60 + "!"})) == 1


def test_only_files_and_the_web_are_fetched(tmp_path: Any) -> None:
    (tmp_path / "x y.json").write_text("true")
    assert module.fetch(f"file://{tmp_path}/x%20y.json") == b"true"
    with pytest.raises(OSError, match="not loaded from ftp"):
        module.fetch("ftp://h/x")


def test_root_and_subcharts_are_all_checked() -> None:
    def chart(name: str, schema: Any, *below: Chart) -> Chart:
        text = json.dumps(schema).encode() if schema else None
        return Chart(Metadata(name=name), {}, dependencies=below, schema=text)

    tree = chart(
        "web", {"required": ["x"]},
        chart("db", {"required": ["y"]}, chart("leaf", {"required": ["z"]})),
        chart("other", {"required": ["q"]}),
    )  # fmt: skip
    with pytest.raises(SchemaError) as caught:
        validate(tree, {"db": {"leaf": {}}, "other": None})
    assert caught.value.violations == {
        "web": ("at '': missing property 'x'",),
        "db": ("at '': missing property 'y'",),
        "leaf": ("at '': missing property 'z'",),
    }
    assert str(caught.value).startswith(
        "values don't meet the specifications of the schema"
    )
    validate(tree, {"x": 1, "db": {"y": 1, "leaf": {"z": 1}}})


# The quick way must never say yes where the library says no.

TYPES = st.sampled_from(
    ["string", "integer", "number", "boolean", "null", "object", "array"]
)
SMALL = st.integers(0, 3)
LEAVES = st.one_of(
    st.none(), st.booleans(), SMALL, st.sampled_from([0.5, 1.0, "", "a", "ab", "b1"])
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner)
    ),
    max_leaves=6,
)
PLAIN_RULES: dict[str, Any] = {
    "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=2, unique=True)),
    "enum": st.lists(LEAVES, max_size=3),
    "const": LEAVES,
    "minimum": SMALL,
    "exclusiveMaximum": SMALL,
    "minLength": SMALL,
    "maxItems": SMALL,
    "minProperties": SMALL,
    "uniqueItems": st.booleans(),
    "pattern": st.sampled_from(["^a", "b$", "[0-9]", "(?!x)"]),
    "required": st.lists(st.sampled_from("ab"), max_size=2, unique=True),
    "format": st.sampled_from(["email", "ipv4"]),
    "title": st.one_of(st.text(max_size=2), SMALL),
    "$ref": st.sampled_from(["#/$defs/d", "#/properties/a", "#/none"]),
    "multipleOf": st.integers(1, 2),
    "patternProperties": st.just({"^a": {"type": "string"}}),
    "unheardOf": DOCUMENTS,
}


def subschemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=2)
    rules: dict[str, Any] = {
        **PLAIN_RULES,
        "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        "additionalProperties": inner,
        "items": inner,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "allOf": some,
        "anyOf": some,
        "oneOf": some,
    }
    return st.lists(st.sampled_from(sorted(rules)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: rules[name] for name in names})
    )


SCHEMAS = st.recursive(st.one_of(st.booleans(), subschemas(st.booleans())), subschemas)


@given(SCHEMAS, SCHEMAS, DOCUMENTS, st.sampled_from([{}, {"$schema": DRAFT_7}]))
def test_a_quick_yes_is_the_librarys_yes(
    schema: Any, shared: Any, document: Any, dialect: dict[str, str]
) -> None:
    if isinstance(schema, dict):
        schema = {**schema, "$defs": {"d": shared}, **dialect}
    if not surely_accepts(schema, document):
        return
    validator = module._validator(schema, "it", module.fetch, lambda _message: None)
    assert list(validator.iter_errors(document)) == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (properties(a={"type": "integer", "minimum": 1}), {"a": 2.0}),
        ({"$schema": "http://json-schema.org/schema#", "form": {"x": 1}}, {}),
        ({"$schema": DRAFT_7, "definitions": {"x": {"enum": ["y"]}},
          "properties": {"a": {"$ref": "#/definitions/x", "type": "null"}}},
         {"a": "y"}),
        ({"anyOf": [{"required": ["b"]}, {"required": ["a"]}]}, {"a": 1}),
        ({"if": {"required": ["q"]}, "then": False}, {"a": 1}),
        (properties(a={"pattern": "^v[0-9]", "format": "x"}), {"a": "v1"}),
    ],
)  # fmt: skip
def test_what_charts_use_is_accepted_the_quick_way(schema: Any, value: Any) -> None:
    assert surely_accepts(schema, value)
