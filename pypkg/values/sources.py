"""Where a user's values come from, and which of them wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.errors import StrvalsError, ValuesError
from pypkg.structs import Struct
from pypkg.values.merge import merge

if TYPE_CHECKING:
    from collections.abc import Callable

    from pypkg.values.strvals import Mode


class ValueSources(Struct):
    """The options that give values, each in the order of the command line.

    Later kinds win over earlier ones wherever they stand on the command line.

    Attributes:
        files: ``--values``: paths, URLs or ``-``.
        set_json: ``--set-json``: ``name=JSON,...``, or one JSON object.
        set: ``--set``: ``name=value,...`` with types.
        set_string: ``--set-string``: ``name=value,...`` as text.
        set_file: ``--set-file``: ``name=path,...`` with the file's text.
        set_literal: ``--set-literal``: ``name=text``.
    """

    files: tuple[str, ...] = ()
    set_json: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    set_string: tuple[str, ...] = ()
    set_file: tuple[str, ...] = ()
    set_literal: tuple[str, ...] = ()

    def load(self, read: Callable[[str], bytes]) -> dict[str, Any]:
        """Read and merge all of them.

        Args:
            read: Gives the bytes behind a path, a URL or ``-``; its errors pass.

        Returns:
            A tree that belongs to the caller. Nulls are kept: they delete defaults.

        Raises:
            YamlError: A file does not parse, or repeats a key.
            ValuesError: A file or JSON text holds no mapping.
            StrvalsError: A ``--set`` text does not parse.
        """
        values: dict[str, Any] = {}
        for name in self.files:
            values = merge(values, _read_file(name, read))
        if self._has_expressions():
            values = self._with_expressions(values, read)
        return values

    def _has_expressions(self) -> bool:
        return any(
            (self.set_json, self.set, self.set_string, self.set_file, self.set_literal)
        )

    def _with_expressions(
        self, values: dict[str, Any], read: Callable[[str], bytes]
    ) -> dict[str, Any]:
        """Set in the values, or in a copy, what stands on the command line itself."""
        from pypkg.values.strvals import parse_into  # noqa: PLC0415 - start-up time

        for text in self.set_json:
            if text.strip().startswith("{"):
                values = merge(values, _json_object(text))
            else:
                parse_into(text, values, mode="json")

        def read_text(path: str) -> str:
            # Bytes that are no UTF-8 survive, for b64enc.
            return read(path).decode("utf-8", "surrogateescape")

        settings: tuple[tuple[Mode, tuple[str, ...]], ...] = (
            ("typed", self.set),
            ("string", self.set_string),
            ("file", self.set_file),
            ("literal", self.set_literal),
        )
        for mode, expressions in settings:
            for text in expressions:
                parse_into(text, values, mode=mode, read_file=read_text)
        return values


def _read_file(name: str, read: Callable[[str], bytes]) -> dict[str, Any]:
    """Read a values file; several documents in it are merged in order."""
    source = "standard input" if name.strip() == "-" else name
    values: dict[str, Any] = {}
    for document in yamlio.load_all(read(name), source=source):
        if document is None:
            continue
        if not isinstance(document, dict):
            kind = "a list" if isinstance(document, list) else "a single value"
            raise ValuesError(
                f"{source} must hold a mapping (key: value), it is {kind}",
                hint="put the values under keys, as in the chart's values.yaml",
            )
        values = merge(values, document)
    return values


def _json_object(text: str) -> dict[str, Any]:
    import json  # noqa: PLC0415 - start-up time

    from pypkg import jsonio  # noqa: PLC0415 - start-up time

    try:
        values = jsonio.loads(text)
    except json.JSONDecodeError as error:
        raise StrvalsError(
            text, error.pos + 1, f"not JSON: {error.msg}", option="--set-json"
        ) from error
    except (ValueError, RecursionError) as error:
        raise StrvalsError(
            text, 1, f"not JSON: {error}", option="--set-json"
        ) from error
    if not isinstance(values, dict):
        raise StrvalsError(text, 1, "not a JSON object", option="--set-json")
    return values
