"""OpenAPI version 2 in protobuf: the form in which kubectl and helm ask for it.

They do so about kinds that the documents of version 3 do not have, before they say that
there is no such kind. The messages are those of gnostic's ``OpenAPIv2.proto``, as far
as the sandbox's document needs them. Extensions (``x-…``) and free values are YAML in
them, of which JSON is a part; what no message has, such as ``oneOf``, is left out.
"""

from __future__ import annotations

import struct
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.jsontext import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
"""What the document is. Clients ask for ``OLD_MEDIA_TYPE``, which is no valid name."""
OLD_MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"

Fields = dict[str, tuple[int, str]]

# Of each message the fields by their name in JSON: the number, and what the value is.
# A * stands before what may be there several times.
_MESSAGES: Mapping[str, Fields] = MappingProxyType(
    {
        "Document": {
            "swagger": (1, "text"),
            "info": (2, "Info"),
            "paths": (8, "Paths"),
            "definitions": (9, "Schemas"),
        },
        "Info": {"title": (1, "text"), "version": (2, "text")},
        "PathItem": {
            "get": (2, "Operation"),
            "put": (3, "Operation"),
            "post": (4, "Operation"),
            "delete": (5, "Operation"),
            "patch": (8, "Operation"),
        },
        "Operation": {
            "tags": (1, "*text"),
            "consumes": (7, "*text"),
            "parameters": (8, "*ParametersItem"),
            "responses": (9, "Responses"),
        },
        "BodyParameter": {
            "description": (1, "text"),
            "name": (2, "text"),
            "in": (3, "text"),
            "required": (4, "flag"),
            "schema": (5, "Schema"),
        },
        "QueryParameter": {
            "required": (1, "flag"),
            "in": (2, "text"),
            "description": (3, "text"),
            "name": (4, "text"),
            "type": (6, "text"),
            "uniqueItems": (20, "flag"),
        },
        "Response": {"description": (1, "text")},
        "Schema": {
            "$ref": (1, "text"),
            "format": (2, "text"),
            "title": (3, "text"),
            "description": (4, "text"),
            "default": (5, "Any"),
            "multipleOf": (6, "real"),
            "maximum": (7, "real"),
            "exclusiveMaximum": (8, "flag"),
            "minimum": (9, "real"),
            "exclusiveMinimum": (10, "flag"),
            "maxLength": (11, "integer"),
            "minLength": (12, "integer"),
            "pattern": (13, "text"),
            "maxItems": (14, "integer"),
            "minItems": (15, "integer"),
            "uniqueItems": (16, "flag"),
            "maxProperties": (17, "integer"),
            "minProperties": (18, "integer"),
            "required": (19, "*text"),
            "enum": (20, "*Any"),
            "additionalProperties": (21, "SchemaOrFlag"),
            "type": (22, "TypeItem"),
            "items": (23, "ItemsItem"),
            "allOf": (24, "*Schema"),
            "properties": (25, "Schemas"),
            "example": (30, "Any"),
        },
    }
)
# Maps are lists of names with values: the number of the list, and what the values are.
_MAPS = MappingProxyType(
    {
        "Paths": (2, "PathItem"),
        "Responses": (1, "ResponseValue"),
        "Schemas": (1, "Schema"),
    }
)
# Messages around something else.
_WRAPPERS = MappingProxyType(
    {
        "ItemsItem": (1, "*Schema"),
        "NonBodyParameter": (3, "QueryParameter"),
        "ParametersItem": (1, "Parameter"),
        "ResponseValue": (1, "Response"),
        "TypeItem": (1, "*text"),
    }
)
_EXTENSIONS = MappingProxyType({"Operation": 13, "Schema": 31})
_VARINT, _FIXED64, _BYTES = 0, 1, 2


def encode(document: Mapping[str, Any]) -> bytes:
    """Write a document of OpenAPI version 2."""
    return _message("Document", document)


def _message(name: str, value: Any) -> bytes:
    if name in _MAPS:
        number, inner = _MAPS[name]
        return b"".join(_named(number, k, inner, v) for k, v in value.items())
    if name in _WRAPPERS:
        return _field(*_WRAPPERS[name], value)
    match name:
        case "Any":
            return _field(2, "text", dumps(value).decode())
        case "Parameter":
            in_body = value["in"] == "body"
            which = (1, "BodyParameter") if in_body else (2, "NonBodyParameter")
            return _field(*which, value)
        case "SchemaOrFlag":
            which = (2, "flag") if isinstance(value, bool) else (1, "Schema")
            return _field(*which, value)
    fields, extensions = _MESSAGES[name], _EXTENSIONS.get(name, 0)
    written = []
    for key, item in value.items():
        if key in fields:
            written.append(_field(*fields[key], item))
        elif extensions and key.startswith("x-"):
            written.append(_named(extensions, key, "Any", item))
    return b"".join(written)


def _field(number: int, form: str, value: Any) -> bytes:
    if form.startswith("*"):
        items = value if isinstance(value, list) else [value]
        return b"".join(_field(number, form[1:], item) for item in items)
    match form:
        case "flag" | "integer":
            return _varint(number << 3 | _VARINT) + _varint(int(value))
        case "real":
            return _varint(number << 3 | _FIXED64) + struct.pack("<d", value)
        case "text":
            return _block(number, value.encode())
        case _:
            return _block(number, _message(form, value))


def _named(number: int, name: str, form: str, value: Any) -> bytes:
    return _block(number, _field(1, "text", name) + _field(2, form, value))


def _block(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    written = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits, and one for more to come
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*written, value))
