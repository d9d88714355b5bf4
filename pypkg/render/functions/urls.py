"""URLs as Go's net/url takes them apart and puts them together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pypkg.render.functions.errors import FunctionError
from pypkg.render.functions.goprint import kind_name
from pypkg.render.functions.gostrings import decode, encode, go_quote

if TYPE_CHECKING:
    from pypkg.render.functions.signature import TemplateFunction

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_USERINFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*\Z")
_PORT = re.compile(r"(?::[0-9]*)?\Z")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_UNRESERVED: Final = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
)
# What each part of a URL keeps as it is.
_PATH = frozenset(f"{_UNRESERVED}$&+,/:;=@".encode())
_USER = frozenset(f"{_UNRESERVED}$&+,;=".encode())
_HOST = frozenset(f"{_UNRESERVED}!$&'()*+,;=:[]<>\"".encode())
_FRAGMENT = frozenset(f"{_UNRESERVED}$&+,/:;=?@!()*'".encode())
# A host may only escape what is not ASCII, and the sign itself.
_BAD_IN_HOST = re.compile(
    r"%(?![0-9A-Fa-f]{2}).{0,2}|%(?!25)[0-7][0-9A-Fa-f]"
    rf"|[^%\u0080-\U0010ffff{re.escape(bytes(sorted(_HOST)).decode())}]",
    re.DOTALL,
)
# Also allowed in an encoded path as it stands.
_VALID_PATH = re.compile(rf"[{re.escape(_UNRESERVED)}!$&'()*+,;=:@\[\]/%]*\Z")


def _escape(text: str, kept: frozenset[int]) -> str:
    return "".join(
        chr(byte) if byte in kept else f"%{byte:02X}" for byte in encode(text)
    )


def _unescape(text: str) -> str:
    bad = _BAD_ESCAPE.search(text)
    if bad is not None:
        raise FunctionError(f"invalid URL escape {go_quote(bad[0])}")
    return decode(_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), encode(text)))


@dataclass(slots=True)
class Url:
    """A URL's parts, unescaped but for the query.

    Attributes:
        userinfo: As in the URL, with its password, or None.
        raw_path: The path as written, where escaping would write another.
    """

    scheme: str = ""
    opaque: str = ""
    userinfo: str | None = None
    host: str = ""
    path: str = ""
    raw_path: str = ""
    query: str = ""
    force_query: bool = False
    fragment: str = ""
    raw_fragment: str = ""

    @classmethod
    def parse(cls, text: str) -> Url:
        """Take a URL apart.

        Raises:
            FunctionError: It is malformed; the message is Go's.
        """
        url = cls()
        shown, _, fragment = text.partition("#")
        try:
            url._parse(shown)
            shown = text
            url.fragment, url.raw_fragment = _unescape(fragment), fragment
        except FunctionError as error:
            raise FunctionError(f"parse {go_quote(shown)}: {error}") from None
        return url

    def _parse(self, rest: str) -> None:
        if _CONTROL.search(rest):
            raise FunctionError("net/url: invalid control character in URL")
        if rest == "*":
            self.path = "*"
        else:
            self._parse_rest(rest)

    def _parse_rest(self, rest: str) -> None:
        scheme = _SCHEME.match(rest)
        if scheme is not None:
            self.scheme, rest = scheme[1].lower(), rest[scheme.end() :]
        elif rest.startswith(":"):
            raise FunctionError("missing protocol scheme")
        if rest.endswith("?") and rest.count("?") == 1:
            self.force_query, rest = True, rest[:-1]
        else:
            rest, _, self.query = rest.partition("?")
        if not rest.startswith("/"):
            if self.scheme:
                self.opaque = rest
                return
            if ":" in rest.partition("/")[0]:
                raise FunctionError("first path segment in URL cannot contain colon")
        if rest.startswith("//") and (self.scheme or not rest.startswith("///")):
            authority, slash, path = rest[2:].partition("/")
            self._parse_authority(authority)
            rest = slash + path
        self.path = _unescape(rest)
        self.raw_path = rest

    def _parse_authority(self, authority: str) -> None:
        userinfo, at, host = authority.rpartition("@")
        self.host = _host(host)
        if at:
            if not _USERINFO.match(userinfo):
                raise FunctionError("net/url: invalid userinfo")
            self.userinfo = _normal_userinfo(userinfo)

    @property
    def hostname(self) -> str:
        """The host without its port and brackets."""
        if self.host.startswith("["):
            return self.host[1:].partition("]")[0]
        name, colon, port = self.host.rpartition(":")
        return name if colon and (port.isdecimal() or not port) else self.host

    def __str__(self) -> str:
        out = f"{self.scheme}:" if self.scheme else ""
        if self.opaque:
            out += self.opaque
        else:
            out += self._authority()
            path = self._escaped_path()
            if path and not path.startswith("/") and self.host:
                out += "/"
            elif not out and ":" in path.partition("/")[0]:
                out += "./"
            out += path
        if self.force_query or self.query:
            out += f"?{self.query}"
        if self.fragment:
            out += f"#{self._escaped_fragment()}"
        return out

    def _authority(self) -> str:
        has_authority = self.scheme or self.host or self.userinfo is not None
        if not has_authority:
            return ""
        if not (self.host or self.path or self.userinfo is not None):
            return ""
        user = f"{self.userinfo}@" if self.userinfo is not None else ""
        return f"//{user}{_escape(self.host, _HOST)}"

    def _escaped_path(self) -> str:
        if self.raw_path and _VALID_PATH.match(self.raw_path):
            return self.raw_path
        return "*" if self.path == "*" else _escape(self.path, _PATH)

    def _escaped_fragment(self) -> str:
        return self.raw_fragment or _escape(self.fragment, _FRAGMENT)


def _host(host: str) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise FunctionError("invalid IP-literal")
    if bracket == 0:
        return _bracketed_host(host)
    colon = host.find(":")
    if colon >= 0:
        _check_port(host[colon:])
    return _unescape_host(host)


def _bracketed_host(host: str) -> str:
    close = host.rfind("]")
    if close < 0:
        raise FunctionError("missing ']' in host")
    _check_port(host[close + 1 :])
    address = _unescape_host(host[1:close])
    _check_address(address)
    return f"[{address}]{host[close + 1 :]}"


def _check_port(port: str) -> None:
    if not _PORT.match(port):
        raise FunctionError(f"invalid port {go_quote(port)} after host")


def _check_address(address: str) -> None:
    import ipaddress  # noqa: PLC0415 - start-up time

    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        raise FunctionError(
            f"invalid host: ParseAddr({go_quote(address)}): unable to parse IP"
        ) from None
    if version == 4:  # noqa: PLR2004 - brackets are for version 6
        raise FunctionError("invalid IP-literal")


def _unescape_host(host: str) -> str:
    fault = _BAD_IN_HOST.search(host)
    if fault is None:
        return _unescape(host)
    if fault[0].startswith("%"):
        raise FunctionError(f"invalid URL escape {go_quote(fault[0])}")
    raise FunctionError(f"invalid character {go_quote(fault[0])} in host name")


def _normal_userinfo(userinfo: str) -> str:
    name, colon, password = userinfo.partition(":")
    shown = _escape(_unescape(name), _USER)
    return f"{shown}:{_escape(_unescape(password), _USER)}" if colon else shown


def url_parse(text: str) -> dict[str, Any]:
    """Take a URL apart into a map.

    Its keys: scheme, userinfo, host, hostname, path, query, opaque, fragment.
    """
    try:
        url = Url.parse(text)
    except FunctionError as error:
        raise FunctionError(f"unable to parse url: {error}") from None
    return {
        "scheme": url.scheme,
        "host": url.host,
        "hostname": url.hostname,
        "path": url.path,
        "query": url.query,
        "opaque": url.opaque,
        "fragment": url.fragment,
        "userinfo": url.userinfo or "",
    }


def url_join(parts: dict[str, Any]) -> str:
    """Put a URL together from a map as urlParse gives it; what is missing is ``""``."""
    url = Url(
        scheme=_part(parts, "scheme"),
        host=_part(parts, "host"),
        path=_part(parts, "path"),
        query=_part(parts, "query"),
        opaque=_part(parts, "opaque"),
        fragment=_part(parts, "fragment"),
    )
    userinfo = _part(parts, "userinfo")
    if userinfo:
        try:
            url.userinfo = Url.parse(f"proto://{userinfo}@host").userinfo
        except FunctionError as error:
            raise FunctionError(f"unable to parse userinfo in dict: {error}") from None
    return str(url)


def _part(parts: dict[str, Any], key: str) -> str:
    value = parts.get(key, "")
    if isinstance(value, str):
        return value
    raise FunctionError(
        f"unable to parse {key} key, must be of type string, but"
        f" {kind_name(value)} found"
    )


FUNCTIONS: dict[str, TemplateFunction] = {"urlJoin": url_join, "urlParse": url_parse}
