"""What the schema of a custom resource refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.sandbox.checks.custom_resources import check_custom
from pypkg.sandbox.checks.faults import Faults
from pypkg.sandbox.schemas.schema import Schema

if TYPE_CHECKING:
    from tests.sandbox.checks.refusals import Object

CUSTOM: Object = {
    "type": "object",
    "required": ["spec"],
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 9},
                "mode": {"type": "string", "enum": ["a", "b"]},
                "name": {
                    "type": "string",
                    "pattern": "^x",
                    "minLength": 2,
                    "maxLength": 4,
                },
                "list": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
                "port": {"x-kubernetes-int-or-string": True},
                "set": {
                    "type": "array",
                    "items": {"type": "string"},
                    "x-kubernetes-list-type": "set",
                },
                "map": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"k": {"type": "string"}},
                    },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                },
                "maybe": {"type": "string", "nullable": True},
            },
        }
    },
}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"size": 3, "port": "http", "maybe": None, "list": [True]}, []),
        ({}, ["spec.size: Required value"]),
        (
            {"size": "3"},
            [
                'spec.size: Invalid value: "string": spec.size in body must be of type'
                ' integer: "string"'
            ],
        ),
        (
            {"size": 0},
            [
                "spec.size: Invalid value: 0: spec.size in body should be greater than"
                " or"
                " equal to 1"
            ],
        ),
        (
            {"size": 10},
            [
                "spec.size: Invalid value: 10: spec.size in body should be less than or"
                " equal to 9"
            ],
        ),
        (
            {"size": 1, "mode": "c"},
            ['spec.mode: Unsupported value: "c": supported values: "a", "b"'],
        ),
        (
            {"size": 1, "name": "y"},
            [
                'spec.name: Invalid value: "y": spec.name in body should be at least 2'
                " chars long",
                "spec.name: Invalid value: \"y\": spec.name in body should match '^x'",
            ],
        ),
        (
            {"size": 1, "name": "xxxxx"},
            ["spec.name: Too long: may not be more than 4 bytes"],
        ),
        (
            {"size": 1, "list": [True, 1, False]},
            [
                "spec.list: Invalid value: 3: spec.list in body should have at most 2"
                " items",
                'spec.list[1]: Invalid value: "integer": spec.list[1] in body must be'
                " of"
                ' type boolean: "integer"',
            ],
        ),
        (
            {"size": 1, "set": ["a", "a"], "map": [{"k": "x"}, {"k": "x"}]},
            [
                'spec.set[1]: Duplicate value: "a"',
                'spec.map[1]: Duplicate value: {"k":"x"}',
            ],
        ),
        (
            {"size": 1, "port": True},
            [
                'spec.port: Invalid value: "boolean": spec.port in body must be of type'
                ' int-or-string: "boolean"'
            ],
        ),
    ],
)
def test_custom_resources_follow_their_schema(
    spec: Object, expected: list[str]
) -> None:
    faults = Faults()
    check_custom({"spec": spec}, Schema(CUSTOM, {}), faults)
    assert [f"{cause.field}: {cause.message}" for cause in faults] == expected
