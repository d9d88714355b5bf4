"""YAML, JSON and TOML, both ways."""

from __future__ import annotations

import base64
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pypkg import jsonio, yamlio
from pypkg.errors import YamlError
from pypkg.render.engine import GoObject
from pypkg.render.functions import toml
from pypkg.render.functions.dates import Moment
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import type_name
from pypkg.render.functions.gostrings import encode
from pypkg.values.int64 import Int64

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from pypkg.render.functions.signature import TemplateFunction

_MAP, _LIST = "map[string]interface {}", "[]interface {}"


def plain(value: Any) -> Any:
    """Give what a Go object is in JSON and YAML.

    Raises:
        FunctionError: It has no such form.
    """
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Moment):
        return value.json()
    if isinstance(value, GoObject):
        if hasattr(value, "json"):
            return value.json()
        names = {name: value.go_json_names.get(name, name) for name in value.go_fields}
        return MappingProxyType({names[name]: value.get(name) for name in names})
    raise FunctionError(f"json: unsupported type: {type_name(value)}")


def to_yaml(value: Any) -> str:
    """Write as YAML without a final newline; ``""`` for what YAML cannot hold."""
    try:
        return must_to_yaml(value)
    except FunctionError:
        return ""


def must_to_yaml(value: Any) -> str:
    """Write as YAML without a final newline; what YAML cannot hold is an error."""
    try:
        return yamlio.dump(value, default=plain).removesuffix("\n")
    except ValueError as error:
        raise FunctionError(f"error marshaling into JSON: json: {error}") from None


def to_yaml_pretty(value: Any) -> str:
    """Write as YAML with the items of lists indented."""
    try:
        return yamlio.dump_pretty(value, default=plain).removesuffix("\n")
    except FunctionError:
        return ""


def from_yaml(text: str) -> dict[str, Any]:
    """Read a YAML map; numbers are float64. An error becomes the key ``Error``."""
    try:
        return _expect(_read_yaml(text), dict)
    except FunctionError as error:
        return {"Error": str(error)}


def from_yaml_array(text: str) -> list[Any]:
    """Read a YAML list; an error becomes its only item."""
    try:
        return _expect(_read_yaml(text), list)
    except FunctionError as error:
        return [str(error)]


def _read_yaml(text: str) -> Any:
    try:
        return yamlio.load(encode(text), numbers="float64", unique_keys=False)
    except YamlError as error:
        raise FunctionError(
            f"error converting YAML to JSON: {yamlio.go_message(error)}"
        ) from None


def _expect(value: Any, wanted: type, *, prefix: str = "") -> Any:
    if value is None:
        return wanted()
    if isinstance(value, wanted):
        return value
    raise FunctionError(
        f"{prefix or 'error unmarshaling JSON: while decoding JSON: '}"
        f"json: cannot unmarshal {_json_kind(value)} into Go value of type"
        f" {_MAP if wanted is dict else _LIST}"
    )


def _json_kind(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case float() | int():
            return "number"
        case str():
            return "string"
    return "array" if isinstance(value, list) else "object"


def to_json(value: Any) -> str:
    """Write as JSON on one line, ``<>&`` escaped; ``""`` for what JSON cannot hold."""
    return _or_empty(must_to_json, value)


def must_to_json(value: Any) -> str:
    """Write as JSON on one line, ``<>&`` escaped; what JSON cannot hold is an error."""
    return _write_json(value, indent=None, escape_html=True)


def to_pretty_json(value: Any) -> str:
    """Write as JSON indented by 2, ``<>&`` escaped; ``""`` for what it cannot hold."""
    return _or_empty(must_to_pretty_json, value)


def must_to_pretty_json(value: Any) -> str:
    """Write as JSON indented by 2, ``<>&`` escaped; what it cannot hold is an error."""
    return _write_json(value, indent="  ", escape_html=True)


def to_raw_json(value: Any) -> str:
    """Write as JSON on one line, nothing escaped; an error for what it cannot hold."""
    return _write_json(value, indent=None, escape_html=False)


def _or_empty(function: TemplateFunction, value: Any) -> str:
    try:
        text: str = function(value)
    except FunctionError:
        return ""
    return text


def _write_json(value: Any, *, indent: str | None, escape_html: bool) -> str:
    try:
        return jsonio.dumps(
            value, indent=indent, escape_html=escape_html, default=plain
        )
    except ValueError as error:
        raise FunctionError(f"json: {error}") from None


def from_json(text: str) -> dict[str, Any]:
    """Read a JSON object; numbers are float64. An error becomes the key ``Error``."""
    try:
        return _expect(must_from_json(text), dict, prefix=" ").copy()
    except FunctionError as error:
        return {"Error": str(error).strip()}


def from_json_array(text: str) -> list[Any]:
    """Read a JSON list; an error becomes its only item."""
    try:
        return _expect(must_from_json(text), list, prefix=" ")
    except FunctionError as error:
        return [str(error).strip()]


def must_from_json(text: str) -> Any:
    """Read JSON of any kind; numbers are float64. A fault is an error."""
    try:
        return jsonio.loads(text, numbers="float64")
    except ValueError as error:
        raise FunctionError(str(error)) from None


def to_toml(value: Any) -> str:
    """Write as TOML, final newline included; the error's text for what it cannot hold."""
    try:
        return toml.dumps(value)
    except FunctionError as error:
        if value is None:
            raise
        return str(error)


def must_to_toml(value: Any) -> str:
    """Write as TOML, final newline included; what it cannot hold is an error."""
    return toml.dumps(value)


def from_toml(text: str) -> dict[str, Any]:
    """Read TOML; whole numbers are int64. An error becomes the key ``Error``."""
    import tomllib  # noqa: PLC0415 - start-up time

    try:
        return {key: _from_toml(value) for key, value in tomllib.loads(text).items()}
    except tomllib.TOMLDecodeError as error:
        return {"Error": f"toml: {error}"}


def _from_toml(value: Any) -> Any:
    match value:
        case dict():
            return {key: _from_toml(item) for key, item in value.items()}
        case list():
            return [_from_toml(item) for item in value]
        case bool() | str() | float():
            return value
        case int():
            return Int64(value)
    return _moment(value)


def _moment(value: datetime | date | time) -> Moment:
    from datetime import date, datetime, time, timedelta, timezone  # noqa: PLC0415 - start-up time

    # The reader names the zones of what has none in the text.
    match value:
        case datetime(tzinfo=None):
            zone = timezone(timedelta(0), "datetime-local")
            return Moment.of(value.replace(tzinfo=zone))
        case datetime():
            return Moment.of(value)
        case date():
            zone = timezone(timedelta(0), "date-local")
            return Moment.of(datetime.combine(value, time(tzinfo=zone)))
    zone = timezone(timedelta(0), "time-local")
    return Moment.of(datetime.combine(date.min, value.replace(tzinfo=zone)))


FUNCTIONS: dict[str, TemplateFunction] = {
    "fromJson": from_json,
    "fromJsonArray": from_json_array,
    "fromToml": from_toml,
    "fromYaml": from_yaml,
    "fromYamlArray": from_yaml_array,
    "mustFromJson": must_from_json,
    "mustToJson": must_to_json,
    "mustToPrettyJson": must_to_pretty_json,
    "mustToRawJson": to_raw_json,
    "mustToToml": must_to_toml,
    "mustToYaml": must_to_yaml,
    "toJson": to_json,
    "toPrettyJson": to_pretty_json,
    "toRawJson": to_raw_json,
    "toToml": to_toml,
    "toYaml": to_yaml,
    "toYamlPretty": to_yaml_pretty,
}
