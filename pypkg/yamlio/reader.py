"""YAML to Python, with the meaning that Helm gives it."""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pypkg.errors import SourceLocation, YamlError
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
    from yaml import MarkedYAMLError, YAMLError
    from yaml.events import AliasEvent, Event, ScalarEvent

MAX_DEPTH = 200
"""How deep collections may nest: beyond any real file, within Python's stack."""

_TAG = "tag:yaml.org,2002:"
# The value of the key ``<<``.
_MERGE = object()
# go-yaml's limit on aliases: small documents may consist of them, large ones may not.
_FREE_NODES, _FREE_ALIASED = 100, 1000
_SMALL, _LARGE = 400_000, 4_000_000
_SHARE_OF_SMALL, _SHARE_OF_LARGE = 0.99, 0.10


def load(
    text: str | bytes,
    *,
    source: str = "<string>",
    numbers: Literal["int", "float64"] = "int",
    unique_keys: bool = True,
) -> Any:
    """Read the first YAML document of a text; an empty text is None.

    Args:
        text: YAML 1.1 as Helm reads it; UTF-8 (or UTF-16 with a BOM) if bytes.
        source: The name that errors show: a path, or what the text is.
        numbers: ``int`` keeps whole numbers; ``float64`` makes every number a
            float, as Helm's are in templates.
        unique_keys: Refuse a key that stands twice in a mapping. Without it the
            last one wins, as in Helm.

    Returns:
        dict (with string keys), list, str, bool, int, float or None.

    Raises:
        YamlError: The text does not parse, nests too deeply, expands aliases
            excessively, or repeats a key.
    """
    reader = _Reader(text, source, numbers=numbers, unique_keys=unique_keys)
    documents = reader.read(first_only=True)
    return documents[0] if documents else None


def load_all(
    text: str | bytes,
    *,
    source: str = "<string>",
    numbers: Literal["int", "float64"] = "int",
    unique_keys: bool = True,
) -> list[Any]:
    """Read every document of a text; arguments and errors are those of `load`."""
    reader = _Reader(text, source, numbers=numbers, unique_keys=unique_keys)
    return reader.read(first_only=False)


def go_message(error: YamlError) -> str:
    """Word a reader's error as go-yaml does: ``yaml: line 2: did not find ...``."""
    from yaml import MarkedYAMLError  # noqa: PLC0415 - start-up time
    from yaml.scanner import ScannerError  # noqa: PLC0415 - start-up time

    cause = error.__cause__
    if not isinstance(cause, MarkedYAMLError):
        is_json = error.problem.startswith("unsupported value")
        return f"{'json' if is_json else 'yaml'}: {error.problem}"
    marks = [m for m in (cause.problem_mark, cause.context_mark) if m and m.line]
    # It counts lines from 0, adds 1 for the scanner's errors only, and is silent
    # about line 0.
    line = marks[0].line if marks else 0
    if marks and marks[0] is cause.problem_mark and isinstance(cause, ScannerError):
        line += 1
    return f"yaml: {f'line {line}: ' if line else ''}{cause.problem}"


class _Anchored(NamedTuple):
    value: Any
    nodes: int


class _Open(NamedTuple):
    """What surrounds a collection that is being read."""

    collection: dict[str, Any] | list[Any] | None
    key: Any
    key_lines: dict[str, int] | None
    anchor: str | None
    nodes: int


