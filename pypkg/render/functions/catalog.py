"""Every function that templates can call: Sprig's and Helm's, one set for both engines.

Go's own (``eq``, ``index``, ``printf``, ...) are the Go engine's, and ``include`` and
``tpl`` belong to each engine. What reads the machine's environment (``env``,
``expandenv``) does not exist, as in Helm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.render.functions import (
    arithmetic,
    certificates,
    dates,
    dicts,
    digests,
    durations,
    encoding,
    filepaths,
    flow,
    lists,
    lookups,
    randoms,
    reflection,
    regex,
    semantic,
    serialization,
    strings,
    urls,
)
from pypkg.render.functions.errors import AuthorError, FunctionError
from pypkg.render.functions.host import Host, Lookup
from pypkg.render.functions.signature import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.render.functions.signature import TemplateFunction

__all__ = [
    "AuthorError",
    "FunctionError",
    "Host",
    "Lookup",
    "catalog",
    "checked_catalog",
    "families",
]


def families(host: Host) -> dict[str, Mapping[str, TemplateFunction]]:
    """Give the functions by family, in the order in which one would explain them."""
    return {
        "Choices and defaults": flow.FUNCTIONS | flow.of_author(host),
        "Texts": strings.FUNCTIONS | strings.bounded(host),
        "Regular expressions": regex.FUNCTIONS,
        "Lists": lists.FUNCTIONS,
        "Maps": dicts.FUNCTIONS,
        "Numbers": arithmetic.FUNCTIONS | arithmetic.bounded(host),
        "YAML, JSON and TOML": serialization.FUNCTIONS,
        "Encodings": encoding.FUNCTIONS,
        "Types": reflection.FUNCTIONS,
        "Versions": semantic.FUNCTIONS,
        "Dates": dates.FUNCTIONS | dates.of_clock(host),
        "Durations": durations.FUNCTIONS,
        "Paths": filepaths.FUNCTIONS,
        "URLs": urls.FUNCTIONS,
        "Digests and encryption": digests.FUNCTIONS,
        "Keys and certificates": certificates.FUNCTIONS | certificates.of_clock(host),
        "Random values": randoms.of_random(host),
        "Cluster and network": lookups.of_host(host),
    }


def catalog(host: Host) -> dict[str, TemplateFunction]:
    """Give every function by its name in templates, as it is.

    The functions take arguments in the order of templates, of the types that
    their annotations name; see `signature`. They raise FunctionError.
    """
    return {
        name: function
        for family in families(host).values()
        for name, function in family.items()
    }


def checked_catalog(host: Host) -> dict[str, TemplateFunction]:
    """Give every function, each with a check of its arguments: for Jinja2."""
    return {name: checked(name, function) for name, function in catalog(host).items()}
