"""The files of a chart, as templates read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pypkg.render.files import Files, glob_pattern

if TYPE_CHECKING:
    from tests.render.conftest import SameAsHelm

FILES = Files(
    {"conf/a.ini": b"x=1\n", "conf/b.ini": b"y=2", "bin": b"\xff\x00", "e": b""}
)
NAMES = ["LICENSE", "a.txt", "ab.txt", "foo/a.txt", "foo/bar/a.txt", "foo/bar/b.md",
         "x-y.txt", "{a}.txt", "f,g.txt", "[a].txt", "a*b.txt"]  # fmt: skip
PATTERNS = [
    "*", "**", "*.txt", "**.txt", "foo/*", "foo/**", "foo/*/*", "*/*.txt", "?.txt",
    "[a-f]*", "[!a-f]*", "[abf]*", "[!abf]*.txt", "{a,ab}.txt", "{foo,x}/**", "{a*,x}*",
    "foo/{bar,x}/*", "{a,{b,ab}}.txt", "{,a}b.txt", "\\{a\\}.txt", "a\\*b.txt",
    "\\[a\\].txt", "f,g.txt", "a.txt}", "***", "****.md", "**/a.txt", "f?o/a.txt",
    "foo?a.txt", "[a-]", "[]", "[", "[a", "[b-a]", "[a-cx]", "a\\", "{a,ab", "[\\]]",
    "[a\\-z]*", "[!]", "nope", "",
]  # fmt: skip


@pytest.mark.oracle
def test_globs_match_what_helm_matches(same_as_helm: SameAsHelm) -> None:
    lines = [
        f"  {number}: {{{{ range $k, $_ := .Files.Glob `{pattern}` }}}}"
        " {{ $k }} {{ end }}."
        for number, pattern in enumerate(PATTERNS)
    ]
    template = "\n".join(["a: |", *lines, ""])
    same_as_helm({"templates/a.yaml": template, **dict.fromkeys(NAMES, "x")})


@pytest.mark.oracle
def test_files_read_as_in_helm(same_as_helm: SameAsHelm) -> None:
    same_as_helm(
        {
            "templates/a.yaml": """\
a: |
  {{ .Files.Get "a.txt" | quote }} {{ .Files.Get "nope" | quote }}
  {{ .Files.Lines "a.txt" | toJson }} {{ .Files.Lines "nope" | toJson }}
  {{ .Files.Lines "none.txt" | toJson }} {{ .Files.Lines "end.txt" | toJson }}
  {{ (.Files.Glob "conf/*").AsConfig | quote }} {{ (.Files.Glob "x").AsConfig }}
  {{ (.Files.Glob "conf/*").AsSecrets | quote }}
  {{ range $name, $bytes := .Files.Glob "conf/**" }}{{ $name }}={{ $bytes | toString }}
  {{ end }}{{ len .Files }} {{ .Files.GetBytes "a.txt" }} {{ index .Files "a.txt" }}
  {{ typeOf .Files }} {{ kindOf .Files }} {{ .Files | toJson }}
""",
            "a.txt": "one\ntwo\n\n",
            "none.txt": "",
            "end.txt": "one\ntwo",
            "conf/b.ini": "y = 2\n",
            "conf/a.ini": "x = 1",
            "conf/deep/c.ini": "z",
        }
    )


def test_a_missing_file_is_empty() -> None:
    assert FILES.text("nope") == ""
    assert FILES.data("nope") == b""
    assert FILES.lines("nope") == []


def test_bytes_that_are_no_text_survive() -> None:
    assert FILES.text("bin").encode("utf-8", "surrogateescape") == b"\xff\x00"


def test_files_become_the_data_of_a_config_map() -> None:
    assert FILES.glob("conf/*").as_config() == "a.ini: |\n  x=1\nb.ini: y=2"


def test_files_become_the_data_of_a_secret() -> None:
    assert FILES.glob("bin").as_secrets() == "bin: /wA="


def test_a_malformed_pattern_matches_all() -> None:
    assert FILES.glob("[") == FILES
    with pytest.raises(ValueError, match="\\["):
        glob_pattern("[")
