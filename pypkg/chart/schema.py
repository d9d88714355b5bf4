"""values.schema.json: does a chart accept its values?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pypkg.chart.warning import ignore
from pypkg.errors import ChartError, SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator
    from referencing import Resource

    from pypkg.chart.chart import Chart

# The place that relative references start from, as in Helm.
_BASE = "file:///values.schema.json"
_HTTP_SECONDS = 15
_DRAFT = "http://json-schema.org/draft-"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)"
_FORMATS = {
    "date-time": rf"\d{{4}}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])[Tt]{_TIME}",
    "hostname": rf"(?=.{{1,253}}\.?$){_LABEL}(?:\.{_LABEL})*\.?",
    "time": _TIME,
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*",
}


def fetch(url: str) -> bytes:
    """Get a schema that another refers to, by ``file:``, ``http:`` or ``https:``.

    Raises:
        OSError: It cannot be had.
    """
    import urllib.parse  # noqa: PLC0415 - start-up time
    from pathlib import Path  # noqa: PLC0415 - start-up time

    import requests  # noqa: PLC0415 - start-up time

    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "file":
        return Path(urllib.parse.unquote(parts.path)).read_bytes()
    if parts.scheme not in ("http", "https"):
        raise OSError(f"schemas are not loaded from {parts.scheme or 'there'}")
    # requests' errors are OSErrors.
    reply = requests.get(url, timeout=_HTTP_SECONDS)
    reply.raise_for_status()
    return reply.content


def validate(
    chart: Chart,
    values: dict[str, Any],
    *,
    fetch: Callable[[str], bytes] = fetch,
    warn: Callable[[str], None] = ignore,
) -> None:
    """Check the computed values against the schemas of a chart and its subcharts.

    Args:
        chart: The root, its dependencies processed.
        values: What :func:`pypkg.chart.coalesce.coalesce` gave for it.
        fetch: Gets a schema that one refers to; its OSErrors are explained.
        warn: Hears of ``urn:`` references, which accept everything, as in Helm.

    Raises:
        SchemaError: With every violation of every chart.
        ChartError: A schema is no JSON Schema, or refers to what cannot be had.
    """
    found: dict[str, list[str]] = {}
    _collect(chart, values, found, fetch, warn)
    if found:
        raise SchemaError(found)


def _collect(
    chart: Chart,
    values: dict[str, Any],
    found: dict[str, list[str]],
    fetch: Callable[[str], bytes],
    warn: Callable[[str], None],
) -> None:
    if chart.schema is not None:
        refused = check(chart.schema, values, name=chart.name, fetch=fetch, warn=warn)
        if refused:
            found.setdefault(chart.name, []).extend(refused)
    for subchart in chart.dependencies:
        below = values.get(subchart.name)
        if isinstance(below, dict):
            _collect(subchart, below, found, fetch, warn)
        elif below is not None:
            found.setdefault(subchart.name, []).append(
                "invalid type for values: expected object"
            )


def check(
    schema: bytes,
    values: dict[str, Any],
    *,
    name: str,
    fetch: Callable[[str], bytes] = fetch,
    warn: Callable[[str], None] = ignore,
) -> list[str]:
    """Check values against one schema.

    Args:
        schema: The text of a values.schema.json: draft 2020-12 unless it names
            another, 4 to 2020-12.
        values: The values.
        name: The chart's name, for errors.
        fetch: As for :func:`validate`.
        warn: As for :func:`validate`.

    Returns:
        Every violation, in words; [] for values that the schema accepts.

    Raises:
        ChartError: It is no JSON Schema, or refers to what cannot be had.
    """
    from pypkg.chart.acceptance import surely_accepts  # noqa: PLC0415 - start-up time

    document = _parsed(schema, name)
    if surely_accepts(document, values):
        return []
    from jsonschema import exceptions  # noqa: PLC0415 - start-up time
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - start-up time

    from pypkg.chart.violations import violations  # noqa: PLC0415 - start-up time

    subject = f"values.schema.json of chart {name}"
    try:
        validator = _validator(document, subject, fetch, warn)
        return violations(validator.iter_errors(values))
    except exceptions.SchemaError as error:
        reason = violations([error])[0]
        raise ChartError(f"{subject} is no valid JSON Schema: {reason}") from error
    except RecursionError as error:
        raise ChartError(f"{subject} refers to itself without end") from error
    except Unresolvable as error:
        raise ChartError(
            f"{subject} refers to {error.ref}, which cannot be loaded: {_cause(error)}"
        ) from error


def _cause(error: BaseException) -> str:
    """Say why a reference failed: the transport's reason, if it was that."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) if isinstance(error, OSError | ValueError) else "it is not there"


