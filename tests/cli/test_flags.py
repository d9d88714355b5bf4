from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.cli.flag_types import Commas, Duration, OneOf, Pairs
from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Call, command
from pypkg.cli.grammar.words import spelled_out
from pypkg.errors import UsageError


class Sample(Flags):
    namespace: str = flag("-n", "--namespace", help="text")
    debug: bool = flag("-d", "--debug", help="switch", default=False)
    wait: str = flag("--wait", help="optional", bare="watcher", default="hookOnly")
    force: bool = flag(
        "--force-replace", help="renamed", default=False, old_names=["--force"]
    )
    most: int = flag("--max", help="number", default=256)
    files: tuple[str, ...] = flag("-f", "--values", help="", kind=Commas(), many=True)
    labels: dict[str, str] = flag("-l", "--labels", help="", kind=Pairs(), many=True)
    timeout: float = flag("--timeout", help="", default="5m0s", kind=Duration())
    output: str = flag("-o", help="", default="table", kind=OneOf("table", "json"))


BY_NAME = {name: one for one in Sample.declared() for name in one.opts}


def spelled(*words: str, **options: Any) -> list[str]:
    return list(spelled_out(words, BY_NAME, **options))


def read(*words: str) -> Sample:
    """Read a command line as a command does."""
    got: list[Sample] = []

    @command()
    def run(flags: Sample) -> None:
        got.append(flags)

    run.call(Call("x"), words)
    return got[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--namespace", "web"], ["--namespace=web"]),
        (["--namespace=web"], ["--namespace=web"]),
        (["-n", "web"], ["--namespace=web"]),
        (["-nweb"], ["--namespace=web"]),
        (["-n=web"], ["--namespace=web"]),
        (["-dn", "web"], ["--debug=true", "--namespace=web"]),
        (["-dnweb"], ["--debug=true", "--namespace=web"]),
        (["--debug"], ["--debug=true"]),
        (["--debug=false"], ["--debug=false"]),
        (["-d=false"], ["--debug=false"]),
        (["--wait", "web", "./web"], ["--wait=watcher", "web", "./web"]),
        (["--wait=legacy"], ["--wait=legacy"]),
        (["--namespace", "--debug"], ["--namespace=--debug"]),
        (["web", "--debug"], ["web", "--debug=true"]),
        (["-"], ["-"]),
        (["--", "--debug"], ["--", "--debug"]),
        (["--namespace", "a=b"], ["--namespace=a=b"]),
    ],
)
def test_a_flag_is_read_as_pflag_reads_it(
    words: list[str], expected: list[str]
) -> None:
    assert spelled(*words) == expected


def test_a_groups_flags_end_at_its_command() -> None:
    assert spelled("-d", "get", "--debug", anywhere=False) == [
        "--debug=true",
        "get",
        "--debug",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--frob"], "unknown flag: --frob"),
        (["-dx"], "unknown shorthand flag: 'x' in -dx"),
        (["--namespace"], "flag needs an argument: --namespace"),
        (["-dn"], "flag needs an argument: 'n' in -dn"),
    ],
)
def test_a_flag_that_cannot_be_read_is_refused_in_helms_words(
    words: list[str], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        spelled(*words)
    assert str(caught.value) == message


def test_an_unfinished_line_passes_for_completion() -> None:
    assert spelled("-d", "--nam", "--namespace", lenient=True) == [
        "--debug=true",
        "--nam",
        "--namespace",
    ]


def test_a_deprecated_name_works_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert read("--force").force is True
    assert capsys.readouterr().err == (
        "Flag --force has been deprecated, use --force-replace instead\n"
    )


def test_values_have_their_types() -> None:
    got = read(
        *["-f", "a,b", "-f", '"c,d"', "-l", "x=1,y=2", "-l", "x=3"],
        *["--max", "7", "--timeout", "1h2m3.5s"],
    )
    assert got.files == ("a", "b", "c,d")
    assert got.labels == {"x": "3", "y": "2"}
    assert got.most == 7
    assert got.timeout == 3723.5


def test_defaults_have_their_types() -> None:
    got = read()
    assert (got.files, got.labels, got.most, got.timeout) == ((), {}, 256, 300.0)
    assert (got.debug, got.wait, got.namespace) == (False, "hookOnly", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--debug=maybe"], 'invalid argument "maybe" for "-d, --debug" flag'),
        (["--max", "many"], 'invalid argument "many" for "--max" flag'),
        (["--timeout", "5"], 'invalid argument "5" for "--timeout" flag'),
        (["--timeout", "5x"], 'invalid argument "5x" for "--timeout" flag'),
        (["--labels", "x"], 'invalid argument "x" for "-l, --labels" flag'),
    ],
)
def test_a_value_of_another_type_is_refused_by_flag_and_value(
    words: list[str], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(*words)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90s", 90),
        ("5m0s", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("250ms", 0.25),
        ("-1m", -60),
        ("+1m", 60),
    ],
)
def test_durations_are_gos(text: str, seconds: float) -> None:
    assert Duration().convert(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59, "59s"), (300, "5m0s"), (3600, "1h0m0s"), (3725, "1h2m5s")],
)
def test_a_default_duration_is_shown_as_gos(seconds: float, text: str) -> None:
    assert Duration.shown(seconds) == text
    assert Duration().convert(text) == seconds


@given(st.lists(st.text("abc=-,d", max_size=4), max_size=6))
def test_spelling_out_twice_changes_nothing_more(words: list[str]) -> None:
    try:
        once = spelled(*words)
    except UsageError:
        return
    if "--" not in once:
        assert spelled(*once) == once
