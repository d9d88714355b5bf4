"""A chart's values: the file with its comments, and what the schema says of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINES = 5_000
MAX_ROWS = 2_000
_MAX_DEPTH = 12
_KEY = re.compile(r"^(\s*(?:- )*)([^\s#'\"][^#]*?|\"[^\"]*\"|'[^']*')(:)(\s.*)?$")


class Line(Struct):
    """A line of values.yaml.

    Attributes:
        before: What comes before the key.
        key: The key, or "".
        after: The rest.
        comment: Whether the whole line is a comment.
    """

    before: str
    key: str
    after: str
    comment: bool = False


class Property(Struct):
    """What a schema says of one value.

    Attributes:
        path: ``image.tag``; ``[]`` stands for the items of a list.
        type: ``string``, ``integer or null``, or "".
        default: As JSON, or "".
        description: In the schema's words.
        allowed: The values that it may have, as JSON, or ().
        required: Whether it must be there.
    """

    path: str
    type: str
    default: str
    description: str
    allowed: tuple[str, ...]
    required: bool


def lines(text: str) -> list[Line]:
    """Take a file of values apart, for colours."""
    return [_line(one) for one in text.splitlines()[:MAX_LINES]]


def _line(text: str) -> Line:
    if text.lstrip().startswith("#"):
        return Line(text, "", "", comment=True)
    if found := _KEY.match(text):
        before, key, colon, rest = found.groups()
        return Line(before, key, colon + (rest or ""))
    return Line(text, "", "")


def properties(schema: bytes | None) -> list[Property]:
    """Give what a values.schema.json says of each value; [] if it says nothing."""
    try:
        root = json.loads(schema or b"{}")
    except ValueError:
        return []
    found = _walk(root, root, "", 0, required=False)
    return [one for one, _ in zip(found, range(MAX_ROWS), strict=False)]


def _walk(
    root: Any, schema: Any, path: str, depth: int, *, required: bool
) -> Iterator[Property]:
    """Give a schema's properties, those of nested ones after their own."""
    schema = _resolved(root, schema)
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return
    if path:
        yield _property(schema, path, required=required)
    names = schema.get("properties")
    needed = schema.get("required")
    needed = needed if isinstance(needed, list) else []
    for name, below in names.items() if isinstance(names, dict) else ():
        where = f"{path}.{name}" if path else str(name)
        yield from _walk(root, below, where, depth + 1, required=name in needed)
    if isinstance(items := schema.get("items"), dict) and path:
        yield from _walk(root, items, f"{path}[]", depth + 1, required=False)


def _resolved(root: Any, schema: Any) -> Any:
    """Follow a reference within the same schema, once."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    found = root
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _property(schema: dict[str, Any], path: str, *, required: bool) -> Property:
    kinds = schema.get("type", "")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    allowed = schema.get("enum")
    return Property(
        path,
        " or ".join(map(str, kinds)),
        json.dumps(schema["default"]) if "default" in schema else "",
        str(schema.get("description") or schema.get("title") or ""),
        tuple(map(json.dumps, allowed)) if isinstance(allowed, list) else (),
        required,
    )
