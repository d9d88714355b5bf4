"""values.schema.json: does a chart accept its values?"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pypkg.chart.violations import type_name, violations
from pypkg.chart.warning import ignore
from pypkg.errors import ChartError, SchemaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsonschema.protocols import Validator
    from referencing import Resource

    from pypkg.chart.chart import Chart

# The place that relative references start from, as in Helm.
_BASE = "file:///values.schema.json"
# Names of "the latest draft", which charts made with old generators have.
_LATEST = ("http://json-schema.org/schema", "https://json-schema.org/schema")
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
                f"invalid type for values: expected object, got {type_name(below)}"
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
    from jsonschema import exceptions  # noqa: PLC0415 - start-up time
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - start-up time

    document = _parsed(schema, name)
    try:
        validator = _validator(document, name, fetch, warn)
        validator.check_schema(document)
        return violations(validator.iter_errors(values))
    except exceptions.SchemaError as error:
        raise ChartError(
            f"values.schema.json of chart {name} is no valid JSON Schema: "
            + violations([error])[0]
        ) from error
    except RecursionError as error:
        raise ChartError(
            f"values.schema.json of chart {name} refers to itself without end"
        ) from error
    except Unresolvable as error:
        raise ChartError(
            f"values.schema.json of chart {name} refers to {error.ref}, which cannot"
            f" be loaded: {_cause(error)}"
        ) from error


def _cause(error: BaseException) -> str:
    """Say why a reference failed: the transport's reason, if it was that."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) if isinstance(error, OSError | ValueError) else "it is not there"


def _parsed(schema: bytes, name: str) -> Any:
    try:
        document = json.loads(schema)
    except (ValueError, RecursionError) as error:
        raise ChartError(
            f"values.schema.json of chart {name} is no JSON: {error}"
        ) from error
    if not isinstance(document, dict | bool):
        raise ChartError(
            f"values.schema.json of chart {name} must hold an object or a boolean,"
            f" it is {type_name(document)}"
        )
    return document


def _validator(
    document: Any, name: str, fetch: Callable[[str], bytes], warn: Callable[[str], None]
) -> Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - start-up time
    from jsonschema.validators import validator_for  # noqa: PLC0415 - start-up time
    from referencing import Registry, Resource  # noqa: PLC0415 - start-up time
    from referencing.jsonschema import DRAFT202012  # noqa: PLC0415 - start-up time

    dialect = document.get("$schema") if isinstance(document, dict) else None
    kind: Any = Draft202012Validator
    if dialect is not None and str(dialect).rstrip("#") not in _LATEST:
        https = str(dialect).replace("https://json-schema.org/draft-", _DRAFT)
        unknown: Any = None
        kind = validator_for({"$schema": https}, default=unknown)
        if kind is None:
            raise ChartError(
                f"values.schema.json of chart {name} is written in {dialect}, which is"
                " not known",
                hint="drafts 4, 6, 7, 2019-09 and 2020-12 are",
            )

    def retrieve(uri: str) -> Resource[Any]:
        if uri.startswith("urn:"):
            warn(f"the schema of chart {name} refers to {uri}, which accepts anything")
            return DRAFT202012.create_resource(True)  # noqa: FBT003 - the schema `true`
        contents = json.loads(fetch(uri))
        return Resource.from_contents(contents, default_specification=DRAFT202012)

    options: dict[str, Any] = {"retrieve": retrieve}
    registry: Registry[Any] = Registry(**options).with_resource(
        _BASE, Resource.from_contents(document, default_specification=DRAFT202012)
    )
    asserts_formats = kind.META_SCHEMA.get("$schema", "").startswith(_DRAFT)
    validator: Validator = kind(
        {"$ref": _BASE},
        registry=registry,
        format_checker=_formats() if asserts_formats else None,
    )
    return validator


def _formats() -> Any:
    """Check the formats that drafts before 2019-09 assert; the others are notes."""
    from jsonschema import FormatChecker  # noqa: PLC0415 - start-up time

    checker = FormatChecker(("email", "ipv4", "ipv6", "date", "regex", "uuid"))
    for name, pattern in _FORMATS.items():

        def matches(value: object, pattern: str = pattern) -> bool:
            return not isinstance(value, str) or bool(re.fullmatch(pattern, value))

        checker.checks(name)(matches)
    return checker
