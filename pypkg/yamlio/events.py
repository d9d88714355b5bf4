"""YAML's events, from libyaml, to values."""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from yaml import YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from pypkg.yamlio.faults import Faults
from pypkg.yamlio.scalars import (
    NUMBER_STARTS,
    SPECIAL_STARTS,
    WORDS,
    format_float32,
    is_timestamp,
    parse_number,
    resolve,
)

if TYPE_CHECKING:
    from yaml.events import Event

MAX_DEPTH = 200
"""How deep collections may nest: beyond any real file, within Python's stack."""

_TAG = "tag:yaml.org,2002:"
# Each costs another reading of the whole text.
_MOST_QUOTE_ESCAPES = 50
# The value of the key ``<<``.
_MERGE = object()
_STRING = frozenset({str})
_MEANINGFUL_STARTS = SPECIAL_STARTS | {"<"}
# go-yaml's limit on aliases: small documents may consist of them, large ones may not.
_FREE_NODES, _FREE_ALIASED = 100, 1000
_SMALL, _LARGE = 400_000, 4_000_000
_SHARE_OF_SMALL, _SHARE_OF_LARGE = 0.99, 0.10


class _Anchored(NamedTuple):
    value: Any
    nodes: int


class _Open(NamedTuple):
    """A collection that is being read, and what surrounds it.

    Attributes:
        anchor: Its anchor, if it has one.
        before: How many nodes were read before it.
        items: What was read of the collection around it.
        marks: Where the keys stand of the one around it, if that is a mapping.
    """

    anchor: str | None
    before: int
    items: list[Any]
    marks: list[Any] | None


