from __future__ import annotations

import pytest

from pypkg.regexp import compiled


def test_an_expression_finds_what_gos_does() -> None:
    assert compiled(r"^\pL+$").search("é")


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("[", "missing closing ]: `[`"),
        ("a(b", "missing closing ): `a(b`"),
        ("a)", "unexpected ): `a)`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a{2000}", "invalid repeat count: `{2000}`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
    ],
)
def test_a_fault_is_told_in_gos_words_and_nothing_else_is(
    pattern: str, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="error parsing regexp") as caught:
        compiled(pattern)
    assert str(caught.value) == f"error parsing regexp: {fault}"
    assert capfd.readouterr().err == ""