def _parsed(schema: bytes, name: str) -> Any:
    import json  # noqa: PLC0415 - start-up time

    try:
        document = json.loads(schema)
    except (ValueError, RecursionError) as error:
        raise ChartError(
            f"values.schema.json of chart {name} is no JSON: {error}"
        ) from error
    if not isinstance(document, dict | bool):
        raise ChartError(
            f"values.schema.json of chart {name} must hold an object or a boolean"
        )
    return document


def _validator(
    document: Any,
    subject: str,
    fetch: Callable[[str], bytes],
    warn: Callable[[str], None],
) -> Validator:
    import json  # noqa: PLC0415 - start-up time

    from jsonschema.validators import extend  # noqa: PLC0415 - start-up time
    from referencing import Registry, Resource  # noqa: PLC0415 - start-up time
    from referencing.jsonschema import specification_with  # noqa: PLC0415 - start-up time

    kind = _draft(document, subject)
    kind.check_schema(document)
    if isinstance(document, dict):
        # Below a named dialect the library would go back to its own classes.
        document = {key: part for key, part in document.items() if key != "$schema"}
    dialect = str(kind.META_SCHEMA["$schema"])
    specification = specification_with(dialect)

    def retrieve(uri: str) -> Resource[Any]:
        if uri.startswith("urn:"):
            warn(f"{subject} refers to {uri}, which accepts anything")
            return specification.create_resource(True)  # noqa: FBT003 - the schema `true`
        contents = json.loads(fetch(uri))
        return Resource.from_contents(contents, default_specification=specification)

    options: dict[str, Any] = {"retrieve": retrieve}
    registry: Registry[Any] = Registry(**options).with_resource(
        _BASE, specification.create_resource(document)
    )
    with_go_patterns = extend(kind, {"pattern": _pattern})  # type: ignore[no-untyped-call] # published without types
    validator: Validator = with_go_patterns(
        {"$ref": _BASE},
        registry=registry,
        format_checker=_formats() if dialect.startswith(_DRAFT) else None,
    )
    return validator


def _draft(document: Any, subject: str) -> Any:
    """Choose the library's class for a schema's ``$schema``."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - start-up time
    from jsonschema.validators import validator_for  # noqa: PLC0415 - start-up time

    from pypkg.chart.acceptance import LATEST  # noqa: PLC0415 - start-up time

    dialect = document.get("$schema") if isinstance(document, dict) else None
    if dialect is None or str(dialect).rstrip("#") in LATEST:
        return Draft202012Validator
    unknown: Any = None
    known = str(dialect).replace("https://json-schema.org/draft-", _DRAFT)
    kind = validator_for({"$schema": known}, default=unknown)
    if kind is None:
        raise ChartError(
            f"{subject} is written in {dialect}, which is not known",
            hint="drafts 4, 6, 7, 2019-09 and 2020-12 are",
        )
    return kind


def _pattern(
    _validator: Validator, pattern: str, value: object, _schema: object
) -> Iterator[ValidationError]:
    """Match as Go does: without backtracking, so that no pattern can hang."""
    from jsonschema import exceptions  # noqa: PLC0415 - start-up time

    from pypkg.regexp import compiled  # noqa: PLC0415 - start-up time

    try:
        if not isinstance(value, str) or compiled(pattern).search(value):
            return
    except ValueError as error:
        raise exceptions.SchemaError(
            str(error), validator="format", validator_value="regex", instance=pattern
        ) from error
    yield exceptions.ValidationError(f"does not match {pattern}")


def _formats() -> Any:
    """Check the formats that drafts before 2019-09 assert; the others are notes."""
    from jsonschema import FormatChecker  # noqa: PLC0415 - start-up time

    checker = FormatChecker(("email", "ipv4", "ipv6", "date", "regex", "uuid"))
    for name, pattern in _FORMATS.items():

        def matches(value: object, pattern: str = pattern) -> bool:
            return not isinstance(value, str) or bool(re.fullmatch(pattern, value))

        checker.checks(name)(matches)
    return checker
