from __future__ import annotations

import struct

import pytest

from pypkg.sandbox.api.openapi_protobuf import encode


def block(number: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    assert len(content) < 128
    return bytes([number << 3 & 0x7F | 2]) + bytes([len(content)]) + content


@pytest.mark.parametrize(
    ("schema", "wire"),
    [
        ({"$ref": "#/definitions/a"}, b"\x0a\x0f#/definitions/a"),
        ({"type": "string"}, b"\xb2\x01\x08\x0a\x06string"),
        ({"type": ["string", "null"]}, b"\xb2\x01\x0e\x0a\x06string\x0a\x04null"),
        ({"minimum": 0.5}, b"\x49" + struct.pack("<d", 0.5)),
        ({"minLength": 300}, b"\x60\xac\x02"),
        ({"minItems": -1}, b"\x78" + b"\xff" * 9 + b"\x01"),
        ({"uniqueItems": True}, b"\x80\x01\x01"),
        ({"default": {"a": 1}}, b"\x2a\x09\x12\x07" + b'{"a":1}'),
        ({"required": ["a", "b"]}, b"\x9a\x01\x01a\x9a\x01\x01b"),
        ({"additionalProperties": False}, b"\xaa\x01\x02\x10\x00"),
        ({"additionalProperties": {"title": "t"}}, b"\xaa\x01\x05\x0a\x03\x1a\x01t"),
        ({"items": {"title": "t"}}, b"\xba\x01\x05\x0a\x03\x1a\x01t"),
        (
            {"properties": {"p": {"title": "t"}}},
            b"\xca\x01\x0a\x0a\x08\x0a\x01p\x12\x03\x1a\x01t",
        ),
        ({"x-list": "set"}, b'\xfa\x01\x11\x0a\x06x-list\x12\x07\x12\x05"set"'),
        ({"oneOf": [{}]}, b""),
    ],
)
def test_a_schema_is_written_as_gnostic_reads_it(
    schema: dict[str, object], wire: bytes
) -> None:
    named = block(1, block(1, b"a"), block(2, wire))
    assert encode({"definitions": {"a": schema}}) == block(9, named)


def test_parameters_are_told_apart_by_where_they_are() -> None:
    query = {"name": "q", "in": "query", "type": "string"}
    body = {"name": "b", "in": "body", "schema": {"title": "t"}}
    operation = {
        "parameters": [query, body],
        "responses": {"200": {"description": "OK"}},
    }
    written = encode({"paths": {"/": {"patch": operation}}})
    q = block(3, block(4, b"q"), block(2, b"query"), block(6, b"string"))
    b = block(1, block(2, b"b"), block(3, b"body"), block(5, block(3, b"t")))
    answer = block(1, block(1, b"200"), block(2, block(1, block(1, b"OK"))))
    patch = (
        block(8, block(1, block(2, q))),
        block(8, block(1, b)),
        block(9, answer),
    )
    item = block(2, block(1, b"/"), block(2, block(8, *patch)))
    assert written == block(8, item)
