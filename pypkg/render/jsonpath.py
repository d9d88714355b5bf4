"""Kubernetes' JSONPath templates, such as ``{range .hosts[*]}{.name} {end}``.

They are text around actions in braces; an action selects values by a path. The rules
are those of ``k8s.io/client-go/util/jsonpath``, which ``kubectl -o jsonpath`` and
``helm show values --jsonpath`` share.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pypkg import jsonio
from pypkg.errors import UsageError, ValuesError
from pypkg.render.functions.goprint import sprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Values = list[Any]
    Step = Callable[[Values], Values]

_TOKEN = re.compile(
    r"""
      (?P<close>\})
    | (?P<skip>[ @$])
    | \[\?\((?P<filter>(?:[^'")\n]|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")*)\)\]
    | \[(?P<index>[^?\]\n][^\]\n]*)\]
    | (?P<quoted>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    | (?P<deep>\.\.)
    | (?:\.|(?<=\.\.)(?=\w))(?P<field>(?:\\.|[^\s.,\[\]$@{}\\])*)
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<word>\w[^\s.,\[\]$@{}]*)
    """,
    re.VERBOSE,
)
_COMPARISON = re.compile(r"([^!<>=]+)([!<>=~]+)(.+)", re.DOTALL)
_SLICE = re.compile(r"(-?\d*)(?::(-?\d*))?(?::(-?\d*))?")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def render(template: str, value: Any) -> str:
    """Fill a template with what its paths select of a value.

    Several values that one path selects are set apart by spaces; maps, lists and null
    are printed as JSON, anything else as Go prints it.

    Args:
        template: The template.
        value: The data, numbers as Go has them: floats.

    Raises:
        UsageError: The template does not parse.
        ValuesError: A path selects what is not there.
    """
    try:
        nodes = _nodes(_parts(template))
    except _SyntaxError as error:
        raise UsageError(
            f"error parsing jsonpath {template}: {error}",
            hint="a template is text and paths in braces, such as '{.image.tag}'",
        ) from None
    return "".join(" ".join(map(_text, found)) for found in _found(nodes, value))


class _SyntaxError(Exception):
    """Why a template does not parse."""


@dataclass(frozen=True, slots=True)
class _Action:
    """What stands in braces: steps that lead from a value to others.

    Attributes:
        steps: Each is given what the one before selected.
        keyword: ``range``, ``end`` or "".
    """

    steps: tuple[Step, ...]
    keyword: str = ""

    def select(self, values: Values) -> Values:
        for step in self.steps:
            values = step(values)
        return values


@dataclass(frozen=True, slots=True)
class _Loop:
    over: _Action
    body: Sequence[_Node]


_Node = str | _Action | _Loop


def _found(nodes: Sequence[_Node], value: Any) -> Iterator[Values]:
    for node in nodes:
        match node:
            case str():
                yield [node]
            case _Action():
                yield node.select([value])
            case _Loop(over, body):
                for item in over.select([value]):
                    yield from _found(body, item)


def _text(value: Any) -> str:
    is_json = value is None or isinstance(value, dict | list)
    return jsonio.dumps(value) if is_json else sprint(value)


def _nodes(parts: Iterator[str | _Action], *, in_loop: bool = False) -> list[_Node]:
    """Nest what stands between ``{range}`` and ``{end}``; the last may be missing."""
    nodes: list[_Node] = []
    for part in parts:
        match part:
            case _Action(keyword="range"):
                nodes.append(_Loop(part, _nodes(parts, in_loop=True)))
            case _Action(keyword="end"):
                if in_loop:
                    return nodes
                raise _SyntaxError("not in range, nothing to end")
            case _:
                nodes.append(part)
    return nodes


def _parts(template: str) -> Iterator[str | _Action]:
    """Tell text from actions."""
    at = 0
    while (brace := template.find("{", at)) >= 0:
        if brace > at:
            yield template[at:brace]
        action, at = _action(template, brace + 1)
        yield action
    if at < len(template):
        yield template[at:]


def _action(text: str, at: int) -> tuple[_Action, int]:
    """Read an action, and say where it ends."""
    steps: list[Step] = []
    keyword = ""
    while found := _TOKEN.match(text, at):
        at = found.end()
        match found.lastgroup, found[found.lastgroup or 0]:
            case "close", _:
                return _Action(tuple(steps), keyword), at
            case "word", ("range" | "end") as keyword:
                pass
            case "skip", _:
                pass
            case kind, word:
                steps.append(_step(kind or "", word))
    raise _fault(text[at:])


def _fault(rest: str) -> _SyntaxError:
    """Say why an action cannot go on like this."""
    reasons = {
        "": "unclosed action",
        "\n": "unclosed action",
        "[?": "unterminated filter",
        "[": "unterminated array",
        "'": "unterminated quoted string",
        '"': "unterminated quoted string",
    }
    reason = reasons.get(rest[:2]) or reasons.get(rest[:1])
    return _SyntaxError(reason or f"unrecognized character in action: {rest[0]!r}")


def _step(kind: str, word: str) -> Step:
    match kind:
        case "field":
            return _wildcard if word == "*" else _field(re.sub(r"\\", "", word))
        case "deep":
            return _below
        case "index":
            return _index(word)
        case "filter":
            return _filter(word)
        case _:
            return _constant(kind, word)


def _constant(kind: str, word: str) -> Step:
    """Read a text, a number, ``true`` or ``false``."""
    value: Any
    if kind == "quoted":
        value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), word[1:-1])
    elif kind == "number":
        value = float(word)
    elif word in {"true", "false"}:
        value = word == "true"
    else:
        raise _SyntaxError(f"unrecognized identifier {word}")
    return lambda values: [value for _ in values]


def _field(name: str) -> Step:
    def step(values: Values) -> Values:
        found = [v[name] for v in values if isinstance(v, dict) and name in v]
        if values and not found:
            raise ValuesError(f'"{name}" is not found')
        return found

    return step


def _wildcard(values: Values) -> Values:
    return [child for value in values for child in _children(value)]


def _children(value: Any) -> Values:
    """Give what a map or a list holds; Go has no order for a map, this one sorts."""
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return value if isinstance(value, list) else []


def _below(values: Values) -> Values:
    """Give every map and list, with all those that it holds."""
    found: Values = []
    for value in values:
        if children := _children(value):
            found += [value, *_below(children)]
    return found


def _index(text: str) -> Step:
    """Read what stands in brackets: a key, an index, a slice, or several of these."""
    if "," in text:
        steps = [_index(part.strip(" ")) for part in text.split(",")]
        return lambda values: [found for step in steps for found in step(values)]
    if text == "*":
        return _items(slice(None))
    if re.fullmatch("'[^']*'", text):
        return _field(text[1:-1])
    if not (found := _SLICE.fullmatch(text)):
        raise _SyntaxError(f"invalid array index {text}")
    if ":" not in text:
        return _items(int(text))
    return _items(slice(*(int(part) if part else None for part in found.groups())))


def _items(wanted: int | slice) -> Step:
    def step(values: Values) -> Values:
        found: Values = []
        for value in values:
            if value is None:
                continue
            if not isinstance(value, list):
                raise ValuesError(f"{_text(value)} is not array or slice")
            found += _picked(value, wanted)
        return found

    return step


def _picked(items: Values, wanted: int | slice) -> Values:
    if isinstance(wanted, slice):
        return items[wanted]
    if not -len(items) <= wanted < len(items):
        raise ValuesError(
            f"array index out of bounds: index {wanted}, length {len(items)}"
        )
    return [items[wanted]]


def _filter(text: str) -> Step:
    """Read what stands in ``[?( )]``: a path that must exist, or a comparison."""
    found = _COMPARISON.fullmatch(text)
    left = _operand(found[1] if found else text)
    right = _operand(found[3]) if found else None
    compare = _OPERATORS.get(found[2]) if found else operator.eq
    if compare is None:
        raise _SyntaxError(f"unrecognized filter operator {found and found[2]}")

    def fits(item: Any) -> bool:
        try:
            lefts = left.select([item])
            rights = right.select([item]) if right else lefts
            return any(compare(a, b) for a in lefts[:1] for b in rights[:1])
        except (ValuesError, TypeError):  # it is not there, or cannot be compared
            return False

    return lambda values: [
        item for value in values for item in _children(value) if fits(item)
    ]


def _operand(text: str) -> _Action:
    action, _ = _action(f"{text}}}", 0)
    return action
