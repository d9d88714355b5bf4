"""What templates on the command line see of Go's structs."""

from __future__ import annotations

from typing import Any

from pypkg.render.engine import GoObject


def go_struct(go_type: str, **fields: Any) -> GoObject:
    """Make what Go has as a struct: a name that it has not is an error.

    Args:
        go_type: What errors call it, such as ``*v1.Release``.
        **fields: Its fields, by Go's names.
    """
    table = {name: name for name in fields}
    kind = type(go_type, (GoObject,), {"go_type": go_type, "go_fields": table})
    made: GoObject = kind()
    vars(made).update(fields)
    return made
