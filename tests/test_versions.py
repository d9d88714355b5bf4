from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import VersionError
from pypkg.versions import Constraint, Version, satisfies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import Command


def allows(constraint: str, version: str) -> bool:
    return Constraint.parse(constraint).allows(Version.parse(version))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.2.3", "1.2.3"),
        ("v1.2", "1.2.0"),
        ("1", "1.0.0"),
        ("1.2.3-rc.1+build.5", "1.2.3-rc.1+build.5"),
        ("01.02.03", "1.2.3"),
        ("1-2.3", "1.0.0-2.3"),
        ("20221209-update-v4", "20221209.0.0-update-v4"),
    ],
)
def test_a_loose_version_is_completed(text: str, canonical: str) -> None:
    assert str(Version.parse(text)) == canonical
    assert Version.parse(text).original == text


@pytest.mark.parametrize(
    "text",
    ["", "x", "1.2.3.4", "1.2.3-01", "1.2.3-", "1.2.3+", " 1", "1 ", "1\n", "vv1", "V1",
     "1.2.3-a_b", "18446744073709551616.0.0", "1.0.0-" + "a" * 251, "१.२.३"],
)  # fmt: skip
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(VersionError, match="not a semantic version"):
        Version.parse(text)


@pytest.mark.parametrize("text", ["1.2", "v1.2.3", "1.02.3", "1.2.3-01"])
def test_a_strict_version_has_three_plain_numbers(text: str) -> None:
    assert Version.parse("1.2.3-a+b", strict=True).prerelease == "a"
    with pytest.raises(VersionError):
        Version.parse(text, strict=True)


def test_precedence_follows_the_standard() -> None:
    rising = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2"
        " 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.1.0"
    )
    versions = [Version.parse(text) for text in rising.split()]
    assert sorted(versions) == versions
    assert all(a < b for a, b in pairwise(versions))


def test_build_metadata_takes_no_part_in_comparisons() -> None:
    one, other = Version.parse("1.2.3+a"), Version.parse("1.2.3+b")
    assert one == other
    assert hash(one) == hash(other)
    assert not one < other


@pytest.mark.parametrize(
    ("constraint", "inside", "outside"),
    [
        ("1.2.3", "1.2.3", "1.2.4"),
        ("1.2", "1.2.9", "1.3.0"),
        ("1.x", "1.9.9", "2.0.0"),
        ("*", "9.9.9", "1.0.0-rc.1"),
        ("*-0", "1.0.0-rc.1", ""),
        ("!=1.2.x", "1.3.0", "1.2.5"),
        (">1", "2.0.0", "1.9.9"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9", "1.3.0"),
        ("<=*", "0.0.9", "0.1.0"),
        ("=>1.2.3", "1.2.3", "1.2.2"),
        ("~1.2.3", "1.2.9", "1.3.0"),
        ("~1", "1.9.0", "2.0.0"),
        ("~0", "0.9.0", "1.0.0"),
        ("^1.2.3", "1.9.0", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("^*", "0.0.0", "1.0.0"),
        ("1.2 - 1.4.5", "1.4.5", "1.4.6"),
        (">=1.2, <2", "1.9.9", "2.0.0"),
        (">=1.2 <2", "1.9.9", "2.0.0"),
        ("^1.0 || ^3.0", "3.4.0", "2.0.0"),
        (">=1.20.0", "1.29.3", "1.29.3-gke.100"),
        (">=1.20.0-0", "1.29.3-gke.100", "1.19.9"),
        (">=1.0.0-0, <2", "1.5.0-rc.1", "2.1.0"),
    ],
)
def test_a_constraint_allows_what_masterminds_does(
    constraint: str, inside: str, outside: str
) -> None:
    assert allows(constraint, inside)
    assert not outside or not allows(constraint, outside)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a", ">>1", "1.2.3.4", "||", "1 ||", "1|2", ">=1 - 2", "~", "1.2.3-01",
     "||".join(["1"] * 33), "1" + " " * 512],
)  # fmt: skip
def test_what_is_no_constraint_is_refused(text: str) -> None:
    with pytest.raises(VersionError, match="improper constraint"):
        Constraint.parse(text)


