"""What Go knows of each function at compile time: parameters and results.

Go checks the arguments of a template function against its signature before the
call, with errors of its own (``wrong type for value; expected int; got float64``).
The compiler reads the signatures here, puts the checks where an argument's type is
not known, and leaves them out where it is.

Recorded from Helm 4.3.1, by asking it for every parameter of every function.
"""

from __future__ import annotations

from typing import NamedTuple

# Parameters → functions. `any` takes everything; `...` repeats its type.
_PARAMETERS = """
-- hello now uuidv4
...any -- add addf all any cat coalesce concat dict dig html js list print println
    quote squote tuple urlquery
...int -- seq
...map -- keys
any -- add1 add1f ago ceil compact deepCopy duration durationDays durationHours
    durationMicroseconds durationMilliseconds durationMinutes durationNanoseconds
    durationRound durationSeconds durationWeeks empty first float64 floor htmlDate
    initial int int64 kindOf last len mustCompact mustDeepCopy mustFirst mustInitial
    mustLast mustRest mustReverse mustToDuration mustToJson mustToPrettyJson
    mustToRawJson mustToToml mustToYaml mustUniq not rest reverse sortAlpha toDecimal
    toJson toPrettyJson toRawJson toString toStrings toToml toYaml toYamlPretty typeOf
    uniq
any ...any -- and biggest call default divf eq index max maxf min minf mul mulf
    mustSlice mustWithout or slice subf without
any any -- append deepEqual div durationRoundTo durationTruncateTo ge gt has le lt mod
    mustAppend mustHas mustPrepend mustPush ne prepend push sub
any any bool -- ternary
any int ...float64 -- round
any string -- htmlDateInZone
int -- randAlpha randAlphaNum randAscii randBytes randNumeric until
int any -- chunk mustChunk
int int -- randInt
int int int -- untilStep
int int string -- abbrevboth substr
int string -- abbrev indent nindent repeat trunc wrap
int string string -- wrapWith
map -- urlJoin values
map ...map -- merge mergeOverwrite mustMerge mustMergeOverwrite
map ...string -- omit pick
map string -- get hasKey unset
mutable_map string any -- set
string -- adler32sum atoi b32dec b32enc b64dec b64enc base bcrypt camelcase clean dir
    ext fail fromJson fromJsonArray fromToml fromYaml fromYamlArray genPrivateKey
    getHostByName initials isAbs kebabcase lower mustFromJson nospace osBase osClean
    osDir osExt osIsAbs regexQuoteMeta semver sha1sum sha256sum sha512sum shuffle
    snakecase swapcase title trim untitle upper urlParse
string ...any -- printf
string ...map -- pluck
string any -- date include join kindIs required tpl typeIs typeIsLike
string any string -- dateInZone date_in_zone
string int -- genCA
string int string -- genCAWithKey splitn
string list list int -- genSelfSignedCert
string list list int certificate -- genSignedCert
string list list int certificate string -- genSignedCertWithKey
string list list int string -- genSelfSignedCertWithKey
string string -- buildCustomCert contains decryptAES encryptAES hasPrefix hasSuffix
    htpasswd mustRegexFind mustRegexMatch mustToDate regexFind regexMatch semverCompare
    split splitList toDate trimAll trimPrefix trimSuffix trimall
string string int -- mustRegexFindAll mustRegexSplit plural regexFindAll regexSplit
string string string -- mustRegexReplaceAll mustRegexReplaceAllLiteral
    regexReplaceAll regexReplaceAllLiteral replace
string string string string -- lookup
string time -- dateModify date_modify mustDateModify must_date_modify
time -- unixEpoch
uint32 string string string string -- derivePassword
"""

# Results → functions, where the result is of that type whatever the arguments are.
_RESULTS = """
string -- abbrev abbrevboth adler32sum ago b32dec b32enc b64dec b64enc base camelcase
    cat clean date dateInZone date_in_zone dir duration durationRound ext hello html
    htmlDate htmlDateInZone include indent initials join js kebabcase kindOf lower
    nindent nospace osBase osClean osDir osExt plural print printf println quote
    randAlpha randAlphaNum randAscii randNumeric regexFind regexQuoteMeta
    regexReplaceAll regexReplaceAllLiteral repeat replace seq sha1sum sha256sum
    sha512sum shuffle snakecase squote substr swapcase title toJson toPrettyJson
    toRawJson toString toYaml toYamlPretty tpl trim trimAll trimPrefix trimSuffix
    trimall trunc typeOf untitle upper urlquery uuidv4 wrap wrapWith
bool -- all any contains deepEqual empty eq ge gt has hasKey hasPrefix hasSuffix
    isAbs kindIs le lt ne not osIsAbs regexMatch semverCompare typeIs typeIsLike
int -- atoi int len
"""


class Signature(NamedTuple):
    """A function's type in Go.

    Attributes:
        parameters: The types of the fixed parameters: ``any``, ``string``, ``int``,
            ``bool``, ``float64``, ``uint32``, ``map``, ``mutable_map``, ``list``,
            ``time``, ``certificate``.
        variadic: The type of the arguments that may follow them, or None.
        result: ``string``, ``bool``, ``int``, or ``any`` where it depends.
    """

    parameters: tuple[str, ...]
    variadic: str | None = None
    result: str = "any"

    def parameter(self, index: int) -> str:
        """Give the type that the argument at an index must have."""
        if index < len(self.parameters):
            return self.parameters[index]
        return self.variadic or "any"

    def wrong_count(self, name: str, given: int, *, piped: bool) -> str | None:
        """Say in Go's words that a number of arguments does not fit; None if it does.

        Args:
            name: The function's.
            given: How many stand behind it.
            piped: Whether the value of the pipeline so far is one more.
        """
        count, wanted = given + piped, len(self.parameters)
        if self.variadic is None and count != wanted:
            return f"wrong number of args for {name}: want {wanted} got {count}"
        if count < wanted:
            least = f"want at least {wanted}"
            return f"wrong number of args for {name}: {least} got {given}"
        return None


UNKNOWN = Signature((), "any")
"""Takes and gives anything: a function that this table does not know."""


def _table(text: str) -> dict[str, str]:
    """Read ``types -- names`` lines into name → types."""
    table = {}
    for line in text.strip().replace("\n    ", " ").splitlines():
        types, _, names = line.partition("-- ")
        table.update(dict.fromkeys(names.split(), types.strip()))
    return table


def _signatures() -> dict[str, Signature]:
    results = _table(_RESULTS)
    signatures = {}
    for name, types in _table(_PARAMETERS).items():
        fixed = types.split()
        variadic = fixed.pop()[3:] if fixed and fixed[-1].startswith("...") else None
        result = results.get(name, "any")
        signatures[name] = Signature(tuple(fixed), variadic, result)
    return signatures


SIGNATURES = _signatures()