class EventReader:
    """Builds the values of a text straight from the events.

    Composing nodes first would cost five times as much: they live long enough to
    make the garbage collector walk them.

    Args:
        text: YAML; UTF-8 (or UTF-16 with a BOM) if bytes.
        source: Its name for errors.
        numbers: ``int`` keeps whole numbers; ``float64`` makes every number a float.
        unique_keys: Refuse a key that stands twice in a mapping.
    """

    def __init__(
        self,
        text: str | bytes,
        source: str,
        *,
        numbers: Literal["int", "float64"],
        unique_keys: bool,
    ) -> None:
        self._text = text
        self._source = source
        self._faults = Faults(text, source)
        self._floats = numbers == "float64"
        self._unique_keys = unique_keys
        # None while the anchored collection is being read.
        self._anchors: dict[str, _Anchored | None] = {}
        self._nodes = 0
        self._aliased = 0

    def read(
        self, *, first_only: bool, escapes: int = _MOST_QUOTE_ESCAPES
    ) -> list[Any]:
        """Read the text's documents.

        Args:
            first_only: Read no more than the first.
            escapes: How many escapes that libyaml does not know may be undone.

        Raises:
            YamlError: See :func:`pypkg.yamlio.load`.
        """
        try:
            parser = CParser(self._text)
        except UnicodeEncodeError:
            # It came from bytes that are no UTF-8, and so it is refused.
            parser = CParser(str(self._text).encode("utf-8", "surrogateescape"))
        try:
            return self._documents(parser, first_only=first_only)
        except YAMLError as error:
            text = _without_quote_escape(self._text, error) if escapes else None
            if text is None:
                # The cause is for go_message, which counts lines by its kind.
                raise self._faults.of_parser(error) from error
        finally:
            parser.dispose()
        again = EventReader(
            text,
            self._source,
            numbers="float64" if self._floats else "int",
            unique_keys=self._unique_keys,
        )
        return again.read(first_only=first_only, escapes=escapes - 1)

    def _documents(self, parser: Any, *, first_only: bool) -> list[Any]:  # noqa: C901, PLR0912 - the hottest loop of the product: it dispatches by itself
        next_event, meaningful = parser.get_event, _MEANINGFUL_STARTS
        documents: list[Any] = []
        stack: list[_Open] = []
        # Of the innermost open collection: its items, of a mapping keys and values in
        # turn; where a mapping's keys stand; whether the next item is a key.
        items = documents
        marks: list[Any] | None = None
        is_key = False
        while True:
            event = next_event()
            kind = event.__class__
            if kind is ScalarEvent:
                value = event.value
                if event.tag is not None or (
                    event.implicit[0] and (not value or value[0] in meaningful)
                ):
                    value = self._resolved(event, is_key=is_key)
                if event.anchor is not None:
                    self._anchors[event.anchor] = _Anchored(value, 1)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = self._collection(items, marks)
                anchor, before, items, marks = stack.pop()
                is_key = False
                if anchor is not None:
                    self._anchors[anchor] = _Anchored(value, self._nodes - before)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._check_start(event, len(stack), is_key=is_key)
                stack.append(_Open(event.anchor, self._nodes, items, marks))
                is_key = kind is MappingStartEvent
                items, marks = [], [] if is_key else None
                continue
            elif kind is AliasEvent:
                value = self._expand(event, stack, items)
            elif kind is DocumentStartEvent:
                self._start_document(event)
                continue
            elif kind is StreamEndEvent or (first_only and kind is DocumentEndEvent):
                return list(self._collection(documents, None))
            else:
                continue
            if marks is not None:
                if is_key:
                    marks.append(event.start_mark)
                is_key = not is_key
            items.append(value)

    def _resolved(self, event: ScalarEvent, *, is_key: bool) -> Any:
        """Give the value of a scalar that may be more than a string."""
        if event.tag is not None:
            return self._tagged(event, is_key=is_key)
        text = event.value
        if not text:
            return None
        if text[0] in SPECIAL_STARTS:
            if text in WORDS:
                return self._word(event, is_key=is_key)
            number = parse_number(text) if text[0] in NUMBER_STARTS else None
            return text if number is None else number
        return _MERGE if is_key and text == "<<" else text

    def _word(self, event: ScalarEvent, *, is_key: bool) -> Any:
        value = WORDS[event.value]
        if value.__class__ is float and not is_key:
            # JSON has no such number, and Helm goes through JSON.
            name = {math.inf: "+Inf", -math.inf: "-Inf"}.get(value, "NaN")
            raise self._faults.at(f"unsupported value: {name}", event.start_mark)
        return value

    def _collection(self, items: list[Any], marks: list[Any] | None) -> Any:
        """Make the value of a collection that has been read."""
        self._nodes += len(items)
        if self._floats:
            items = self._with_floats(items, is_mapping=marks is not None)
        if marks is None:
            return items
        pairs = iter(items)
        mapping = dict(zip(pairs, pairs, strict=True))
        if len(mapping) == len(marks) and not set(map(type, mapping)) - _STRING:
            return mapping
        return self._unusual_mapping(items, marks)

    def _unusual_mapping(self, items: list[Any], marks: list[Any]) -> dict[str, Any]:
        """Make a mapping with merges, repeated keys or keys that are no strings."""
        keys, values = list(map(self._key, items[::2], marks)), items[1::2]
        self._check_unique(keys, marks)
        if _MERGE in keys:
            return self._merged(keys, values, marks)
        return dict(zip(keys, values, strict=True))

    def _with_floats(self, items: list[Any], *, is_mapping: bool) -> list[Any]:
        """Make whole numbers floats, but for a mapping's keys."""
        if int not in set(map(type, items)):
            return items
        return [
            float(item) if item.__class__ is int and (i % 2 or not is_mapping) else item
            for i, item in enumerate(items)
        ]

    def _check_unique(self, keys: list[Any], marks: list[Any]) -> None:
        if not self._unique_keys:
            return
        lines: dict[str, int] = {}
        for key, mark in zip(keys, marks, strict=True):
            if key in lines and key is not _MERGE:
                raise self._faults.at(
                    f'the key "{key}" stands twice in this mapping, first on line'
                    f" {lines[key]}",
                    mark,
                    hint="keep one of the two: Helm would silently use the last",
                )
            lines[key] = mark.line + 1

    def _start_document(self, event: Event) -> None:
        self._anchors.clear()
        if getattr(event, "version", None) == (1, 2):
            raise self._faults.at(
                "found incompatible YAML document",
                event.start_mark,
                hint="Helm reads YAML 1.1: remove the %YAML line",
            )

    def _check_start(self, event: Any, depth: int, *, is_key: bool) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if is_key:
            raise self._faults.at(
                "a mapping or a sequence cannot be a key",
                event.start_mark,
                hint="put a value that begins with a bracket between quotes",
            )
        if depth >= MAX_DEPTH:
            raise self._faults.at(
                f"nested deeper than {MAX_DEPTH} levels", event.start_mark
            )

    def _key(self, value: Any, mark: Any) -> Any:
        """Give a key as Helm names it."""
        if value.__class__ is str or value is _MERGE:
            return value
        if value is True or value is False:
            return "true" if value else "false"
        if value.__class__ is int and value < 1 << 63:
            return str(value)
        if value.__class__ is float:
            if math.isfinite(value):
                return format_float32(value)
            return ".nan" if math.isnan(value) else f"{value}".replace("inf", ".inf")
        name = "null" if value is None else f"{value}"
        raise self._faults.at(f"{name} cannot be a key", mark)

    def _merged(
        self, keys: list[Any], values: list[Any], marks: list[Any]
    ) -> dict[str, Any]:
        """Put a mapping together in which a key is ``<<``."""
        mapping: dict[str, Any] = {}
        for key, value, mark in zip(keys, values, marks, strict=True):
            if key is not _MERGE:
                mapping[key] = value
                continue
            # Of several, the first wins; all give way to what follows.
            for source in reversed(value) if isinstance(value, list) else [value]:
                if not isinstance(source, dict):
                    raise self._faults.at(
                        "map merge requires map or sequence of maps as the value", mark
                    )
                mapping.update(source)
        return mapping

    def _expand(self, event: AliasEvent, stack: list[_Open], items: list[Any]) -> Any:
        name = event.anchor
        if name not in self._anchors:
            raise self._faults.at(
                f"unknown anchor '{name}' referenced", event.start_mark
            )
        anchored = self._anchors[name]
        if anchored is None:
            raise self._faults.at(
                f"anchor '{name}' value contains itself", event.start_mark
            )
        self._nodes += anchored.nodes
        self._aliased += anchored.nodes
        # Collections count when they end.
        unfinished = len(items) + sum(len(around.items) for around in stack)
        if _is_excessive(self._aliased, self._nodes + unfinished):
            raise self._faults.at(
                "document contains excessive aliasing", event.start_mark
            )
        return _copy(anchored.value)

    def _tagged(self, event: ScalarEvent, *, is_key: bool) -> Any:
        tag = str(event.tag).removeprefix(_TAG)
        text: str = event.value
        if tag == "binary":
            return self._binary(event)
        if tag == "merge" and text == "<<" and is_key:
            return _MERGE
        if tag not in {"int", "float", "bool", "null", "timestamp"}:
            return text
        value = self._word(event, is_key=is_key) if text in WORDS else resolve(text)
        actual = _tag_of(value)
        if actual == "str" and is_timestamp(text):
            actual = "timestamp"
        if (tag, actual) == ("float", "int"):
            return float(value or 0)
        if tag != actual:
            raise self._faults.at(
                f"cannot decode !!{actual} `{text}` as a !!{tag}", event.start_mark
            )
        return value

    def _binary(self, event: ScalarEvent) -> str:
        try:
            data = base64.b64decode(event.value.replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            raise self._faults.at(
                "!!binary value contains invalid base64 data", event.start_mark
            ) from None
        text: str = data.decode("utf-8", "replace")
        return text


def _tag_of(value: Any) -> str:
    if value is None:
        return "null"
    return type(value).__name__


def _is_excessive(aliased: int, nodes: int) -> bool:
    if nodes <= _FREE_NODES or aliased <= _FREE_ALIASED:
        return False
    position = min(max((nodes - _SMALL) / (_LARGE - _SMALL), 0.0), 1.0)
    allowed = _SHARE_OF_SMALL + position * (_SHARE_OF_LARGE - _SHARE_OF_SMALL)
    return aliased / nodes > allowed


def _copy(value: Any) -> Any:
    if value.__class__ is dict:
        return {key: _copy(item) for key, item in value.items()}
    if value.__class__ is list:
        return [_copy(item) for item in value]
    return value


def _without_quote_escape(text: str | bytes, error: YAMLError) -> str | bytes | None:
    r"""Undo an escape that go-yaml knows and libyaml does not: ``"\'"``.

    Returns:
        The text without this backslash; None if that is not the trouble.
    """
    mark = getattr(error, "problem_mark", None)
    if (
        mark is None
        or getattr(error, "problem", "") != "found unknown escape character"
    ):
        return None
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    lines = text.splitlines(keepends=True)
    line = lines[mark.line]
    if line[mark.column : mark.column + 2] != "\\'":
        return None
    lines[mark.line] = line[: mark.column] + line[mark.column + 1 :]
    return "".join(lines)
