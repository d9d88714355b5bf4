"""Every function that templates can call: Sprig's and Helm's, one set for both engines.

Go's own (``eq``, ``index``, ``printf``, ...) are the Go engine's, and ``include`` and
``tpl`` belong to each engine. What reads the machine's environment (``env``,
``expandenv``) does not exist, as in Helm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from pypkg.render.functions.signature import TemplateFunction, checked
from pypkg.structs import Struct

if TYPE_CHECKING:
    from pypkg.render.functions.host import Host


class Family(Struct):
    """Functions that belong together.

    Attributes:
        title: What they are about.
        module: The module of this package that holds them.
        names: Their names in templates.
    """

    title: str
    module: str
    names: tuple[str, ...]


def _family(title: str, module: str, names: str) -> Family:
    return Family(title, module, tuple(names.split()))


FAMILIES: Final = (
    _family(
        "Choices and defaults",
        "flow",
        "all any coalesce default empty fail required ternary",
    ),
    _family(
        "Texts",
        "strings",
        """abbrev abbrevboth camelcase cat contains hasPrefix hasSuffix hello indent
        initials join kebabcase lower nindent nospace plural quote repeat replace
        snakecase split splitList splitn squote substr swapcase title toString
        toStrings trim trimAll trimPrefix trimSuffix trimall trunc untitle upper wrap
        wrapWith""",
    ),
    _family(
        "Regular expressions",
        "regex",
        """mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll
        mustRegexReplaceAllLiteral mustRegexSplit regexFind regexFindAll regexMatch
        regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit""",
    ),
    _family(
        "Lists",
        "lists",
        """append chunk compact concat first has initial last list mustAppend mustChunk
        mustCompact mustFirst mustHas mustInitial mustLast mustPrepend mustPush
        mustRest mustReverse mustSlice mustUniq mustWithout prepend push rest reverse
        slice sortAlpha tuple uniq without""",
    ),
    _family(
        "Maps",
        "dicts",
        """deepCopy dict dig get hasKey keys merge mergeOverwrite mustDeepCopy mustMerge
        mustMergeOverwrite omit pick pluck set unset values""",
    ),
    _family(
        "Numbers",
        "arithmetic",
        """add add1 add1f addf atoi biggest ceil div divf float64 floor int int64 max
        maxf min minf mod mul mulf round seq sub subf toDecimal until untilStep""",
    ),
    _family(
        "YAML, JSON and TOML",
        "serialization",
        """fromJson fromJsonArray fromToml fromYaml fromYamlArray mustFromJson
        mustToJson mustToPrettyJson mustToRawJson mustToToml mustToYaml toJson
        toPrettyJson toRawJson toToml toYaml toYamlPretty""",
    ),
    _family("Encodings", "encoding", "b32dec b32enc b64dec b64enc"),
    _family("Types", "reflection", "deepEqual kindIs kindOf typeIs typeIsLike typeOf"),
    _family("Versions", "semantic", "semver semverCompare"),
    _family(
        "Dates",
        "dates",
        """ago date dateInZone dateModify date_in_zone date_modify duration
        durationRound htmlDate htmlDateInZone mustDateModify mustToDate
        must_date_modify now toDate unixEpoch""",
    ),
    _family(
        "Durations",
        "durations",
        """durationDays durationHours durationMicroseconds durationMilliseconds
        durationMinutes durationNanoseconds durationRoundTo durationSeconds
        durationTruncateTo durationWeeks mustToDuration""",
    ),
    _family(
        "Paths",
        "filepaths",
        "base clean dir ext isAbs osBase osClean osDir osExt osIsAbs",
    ),
    _family("URLs", "urls", "urlJoin urlParse"),
    _family(
        "Digests and encryption",
        "digests",
        """adler32sum bcrypt decryptAES derivePassword encryptAES htpasswd sha1sum
        sha256sum sha512sum""",
    ),
    _family(
        "Keys and certificates",
        "certificates",
        """buildCustomCert genCA genCAWithKey genPrivateKey genSelfSignedCert
        genSelfSignedCertWithKey genSignedCert genSignedCertWithKey""",
    ),
    _family(
        "Random values",
        "randoms",
        "randAlpha randAlphaNum randAscii randBytes randInt randNumeric shuffle uuidv4",
    ),
    _family("Cluster and network", "lookups", "getHostByName lookup"),
)

_FAMILY_OF: Final = {name: family for family in FAMILIES for name in family.names}


class Catalog(Mapping[str, TemplateFunction]):
    """The functions by name; a family's module is imported when one of it is needed."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._loaded: dict[str, TemplateFunction] = {}

    def __getitem__(self, name: str) -> TemplateFunction:
        if name not in self._loaded:
            module = import_module(f"{__package__}.{_FAMILY_OF[name].module}")
            self._loaded.update(getattr(module, "FUNCTIONS", {}))
            if hasattr(module, "host_functions"):
                self._loaded.update(module.host_functions(self._host))
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in _FAMILY_OF

    def __iter__(self) -> Iterator[str]:
        return iter(_FAMILY_OF)

    def __len__(self) -> int:
        return len(_FAMILY_OF)


def catalog(host: Host) -> Catalog:
    """Give every function by its name in templates, as it is.

    The functions take arguments in the order of templates, of the types that
    their annotations name; see `signature`. They raise FunctionError.
    """
    return Catalog(host)


def checked_catalog(host: Host) -> dict[str, TemplateFunction]:
    """Give every function, each with a check of its arguments: for Jinja2."""
    return {name: checked(name, function) for name, function in catalog(host).items()}
