"""YAML to Python, with the meaning that Helm gives it."""

from __future__ import annotations

from typing import Any, Literal

from pypkg.yamlio import plain


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
    documents = _documents(
        text, source, numbers=numbers, unique_keys=unique_keys, first_only=True
    )
    return documents[0] if documents else None


def load_all(
    text: str | bytes,
    *,
    source: str = "<string>",
    numbers: Literal["int", "float64"] = "int",
    unique_keys: bool = True,
) -> list[Any]:
    """Read every document of a text; arguments and errors are those of `load`."""
    return _documents(
        text, source, numbers=numbers, unique_keys=unique_keys, first_only=False
    )


def _documents(
    text: str | bytes,
    source: str,
    *,
    numbers: Literal["int", "float64"],
    unique_keys: bool,
    first_only: bool,
) -> list[Any]:
    """Read by lines what is plain, and by libyaml's events what is not."""
    try:
        decoded = text if isinstance(text, str) else text.decode()
    except UnicodeDecodeError:
        documents = None
    else:
        documents = plain.read(decoded, floats=numbers == "float64")
    if documents is not None:
        return documents
    from pypkg.yamlio.events import EventReader  # noqa: PLC0415 - start-up time

    reader = EventReader(text, source, numbers=numbers, unique_keys=unique_keys)
    return reader.read(first_only=first_only)
