"""The reference of template functions, docs/functions.md, made from the catalogue.

Run ``python -m pypkg.render.functions.reference > docs/functions.md`` after a change.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

from pypkg.render.functions.catalog import FAMILIES, Family, catalog
from pypkg.render.functions.host import Host
from pypkg.render.functions.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.render.functions.signature import TemplateFunction

_INTRODUCTION = """\
# Template functions

Templates can call what Helm's can: Sprig's functions and Helm's own, in Go templates
and in Jinja2 under the same names. In Jinja2 each is also a filter of what Go would
pipe in, mostly the last argument: `text | trunc(5)`. Where Jinja2 has a filter of the
same name (`first`, `int`, `list`, `title`, ...), the filter is Jinja2's.

Names in one row are the same function; those with `must` differ only where their row
says so. A text is a sequence of bytes, as in Go: lengths count bytes. `any` takes every
type, `...` any number of arguments. *Empty* are nil, false, 0, `""`, and lists and maps
without items.

Go templates also have Go's own functions (`and`, `call`, `eq`, `ge`, `gt`, `html`,
`index`, `js`, `le`, `len`, `lt`, `ne`, `not`, `or`, `print`, `printf`, `println`,
`urlquery`), and both languages have `include NAME DATA` and `tpl TEXT DATA`.
"""


def reference() -> str:
    """Give the whole reference as Markdown."""
    functions = catalog(Host())
    sections = [_section(family, functions) for family in FAMILIES]
    return "\n".join([_INTRODUCTION, *sections])


def _section(family: Family, functions: Mapping[str, TemplateFunction]) -> str:
    rows: dict[TemplateFunction, list[str]] = {}
    for name in family.names:
        rows.setdefault(functions[name], []).append(name)
    lines = [
        f"## {family.title}",
        "",
        "| Function | Takes | |",
        "|---|---|---|",
        *(_row(names, function) for function, names in rows.items()),
        "",
    ]
    return "\n".join(lines)


def _row(names: list[str], function: TemplateFunction) -> str:
    signature = Signature.of(function)
    dots = ["..." if signature.is_variadic_at(i) else "" for i in range(len(signature))]
    arguments = [f" {name.upper()}{dots[i]}" for i, name in enumerate(signature.names)]
    calls = [
        f"`{name}{''.join(arguments)}`" for name in sorted(names, key=_plain_first)
    ]
    meaning = " ".join((inspect.getdoc(function) or "").split())
    meaning = meaning.replace("``", "`").replace("|", r"\|")
    takes = ", ".join(
        dots[i] + (kind or "any").replace("interface {}", "any")
        for i, kind in enumerate(signature.types)
    )
    return f"| {'<br>'.join(calls)} | {takes} | {meaning} |"


def _plain_first(name: str) -> tuple[bool, str]:
    return name.startswith("must"), name


if __name__ == "__main__":
    sys.stdout.write(reference())
