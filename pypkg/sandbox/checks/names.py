"""The forms that names, labels and keys may have, and how a wrong one is explained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_NAME})?"
_KEY = "[-._a-zA-Z0-9]+"
_LABEL_LENGTH = 63
_SUBDOMAIN_LENGTH = 253
_PORT_LENGTH = 15
_HIGHEST_PORT = 65535
_ASCII = range(32, 127)


def dns_label(text: str) -> Iterator[str]:
    """A lowercase RFC 1123 label: ``my-name``."""
    if len(text) > _LABEL_LENGTH:
        yield _too_long(_LABEL_LENGTH)
    if not re.fullmatch(_LABEL, text):
        yield (
            "a lowercase RFC 1123 label must consist of lower case alphanumeric"
            " characters or '-', and must start and end with an alphanumeric character"
            f" {_regex(_LABEL, 'my-name', '123-abc')}"
        )


def dns_subdomain(text: str) -> Iterator[str]:
    """A lowercase RFC 1123 subdomain: ``example.com``."""
    if len(text) > _SUBDOMAIN_LENGTH:
        yield _too_long(_SUBDOMAIN_LENGTH)
    if not re.fullmatch(_SUBDOMAIN, text):
        yield (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric"
            " characters, '-' or '.', and must start and end with an alphanumeric"
            f" character {_regex(_SUBDOMAIN, 'example.com')}"
        )


def dns_1035_label(text: str) -> Iterator[str]:
    """A label that starts with a letter: ``abc-123``."""
    if len(text) > _LABEL_LENGTH:
        yield _too_long(_LABEL_LENGTH)
    if not re.fullmatch(_LABEL_1035, text):
        yield (
            "a DNS-1035 label must consist of lower case alphanumeric characters or"
            " '-', start with an alphabetic character, and end with an alphanumeric"
            f" character {_regex(_LABEL_1035, 'my-name', 'abc-123')}"
        )


def path_segment(text: str) -> Iterator[str]:
    """Any text that can stand in a path, as RBAC's names may be."""
    if text in {".", ".."}:
        yield f"may not be '{text}'"
    for content in "/%":
        if content in text:
            yield f"may not contain '{content}'"


def qualified_name(text: str) -> Iterator[str]:
    """A key of a label or annotation: ``example.com/my-name``."""
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        yield (
            f"a qualified name {_NAME_RULE}"
            f" {_regex(_NAME, 'MyName', 'my.name', '123-abc')}"
            " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        )
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif prefix:
        yield from (f"prefix part {fault}" for fault in dns_subdomain(prefix))
    if not name:
        yield "name part must be non-empty"
    elif len(name) > _LABEL_LENGTH:
        yield f"name part {_too_long(_LABEL_LENGTH)}"
    if not re.fullmatch(_NAME, name):
        shown = _regex(_NAME, "MyName", "my.name", "123-abc")
        yield f"name part {_NAME_RULE} {shown}"


def label_value(text: str) -> Iterator[str]:
    """The value of a label."""
    if len(text) > _LABEL_LENGTH:
        yield _too_long(_LABEL_LENGTH)
    if not re.fullmatch(_VALUE, text):
        yield (
            "a valid label must be an empty string or consist of alphanumeric"
            " characters, '-', '_' or '.', and must start and end with an alphanumeric"
            f" character {_regex(_VALUE, 'MyValue', 'my_value', '12345')}"
        )


def config_key(text: str) -> Iterator[str]:
    """A key of a ConfigMap's or Secret's data."""
    if len(text) > _SUBDOMAIN_LENGTH:
        yield _too_long(_SUBDOMAIN_LENGTH)
    if not re.fullmatch(_KEY, text):
        yield (
            "a valid config key must consist of alphanumeric characters, '-', '_' or"
            f" '.' {_regex(_KEY, 'key.name', 'KEY_NAME', 'key-name')}"
        )
    elif text == "." or text.startswith(".."):
        yield (
            f"must not be '{text}'"
            if text in {".", ".."}
            else "must not start with '..'"
        )


def environment_name(text: str) -> Iterator[str]:
    """The name of an environment variable: printable ASCII without ``=``."""
    if "=" in text or any(ord(letter) not in _ASCII for letter in text):
        yield (
            "a valid environment variable name must consist only of printable ASCII"
            " characters other than '='"
        )


def port_name(text: str) -> Iterator[str]:
    """The name of a container's port (an IANA service name)."""
    if len(text) > _PORT_LENGTH:
        yield f"must be no more than {_PORT_LENGTH} characters"
    if not re.fullmatch("[-a-z0-9]+", text):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", text):
        yield "must contain at least one letter (a-z)"
    if "--" in text:
        yield "must not contain consecutive hyphens"
    if text.startswith("-") or text.endswith("-"):
        yield "must not begin or end with a hyphen"


def port_number(number: int) -> Iterator[str]:
    """A port."""
    if not 1 <= number <= _HIGHEST_PORT:
        yield f"must be between 1 and {_HIGHEST_PORT}, inclusive"


_NAME_RULE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end"
    " with an alphanumeric character"
)


def _too_long(limit: int) -> str:
    return f"must be no more than {limit} bytes"


def _regex(pattern: str, *examples: str) -> str:
    shown = ",  or ".join(f"'{example}'" for example in examples)
    return f"(e.g. {shown}, regex used for validation is '{pattern}')"
