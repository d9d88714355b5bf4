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
    parse_number,
    resolve,
)

if TYPE_CHECKING:
    from yaml import Mark
    from yaml.events import ScalarEvent

MAX_DEPTH = 500
_TAG = "tag:yaml.org,2002:"
_MERGE = object()


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
            float, as Helm's do in templates.
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
        return f"yaml: {error.problem}"
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
        self.anchors: dict[str, _Anchored | None] = {}
        self.nodes = 0
        self.aliased = 0

    def read(self, *, first_only: bool) -> list[Any]:
        from yaml import MarkedYAMLError, YAMLError  # noqa: PLC0415 - start-up time
        from yaml.cyaml import CParser  # noqa: PLC0415 - start-up time

        try:
            parser = CParser(self.text)
            try:
                return self._documents(parser, first_only=first_only)
            finally:
                parser.dispose()
        except MarkedYAMLError as error:
            problem = error.problem or str(error)
            if error.context:
                problem = f"{problem} ({error.context})"
            mark = error.problem_mark or error.context_mark
            # The cause is for go_message, which counts lines by its kind.
            raise self.fault(problem, mark) from error
        except YAMLError as error:
            raise YamlError(f"{self.source}: {error}") from None

    def fault(
        self, problem: str, mark: Mark | None, *, hint: str | None = None
    ) -> YamlError:
        text = self.text
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        location = None
        if mark is not None:
            location = SourceLocation(self.source, mark.line + 1, mark.column + 1)
        return YamlError(problem, location=location, source=text, hint=hint)

    def _documents(self, parser: Any, *, first_only: bool) -> list[Any]:  # noqa: C901, PLR0912, PLR0915 - the hot loop
        from yaml import events  # noqa: PLC0415 - start-up time

        scalar, alias = events.ScalarEvent, events.AliasEvent
        mapping, sequence = events.MappingStartEvent, events.SequenceStartEvent
        mapping_end, sequence_end = events.MappingEndEvent, events.SequenceEndEvent
        document_end, stream_end = events.DocumentEndEvent, events.StreamEndEvent
        special, words, number_starts = SPECIAL_STARTS, WORDS, NUMBER_STARTS
        next_event = parser.get_event
        documents: list[Any] = []
        # The open collections: (collection, pending key, anchor, nodes before it,
        # whether it is a merge value).
        stack: list[tuple[Any, Any, str | None, int, dict[str, int] | None]] = []
        current: Any = None
        key: Any = None
        lines: dict[str, int] | None = None
        anchor: str | None
        while True:
            event = next_event()
            kind = event.__class__
            if kind is scalar:
                self.nodes += 1
                value: Any = event.value
                if event.tag is None and event.implicit[0]:
                    if not value:
                        value = None
                    elif value[0] in special:
                        if value in words:
                            value = words[value]
                        elif value[0] in number_starts:
                            number = parse_number(value)
                            if number is not None:
                                value = number
                    elif value == "<<":
                        value = (
                            _MERGE
                            if key is None and current.__class__ is dict
                            else "<<"
                        )
                elif event.tag is not None:
                    value = self._tagged(event)
                if event.anchor is not None:
                    self.anchors[event.anchor] = _Anchored(value, 1)
            elif kind is mapping_end or kind is sequence_end:
                value = current
                finished = stack.pop()
                current, key, anchor, before, lines = finished
                if anchor is not None:
                    self.anchors[anchor] = _Anchored(value, self.nodes - before)
            elif kind is mapping or kind is sequence:
                if event.anchor is not None:
                    self.anchors[event.anchor] = None
                if key is None and current.__class__ is dict:
                    raise self.fault(
                        "a mapping or a sequence cannot be a key", event.start_mark
                    )
                if len(stack) >= MAX_DEPTH:
                    raise self.fault(
                        f"nested deeper than {MAX_DEPTH} levels", event.start_mark
                    )
                stack.append((current, key, event.anchor, self.nodes, lines))
                self.nodes += 1
                current = {} if kind is mapping else []
                key = None
                lines = {} if kind is mapping and self.unique_keys else None
                continue
            elif kind is alias:
                value = self._expand(event)
            elif kind is document_end:
                continue
            elif kind is stream_end:
                return documents
            else:
                self.anchors.clear()
                continue

            # A whole value: put it where it belongs.
            if current.__class__ is dict:
                if key is None:
                    key = value if value.__class__ is str else self._key(value, event)
                    if lines is not None and key is not _MERGE:
                        if key in lines:
                            raise self.fault(
                                f'the key "{key}" stands twice in this mapping, first'
                                f" on line {lines[key]}",
                                event.start_mark,
                            )
                        lines[key] = event.start_mark.line + 1
                elif key is _MERGE:
                    self._merge(current, value, event)
                    key = None
                else:
                    if value.__class__ is float or (
                        value.__class__ is int and self.floats
                    ):
                        value = self._number(value, event)
                    current[key] = value
                    key = None
            else:
                if value.__class__ is float or (value.__class__ is int and self.floats):
                    value = self._number(value, event)
                if current is None:
                    documents.append(value)
                    if first_only:
                        return documents
                else:
                    current.append(value)

    def _number(self, value: float, event: Any) -> float:
        if not math.isfinite(value):
            # JSON has no such number, and Helm goes through JSON.
            raise self.fault(f"unsupported value: {value}", event.start_mark)
        return float(value)

    def _key(self, value: Any, event: Any) -> Any:
        match value:
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case float():
                if math.isnan(value):
                    return ".nan"
                if math.isinf(value):
                    return ".inf" if value > 0 else "-.inf"
                return format_float32(value)
            case None:
                raise self.fault("null cannot be a key", event.start_mark)
            case str() | object() if value is _MERGE or isinstance(value, str):
                return value
        raise self.fault("a mapping or a sequence cannot be a key", event.start_mark)

    def _merge(self, into: dict[str, Any], value: Any, event: Any) -> None:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise self.fault(
                    "map merge requires map or sequence of maps as the value",
                    event.start_mark,
                )
            into.update(source)

    def _expand(self, event: Any) -> Any:
        name = event.anchor
        if name not in self.anchors:
            raise self.fault(f"unknown anchor '{name}' referenced", event.start_mark)
        anchored = self.anchors[name]
        if anchored is None:
            raise self.fault(f"anchor '{name}' value contains itself", event.start_mark)
        self.nodes += anchored.nodes
        self.aliased += anchored.nodes
        if excessive(self.aliased, self.nodes):
            raise self.fault("document contains excessive aliasing", event.start_mark)
        return _copy(anchored.value)

    def _tagged(self, event: ScalarEvent) -> Any:
        tag = event.tag.removeprefix(_TAG)
        text: str = event.value
        if tag == "binary":
            try:
                return base64.b64decode(text.replace("\n", ""), validate=True).decode(
                    "utf-8", "replace"
                )
            except (binascii.Error, ValueError):
                raise self.fault(
                    "!!binary value contains invalid base64 data", event.start_mark
                ) from None
        if tag not in {"int", "float", "bool", "null"}:
            return text
        value = resolve(text)
        match tag, value:
            case ("bool", bool()) | ("null", None) | ("float", float()):
                return value
            case ("int", int()) if not isinstance(value, bool):
                return value
            case ("float", int()) if not isinstance(value, bool):
                return float(value)
        raise self.fault(f"cannot decode `{text}` as a !!{tag}", event.start_mark)


def excessive(aliased: int, nodes: int) -> bool:
    """Apply go-yaml's limit: small documents may be mostly aliases, large ones not."""
    if nodes <= 100 or aliased <= 1000:  # noqa: PLR2004 - go-yaml's thresholds
        return False
    low, high = 400_000, 4_000_000
    share = min(max((nodes - low) / (high - low), 0.0), 1.0)
    return aliased / nodes > 0.99 - 0.89 * share


def _copy(value: Any) -> Any:
    if value.__class__ is dict:
        return {key: _copy(item) for key, item in value.items()}
    if value.__class__ is list:
        return [_copy(item) for item in value]
    return value
