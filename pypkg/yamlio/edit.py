"""Entries put into YAML text, and taken out, that leave comments and layout alone."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import yaml

from pypkg.errors import YamlError
from pypkg.yamlio.reader import load
from pypkg.yamlio.writer import dump

if TYPE_CHECKING:
    from collections.abc import Sequence

    Entry = tuple[yaml.Node, yaml.Node]


def with_entry(text: str, path: Sequence[str], value: str) -> str:
    """Set an entry of nested mappings, and make those that are missing.

    Args:
        text: One document, a mapping.
        path: The entry's keys, from the outermost mapping on; it is not there yet.
        value: The entry's text.

    Returns:
        The text with the entry; written anew where it cannot be put in as it stands,
        as where a mapping is an alias.

    Raises:
        YamlError: The text does not parse.
    """
    wanted = load(text, unique_keys=False) or {}
    at = wanted
    for key in path[:-1]:
        at[key] = dict(at.get(key) or {})  # what an alias shares stays as it is
        at = at[key]
    at[path[-1]] = value
    return _checked(_put_in(text, path, value), wanted)


def without_entry(text: str, path: Sequence[str]) -> str:
    """Take an entry out of nested mappings, with those that are empty without it.

    Args:
        text: One document, a mapping.
        path: The entry's keys, from the outermost mapping on; it is there.

    Returns:
        The text without the entry; written anew as by :func:`with_entry`.

    Raises:
        YamlError: The text does not parse.
    """
    wanted = copy.deepcopy(load(text, unique_keys=False))
    parents = [wanted]
    for key in path[:-1]:
        parents.append(parents[-1][key])
    keys = list(path)
    del parents[-1][keys[-1]]
    while len(parents) > 1 and not parents[-1]:
        parents.pop()
        keys.pop()
        del parents[-1][keys[-1]]
    return _checked(_taken_out(text, keys), wanted)


def _checked(text: str, wanted: Any) -> str:
    """Give the text if it says what is wanted, else one that does."""
    try:
        found = load(text, unique_keys=False)
    except YamlError:
        found = None
    return text if found == wanted else dump(wanted)


def _mapping(text: str) -> yaml.Node | None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.compose(text, Loader=loader)


def _put_in(text: str, path: Sequence[str], value: str) -> str:
    node = _mapping(text)
    if node is None:  # nothing but comments
        return f"{text}{path[0]}: {_nested(path[1:], value)}\n"
    for depth, key in enumerate(path):
        new = f"{key}: {_nested(path[depth + 1 :], value)}"
        if not isinstance(node, yaml.MappingNode) or not node.value:  # null, or {}
            before, after = text[: node.start_mark.index], text[node.end_mark.index :]
            gap = "" if before.endswith(" ") else " "
            return f"{before}{gap}{{{new}}}{after}"
        found = _entry(node, key)
        if found is None:
            first = node.value[0][0].start_mark
            gap = ", " if node.flow_style else "\n" + " " * first.column
            return text[: first.index] + new + gap + text[first.index :]
        node = found[1]
    return text


def _nested(keys: Sequence[str], value: str) -> str:
    """Give a value below further keys, in one line."""
    quoted = "'" + value.replace("'", "''") + "'"
    return "".join(f"{{{key}: " for key in keys) + quoted + "}" * len(keys)


def _taken_out(text: str, path: Sequence[str]) -> str:
    node = _mapping(text)
    for key in path[:-1]:
        found = _entry(node, key)
        node = found[1] if found else node
    found = _entry(node, path[-1])
    if found is None or not isinstance(node, yaml.MappingNode):
        return text
    number = node.value.index(found)
    start, end = found[0].start_mark.index, _end(found[1])
    if not node.flow_style:
        start = text.rfind("\n", 0, start) + 1
        if text[end - 1] != "\n":
            end = text.find("\n", end) + 1 or len(text)
    elif number + 1 < len(node.value):
        end = node.value[number + 1][0].start_mark.index
    elif number:
        start = _end(node.value[number - 1][1])
    return text[:start] + text[end:]


def _entry(node: yaml.Node | None, key: str) -> Entry | None:
    entries = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((entry for entry in entries if entry[0].value == key), None)


def _end(node: yaml.Node) -> int:
    """Say where a value ends; that of a block takes the comments after it, too."""
    match node:
        case yaml.MappingNode(flow_style=False, value=[*_, (_, last)]):
            return _end(last)
        case yaml.SequenceNode(flow_style=False, value=[*_, last]):
            return _end(last)
    end: int = node.end_mark.index
    return end