class _Reader:
    """Builds values straight from libyaml's events.

    Composing nodes first would cost five times as much: they live long enough to
    make the garbage collector walk them.
    """

    def __init__(
        self,
        text: str | bytes,
        source: str,
        *,
        numbers: Literal["int", "float64"],
        unique_keys: bool,
    ) -> None:
        self.text = text
        self.source = source
        self.floats = numbers == "float64"
        self.unique_keys = unique_keys
        # None while the anchored collection is being read.
        self.anchors: dict[str, _Anchored | None] = {}
        self.nodes = 0
        self.aliased = 0

    def read(self, *, first_only: bool) -> list[Any]:
        from yaml import YAMLError  # noqa: PLC0415 - start-up time
        from yaml._yaml import CParser  # noqa: PLC0415 - start-up time

        text = self.text
        while True:
            parser = CParser(text)
            try:
                return self._documents(parser, first_only=first_only)
            except YAMLError as error:
                unescaped = _without_quote_escape(text, error)
                if unescaped is None:
                    # The cause is for go_message, which counts lines by its kind.
                    raise self._parser_fault(error) from error
                text = unescaped
            finally:
                parser.dispose()

    def _parser_fault(self, error: YAMLError) -> YamlError:
        from yaml import MarkedYAMLError  # noqa: PLC0415 - start-up time
        from yaml.reader import ReaderError  # noqa: PLC0415 - start-up time

        if isinstance(error, MarkedYAMLError):
            problem = error.problem or str(error)
            context = f" ({error.context})" if error.context else ""
            mark = error.problem_mark or error.context_mark
            hint = _hint(problem, context, *self._surroundings(error))
            return self._fault(f"{problem}{context}", mark, hint=hint)
        if isinstance(error, ReaderError):
            return self._encoding_fault(error.reason, error.position)
        return YamlError(str(error), location=None)

    def _surroundings(self, error: MarkedYAMLError) -> tuple[str, int]:
        """Give the text from the problem on, and the line of its context."""
        context, problem = error.context_mark, error.problem_mark
        rest = ""
        if problem is not None:
            lines = self._decoded().splitlines()
            rest = "".join(lines[problem.line : problem.line + 1])[problem.column :]
        return rest, context.line + 1 if context is not None else 0

    def _decoded(self) -> str:
        text = self.text
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else text

    def _encoding_fault(self, problem: str, position: int) -> YamlError:
        data = self.text.encode() if isinstance(self.text, str) else self.text
        lead = data[:position].decode("utf-8", "replace")
        line = lead.count("\n") + 1
        column = len(lead) - lead.rfind("\n")
        return YamlError(problem, location=SourceLocation(self.source, line, column))

    def _fault(self, problem: str, mark: Any, *, hint: str | None = None) -> YamlError:
        location = None
        if mark is not None:
            location = SourceLocation(self.source, mark.line + 1, mark.column + 1)
        return YamlError(problem, location=location, source=self._decoded(), hint=hint)

    def _documents(self, parser: Any, *, first_only: bool) -> list[Any]:  # noqa: C901, PLR0912, PLR0915 - the hottest loop of the product: calls would double its time
        from yaml import events  # noqa: PLC0415 - start-up time

        scalar, alias = events.ScalarEvent, events.AliasEvent
        mapping, sequence = events.MappingStartEvent, events.SequenceStartEvent
        mapping_end, sequence_end = events.MappingEndEvent, events.SequenceEndEvent
        document_start, document_end = (
            events.DocumentStartEvent,
            events.DocumentEndEvent,
        )
        stream_end = events.StreamEndEvent
        special, words, number_starts = SPECIAL_STARTS, WORDS, NUMBER_STARTS
        next_event = parser.get_event
        floats = self.floats
        documents: list[Any] = []
        stack: list[_Open] = []
        # The innermost open collection; in a mapping also the key whose value is
        # next, and the lines of the keys so far.
        current: Any = None
        key: Any = None
        key_lines: dict[str, int] | None = None
        while True:
            event = next_event()
            kind = event.__class__
            if kind is scalar:
                self.nodes += 1
                value: Any = event.value
                if event.tag is not None:
                    value = self._tagged(event, is_key=_is_key(current, key))
                elif event.implicit[0]:
                    if not value:
                        value = None
                    elif value[0] in special:
                        if value in words:
                            value = words[value]
                        elif value[0] in number_starts:
                            number = parse_number(value)
                            if number is not None:
                                value = number
                    elif value == "<<" and key is None and current.__class__ is dict:
                        value = _MERGE
                if event.anchor is not None:
                    self.anchors[event.anchor] = _Anchored(value, 1)
            elif kind is mapping_end or kind is sequence_end:
                value = current
                current, key, key_lines, anchor, before = stack.pop()
                if anchor is not None:
                    self.anchors[anchor] = _Anchored(value, self.nodes - before)
            elif kind is mapping or kind is sequence:
                self._check_start(event, len(stack), is_key=_is_key(current, key))
                stack.append(_Open(current, key, key_lines, event.anchor, self.nodes))
                self.nodes += 1
                key = None
                if kind is mapping:
                    current = {}
                    key_lines = {} if self.unique_keys else None
                else:
                    current = []
                continue
            elif kind is alias:
                value = self._expand(event)
            elif kind is document_end:
                if first_only:
                    return documents
                continue
            elif kind is stream_end:
                return documents
            else:
                if kind is document_start:
                    self._start_document(event)
                continue

            if current.__class__ is dict and key is None:
                key = value if value.__class__ is str else self._key(value, event)
                if key_lines is not None and key is not _MERGE:
                    if key in key_lines:
                        raise self._duplicate(key, key_lines[key], event)
                    key_lines[key] = event.start_mark.line + 1
                continue
            if value.__class__ is float:
                self._check_finite(value, event)
            elif floats and value.__class__ is int:
                value = float(value)
            if current.__class__ is dict:
                if key is _MERGE:
                    self._merge(current, value, event)
                else:
                    current[key] = value
                key = None
            elif current is None:
                documents.append(value)
            else:
                current.append(value)

    def _start_document(self, event: Event) -> None:
        self.anchors.clear()
        if getattr(event, "version", None) == (1, 2):
            raise self._fault(
                "found incompatible YAML document",
                event.start_mark,
                hint="Helm reads YAML 1.1: remove the %YAML line",
            )

    def _check_start(self, event: Any, depth: int, *, is_key: bool) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if is_key:
            raise self._fault(
                "a mapping or a sequence cannot be a key",
                event.start_mark,
                hint="put a value that begins with a bracket between quotes",
            )
        if depth >= MAX_DEPTH:
            raise self._fault(
                f"nested deeper than {MAX_DEPTH} levels", event.start_mark
            )

    def _duplicate(self, key: str, line: int, event: Event) -> YamlError:
        return self._fault(
            f'the key "{key}" stands twice in this mapping, first on line {line}',
            event.start_mark,
            hint="keep one of the two: Helm would silently use the last",
        )

    def _check_finite(self, value: float, event: Event) -> None:
        # JSON has no such number, and Helm goes through JSON.
        if not math.isfinite(value):
            name = "NaN" if math.isnan(value) else f"{value:+}".replace("inf", "Inf")
            raise self._fault(f"unsupported value: {name}", event.start_mark)

    def _key(self, value: Any, event: Event) -> Any:
        """Give a key that is no string as Helm names it."""
        if value is True or value is False:
            return "true" if value else "false"
        if value.__class__ is int and value < 1 << 63:
            return str(value)
        if value.__class__ is float:
            if math.isfinite(value):
                return format_float32(value)
            return ".nan" if math.isnan(value) else f"{value}".replace("inf", ".inf")
        if value is _MERGE:
            return value
        name = "null" if value is None else f"{value}"
        raise self._fault(f"{name} cannot be a key", event.start_mark)

    def _merge(self, into: dict[str, Any], value: Any, event: Event) -> None:
        # Of several, the first wins; all give way to what follows in the mapping.
        for source in reversed(value) if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise self._fault(
                    "map merge requires map or sequence of maps as the value",
                    event.start_mark,
                )
            into.update(source)

    def _expand(self, event: AliasEvent) -> Any:
        name = event.anchor
        if name not in self.anchors:
            raise self._fault(f"unknown anchor '{name}' referenced", event.start_mark)
        anchored = self.anchors[name]
        if anchored is None:
            raise self._fault(
                f"anchor '{name}' value contains itself", event.start_mark
            )
        self.nodes += anchored.nodes
        self.aliased += anchored.nodes
        if _is_excessive(self.aliased, self.nodes):
            raise self._fault("document contains excessive aliasing", event.start_mark)
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
        value = resolve(text)
        actual = _tag_of(value)
        if actual == "str" and is_timestamp(text):
            actual = "timestamp"
        if (tag, actual) == ("float", "int"):
            return float(value or 0)
        if tag != actual:
            raise self._fault(
                f"cannot decode !!{actual} `{text}` as a !!{tag}", event.start_mark
            )
        return value

    def _binary(self, event: ScalarEvent) -> str:
        try:
            data = base64.b64decode(event.value.replace("\n", ""), validate=True)
        except (binascii.Error, ValueError):
            raise self._fault(
                "!!binary value contains invalid base64 data", event.start_mark
            ) from None
        text: str = data.decode("utf-8", "replace")
        return text


def _is_key(current: Any, key: Any) -> bool:
    return key is None and current.__class__ is dict


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


def _hint(problem: str, context: str, rest: str, line: int) -> str | None:
    """Say what to do about libyaml's commonest complaints.

    Args:
        problem: What it found.
        context: What it was reading.
        rest: The text from the place of the problem on.
        line: The line on which what it was reading begins.
    """
    if "cannot start any token" in problem:
        if rest.startswith("\t"):
            return "indent with spaces: YAML allows no tabs there"
        return f"put the value between quotes, since it begins with {rest[:1]}"
    if problem.startswith("mapping values are not allowed"):
        return "put a value that holds a colon between quotes, or indent the next key"
    if "quoted scalar" in context and "end of stream" in problem:
        return f"close the quote that opens on line {line}"
    if "flow" in context:
        return f"close the bracket that opens on line {line}"
    if problem.startswith(("did not find expected", "could not find expected")):
        return "compare the indentation of this line with that of the lines above"
    return None
