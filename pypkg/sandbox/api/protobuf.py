r"""Protobuf request bodies, which helm and kubectl send for built-in kinds.

Kubernetes wraps a message in an envelope: the bytes ``k8s\0``, then ``Unknown``
with the type and the message. Replies are JSON, which every client accepts.

The numbers of the fields are those of the Go types (``wire.py``); what the fields
hold, the OpenAPI definitions say.
"""

from __future__ import annotations

import base64
import json
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.schemas.wire import wire_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.sandbox.schemas.schema import Definitions, Schema

MAGIC = b"k8s\x00"
MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_SHIFT = 63
_MAX_DEPTH = 100
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_INLINE = "="  # before the message whose fields stand in the JSON object itself
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Wire = int | bytes


class ProtobufError(ValueError):
    """Bytes that are no such message."""


def decode(body: bytes, definitions: Definitions) -> dict[str, Any]:
    """Read an enveloped object.

    Args:
        body: The request's body.
        definitions: The types.

    Returns:
        The object as its JSON would be.

    Raises:
        ProtobufError: It is no such body, or its kind is not known.
    """
    if not body.startswith(MAGIC):
        raise ProtobufError("provided data does not appear to be a protobuf message")
    envelope: dict[int, Wire] = dict(_entries(body[len(MAGIC) :]))
    type_meta = dict(_entries(_bytes(envelope.get(1, b""))))
    api_version = _bytes(type_meta.get(1, b"")).decode()
    kind = _bytes(type_meta.get(2, b"")).decode()
    schema = (
        definitions.schema(f"{_META}DeleteOptions")
        if kind == "DeleteOptions"  # of any group
        else definitions.of_kind(GroupVersionKind.parse(api_version, kind))
    )
    if schema is None or wire_type(schema.name) is None:
        raise ProtobufError(f'no kind "{kind}" is registered for "{api_version}"')
    fields = _message(_bytes(envelope.get(2, b"")), schema, schema.name, 0)
    return {"kind": kind, "apiVersion": api_version, **fields}


def _entries(data: bytes) -> Iterator[tuple[int, Wire]]:
    """The fields of a message: number and raw value, in order."""
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == _BYTES:
            size, position = _varint(data, position)
        elif wire in {_FIXED64, _FIXED32}:
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ProtobufError(f"illegal wire type {wire}")
        if size > len(data) - position:
            raise ProtobufError("unexpected end of message")
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(data) or shift > _MAX_SHIFT:
            raise ProtobufError("unexpected end of message")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, position
        shift += 7


def _bytes(value: Wire) -> bytes:
    if isinstance(value, int):
        raise ProtobufError("a message was expected, not a number")
    return value


def _signed(value: Wire) -> int:
    if isinstance(value, bytes):
        raise ProtobufError("a number was expected")
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def _message(data: bytes, schema: Schema, name: str, depth: int) -> dict[str, Any]:
    """Read a message.

    Args:
        data: Its bytes.
        schema: The type of the JSON object that it becomes a part of.
        name: The message's name, which says what its numbers mean.
        depth: How many messages are around it.
    """
    if depth > _MAX_DEPTH:
        raise ProtobufError("exceeded max depth")
    known = wire_type(name)
    numbers = {} if known is None else known.numbers
    result: dict[str, Any] = {}
    for number, raw in _entries(data):
        field = numbers.get(number)
        if field is None:
            continue
        if field.startswith(_INLINE):
            part = field[len(_INLINE) :]
            result |= _message(_bytes(raw), schema, part, depth + 1)
        elif (inner := schema.properties.get(field)) is not None:
            _add(result, field, raw, inner, depth)
    return result


def _add(
    result: dict[str, Any], field: str, raw: Wire, schema: Schema, depth: int
) -> None:
    if schema.type == "array" and schema.items is not None:
        result.setdefault(field, []).append(_value(raw, schema.items, depth))
    elif schema.values is not None and schema.type == "object":
        entry = dict(_entries(_bytes(raw)))
        key = _bytes(entry.get(1, b"")).decode("utf-8", "replace")
        value = _value(entry.get(2, b""), schema.values, depth)
        result.setdefault(field, {})[key] = value
    else:
        value = _value(raw, schema, depth)
        # Go's JSON leaves empty strings and absent times out.
        if value not in ("", None):
            result[field] = value


def _value(raw: Wire, schema: Schema, depth: int) -> Any:  # noqa: PLR0911 - one for each kind of type
    if schema.quantity:
        return _first_text(raw) or "0"
    if schema.int_or_string:
        return _int_or_string(raw)
    if schema.duration:
        return _duration(_signed(dict(_entries(_bytes(raw))).get(1, 0)))
    if schema.free_form:
        embedded = _bytes(dict(_entries(_bytes(raw))).get(1, b""))
        return json.loads(embedded) if embedded else None
    if schema.type == "array" and schema.items is not None:
        # A list inside a map: a message with one repeated field.
        return [_value(v, schema.items, depth) for _, v in _entries(_bytes(raw))]
    if schema.type == "object":
        return _message(_bytes(raw), schema, schema.name, depth + 1)
    return _scalar(raw, schema)


def _scalar(raw: Wire, schema: Schema) -> Any:
    match schema.type, schema.format:
        case "string", "byte":
            return base64.b64encode(_bytes(raw)).decode()
        case "string", "date-time":
            return _time(_bytes(raw), micro=schema.name.endswith("MicroTime"))
        case "integer", _:
            return _signed(raw)
        case "boolean", _:
            return bool(_signed(raw))
        case "number", _:
            return struct.unpack("<d", _bytes(raw))[0]
        case _:
            return _bytes(raw).decode("utf-8", "replace")


def _first_text(raw: Wire) -> str:
    return _bytes(dict(_entries(_bytes(raw))).get(1, b"")).decode()


def _int_or_string(raw: Wire) -> int | str:
    entry = dict(_entries(_bytes(raw)))
    if entry.get(1, 0):
        return _bytes(entry.get(3, b"")).decode()
    number = _signed(entry.get(2, 0)) & 0xFFFFFFFF
    return number - 2**32 if number >= 2**31 else number


def _time(data: bytes, *, micro: bool) -> str | None:
    entry = dict(_entries(data))
    if not entry:
        return None
    seconds = _signed(entry.get(1, 0))
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    if moment.year == 1:
        return None  # Go's zero time
    nanos = _signed(entry.get(2, 0))
    fraction = f".{nanos // 1000:06d}" if micro else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _duration(nanos: int) -> str:
    seconds, rest = divmod(nanos, 10**9)
    return f"{seconds}s" if not rest else f"{nanos / 10**9}s"
