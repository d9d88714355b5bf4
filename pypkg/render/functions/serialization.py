"""YAML, JSON and TOML, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pypkg import jsonio, yamlio
from pypkg.errors import YamlError
from pypkg.render.engine import GoObject
from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import type_name
from pypkg.render.functions.gostrings import encode

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction

_TOO_DEEP = "the value is nested too deeply, or holds itself"
_YAML_DECODER = "error unmarshaling JSON: while decoding JSON: "
_MAP, _LIST = "map[string]interface {}", "[]interface {}"


def plain(value: Any) -> Any:
    """Give what a Go object is in JSON and YAML.

    Raises:
        FunctionError: It has no such form.
    """
    if isinstance(value, bytes):
        import base64  # noqa: PLC0415 - start-up time

        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Sequence):
        return list(value)
    if isinstance(value, GoObject):
        if hasattr(value, "json"):
            return value.json()
        names = {name: value.go_json_names.get(name, name) for name in value.go_fields}
        return MappingProxyType({names[name]: value.get(name) for name in names})
    raise FunctionError(f"json: unsupported type: {type_name(value)}")


def _plain_pretty(value: Any) -> Any:
    """Give what a Go object is to go-yaml v3.

    It lowers the names of fields, and knows moments: these are not quoted.
    """
    if isinstance(value, GoObject) and value.go_fields and not hasattr(value, "json"):
        fields = {name.lower(): value.get(name) for name in value.go_fields}
        return MappingProxyType(fields)
    if type_name(value) == "time.Time":
        return yamlio.PlainText(plain(value))
    return plain(value)


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
    except RecursionError:
        raise FunctionError(_TOO_DEEP) from None


def to_yaml_pretty(value: Any) -> str:
    """Write as YAML with the items of lists indented."""
    try:
        return yamlio.dump_pretty(value, default=_plain_pretty).removesuffix("\n")
    except (FunctionError, RecursionError):
        return ""


def from_yaml(text: str) -> dict[str, Any]:
    """Read a YAML map; numbers are float64. An error becomes the key ``Error``."""
    try:
        return dict(_expect(_read_yaml(text), dict))
    except FunctionError as error:
        return {"Error": str(error)}


def from_yaml_array(text: str) -> list[Any]:
    """Read a YAML list; an error becomes its only item."""
    try:
        return list(_expect(_read_yaml(text), list))
    except FunctionError as error:
        return [str(error)]


def _read_yaml(text: str) -> Any:
    try:
        return yamlio.load(encode(text), numbers="float64", unique_keys=False)
    except YamlError as error:
        raise FunctionError(
            f"error converting YAML to JSON: {yamlio.go_message(error)}"
        ) from None


def _expect(value: Any, wanted: type, *, decoder: str = _YAML_DECODER) -> Any:
    if value is None:
        return wanted()
    if isinstance(value, wanted):
        return value
    raise FunctionError(
        f"{decoder}json: cannot unmarshal {_json_kind(value)} into Go value of type"
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
    except RecursionError:
        raise FunctionError(_TOO_DEEP) from None


def from_json(text: str) -> dict[str, Any]:
    """Read a JSON object; numbers are float64. An error becomes the key ``Error``."""
    try:
        value, problem = _read_json(text, dict)
    except FunctionError as error:
        return {"Error": str(error)}
    return {**value, "Error": problem} if problem else value


def from_json_array(text: str) -> list[Any]:
    """Read a JSON list; an error becomes its only item."""
    try:
        value, problem = _read_json(text, list)
    except FunctionError as error:
        return [str(error)]
    return [problem] if problem else value


def _read_json(text: str, wanted: type) -> tuple[Any, str]:
    """Read JSON of a kind; say too what is wrong with a number in it, if anything."""
    problem = ""
    try:
        value = jsonio.loads(text, numbers="float64")
    except jsonio.NumberError as error:
        value, problem = error.value, str(error)
    except ValueError as error:
        raise FunctionError(str(error)) from None
    return _expect(value, wanted, decoder=""), problem


def must_from_json(text: str) -> Any:
    """Read JSON of any kind; numbers are float64. A fault is an error."""
    try:
        return jsonio.loads(text, numbers="float64")
    except ValueError as error:
        raise FunctionError(str(error)) from None


def to_toml(value: Any) -> str:
    """Write as TOML, with its final newline; give the text of an error."""
    from pypkg.render.functions import toml  # noqa: PLC0415 - start-up time

    try:
        return must_to_toml(value)
    except toml.UnsupportedError as error:
        return str(error)


def must_to_toml(value: Any) -> str:
    """Write as TOML, final newline included; what it cannot hold is an error."""
    from pypkg.render.functions import toml  # noqa: PLC0415 - start-up time

    try:
        return toml.dumps(value)
    except RecursionError:
        raise FunctionError(_TOO_DEEP) from None


def from_toml(text: str) -> dict[str, Any]:
    """Read TOML; whole numbers are int64. An error becomes the key ``Error``."""
    from pypkg.render.functions import toml  # noqa: PLC0415 - start-up time

    try:
        return toml.loads(text)
    except FunctionError as error:
        return {"Error": str(error)}


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
