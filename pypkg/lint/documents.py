"""Reading YAML for rules: once strictly, and if that fails as Helm does."""

from __future__ import annotations

from typing import Any

from pypkg import yamlio
from pypkg.errors import YamlError


def read(text: bytes | str, source: str) -> tuple[list[Any], YamlError | None]:
    """Read the documents of a text.

    Args:
        text: YAML.
        source: What errors call it.

    Returns:
        The documents; and the error about a key that stands twice, of which the last
        one was taken, or None.

    Raises:
        YamlError: The text does not parse.
    """
    try:
        return yamlio.load_all(text, source=source), None
    except YamlError as error:
        return yamlio.load_all(text, source=source, unique_keys=False), error
