"""A chart's other files, as templates read them: ``.Files``."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, ClassVar

from pypkg import yamlio
from pypkg.render.engine import GoObject
from pypkg.render.functions.goprint import StringSlice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Files(dict[str, bytes], GoObject):
    """The files of a chart that are no templates, by their paths in the chart."""

    __slots__ = ()

    go_type: ClassVar[str] = "engine.files"
    go_kind: ClassVar[str] = "map"
    go_methods: ClassVar[Mapping[str, str]] = {
        "AsConfig": "as_config",
        "AsSecrets": "as_secrets",
        "Get": "text",
        "GetBytes": "data",
        "Glob": "glob",
        "Lines": "lines",
    }

    def data(self, name: str) -> bytes:
        """Give a file's bytes; none where there is no such file."""
        return dict.get(self, name, b"")

    def text(self, name: str) -> str:
        """Give a file's text; none where there is no such file."""
        return self.data(name).decode("utf-8", "surrogateescape")

    def lines(self, name: str) -> StringSlice:
        """Give a file's lines, without the empty one after a final line end."""
        text = self.text(name)
        return StringSlice(text.removesuffix("\n").split("\n") if text else [])

    def glob(self, pattern: str) -> Files:
        """Give the files whose paths match; see :func:`glob_pattern`."""
        try:
            matches = glob_pattern(pattern)
        except ValueError:
            return Files(self)  # as Helm: a malformed pattern matches all
        return Files((n, data) for n, data in self.items() if matches.fullmatch(n))

    def as_config(self) -> str:
        """Give YAML for a ConfigMap's ``data``: file names and texts."""
        return _yaml({posixpath.basename(n): self.text(n) for n in sorted(self)})

    def as_secrets(self) -> str:
        """Give YAML for a Secret's ``data``: file names and base64."""
        import base64  # noqa: PLC0415 - start-up time

        return _yaml(
            {
                posixpath.basename(name): base64.b64encode(self[name]).decode("ascii")
                for name in sorted(self)
            }
        )


def glob_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a file pattern as gobwas/glob reads it, with ``/`` as separator.

    ``*`` and ``?`` stop at separators and ``**`` does not; ``[abc]``, ``[a-z]`` and
    ``[!a]`` are classes, ``{a,b}`` alternatives, a backslash escapes.

    Raises:
        ValueError: The pattern is malformed.
    """
    return re.compile("".join(_Glob(pattern).translated()), re.DOTALL)


class _Glob:
    """Turns a glob into a regular expression, token by token."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def translated(self) -> Iterator[str]:
        while self._at < len(self._pattern):
            yield self._token(self._next())
        # What is open at the end is closed there.
        yield ")" * self._depth

    def _token(self, char: str) -> str:
        if char == "{":
            self._depth += 1
            return "(?:"
        if self._depth and char in ",}":
            self._depth -= char == "}"
            return "|" if char == "," else ")"
        if char == "*":
            is_super = self._pattern.startswith("*", self._at)
            self._at += is_super
            return ".*" if is_super else "[^/]*"
        if char == "[":
            return self._class()
        return "[^/]" if char == "?" else re.escape(self._unescaped(char))

    def _class(self) -> str:
        negated = "^" if self._pattern.startswith("!", self._at) else ""
        self._at += len(negated)
        if self._pattern.startswith("-", self._at + 1):
            low, _, high = self._next(), self._next(), self._next()
            if high < low or self._next() != "]":
                raise ValueError(self._pattern)
            return f"[{negated}{re.escape(low)}-{re.escape(high)}]"
        chars = ""
        while (char := self._next()) != "]":
            chars += re.escape(self._unescaped(char))
        if not chars:
            raise ValueError(self._pattern)
        return f"[{negated}{chars}]"

    def _unescaped(self, char: str) -> str:
        if char != "\\":
            return char
        return self._next() if self._at < len(self._pattern) else ""

    def _next(self) -> str:
        if self._at >= len(self._pattern):
            raise ValueError(self._pattern)
        self._at += 1
        return self._pattern[self._at - 1]


def _yaml(data: Mapping[str, Any]) -> str:
    return yamlio.dump(data).removesuffix("\n")