def test_a_malformed_pair_does_not_satisfy() -> None:
    assert satisfies("1.x", "1.5.0")
    assert not satisfies("", "1.5.0")
    assert not satisfies("1.x", "none")


NUMBERS = st.integers(0, 12).map(str)
PRERELEASES = st.sampled_from(["", "", "-0", "-rc.1", "-rc.10", "-a-b", "-1"])
VERSIONS = st.builds("{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, PRERELEASES)
PARTS = st.lists(st.one_of(NUMBERS, st.sampled_from("xX*")), min_size=1, max_size=3)
OPERATORS = st.sampled_from(["", "=", "!=", ">", "<", ">=", "=>", "<=", "~", "~>", "^"])
TERMS = st.builds(
    "{}{}{}{}".format, OPERATORS, st.sampled_from(["", " ", "v"]), PARTS.map(".".join),
    PRERELEASES,
)  # fmt: skip
CONSTRAINTS = st.lists(TERMS, min_size=1, max_size=3).flatmap(
    lambda terms: st.sampled_from([", ", " ", " || "]).map(lambda by: by.join(terms))
)


@given(VERSIONS, VERSIONS)
def test_comparisons_agree_with_each_other(one: str, other: str) -> None:
    a, b = Version.parse(one), Version.parse(other)
    assert (a < b) + (a == b) + (a > b) == 1
    assert (a == b) == allows(f"={other}", one) or (a.prerelease and not b.prerelease)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_read_or_refused(constraint: str, version: str) -> None:
    assert satisfies(constraint, version) in (True, False)


def semver_compare(
    helm: Command, folder: Path, pairs: Sequence[tuple[str, str]]
) -> list[bool | None]:
    """Ask the real helm; None stands for an error, which ends a whole rendering."""
    chart = folder / "chart"
    (chart / "templates").mkdir(parents=True, exist_ok=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: c\nversion: 1.0.0\n")
    (chart / "values.yaml").write_text(json.dumps({"pairs": pairs}))
    (chart / "templates/out.yaml").write_text(
        "{{ range $n, $pair := .Values.pairs }}\n"
        "p{{ $n }}: {{ semverCompare (index $pair 0) (index $pair 1) }}\n{{ end }}"
    )
    result = helm("template", chart)
    if result.code == 0:
        lines = [line for line in result.out.splitlines() if line.startswith("p")]
        return [line.endswith("true") for line in lines]
    if len(pairs) == 1:
        return [None]
    half = len(pairs) // 2
    return [
        *semver_compare(helm, folder, pairs[:half]),
        *semver_compare(helm, folder, pairs[half:]),
    ]


@pytest.mark.oracle
def test_constraints_agree_with_helm(real_helm: Command, tmp_path: Path) -> None:
    pairs: list[tuple[str, str]] = []
    versions = [
        "0.0.0",
        "0.0.4",
        "0.2.9",
        "1.0.0",
        "1.2.3",
        "1.2.3-rc.1",
        "2.0.0-0",
        "v3",
    ]
    operators = ["", "=", "!=", ">", "<", ">=", "<=", "~", "^"]
    bounds = ["*", "0", "0.0", "1.x", "1.2", "1.2.3", "1.2.x-rc.1", "0.0.3"]
    for operator in operators:
        pairs += [(operator + b, v) for b in bounds for v in versions]
    pairs += [
        (f"{a} - {b}", v) for a, b in [("0", "1.2"), ("1.2.3", "2")] for v in versions
    ]
    pairs += [(">=1 <2 || ^3", v) for v in versions]
    pairs += [
        ("1.2.3 - 2.3.4 2 - 4", "2.1"),
        ("", "1.0.0"),
        ("1|2", "1.0.0"),
        (">=1", "1.0.0-01"),
    ]

    def ours(pair: tuple[str, str]) -> bool | None:
        try:
            return allows(*pair)
        except VersionError:
            return None

    expected = semver_compare(real_helm, tmp_path, pairs)
    assert [ours(pair) for pair in pairs] == expected
