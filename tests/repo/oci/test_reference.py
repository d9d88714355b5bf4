from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypkg.errors import RegistryError
from pypkg.repo.oci.reference import Reference, tag_of, version_of

HEX = "0" * 64


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("oci://r.example.com/web", ("r.example.com", "web", "", "")),
        (
            "oci://localhost:5000/a/b/web:1.2.3",
            ("localhost:5000", "a/b/web", "1.2.3", ""),
        ),
        ("oci://r/web:1.0.0+b.1", ("r", "web", "1.0.0_b.1", "")),
        (f"oci://r/web@sha256:{HEX}", ("r", "web", "", f"sha256:{HEX}")),
        (f"oci://r/web:1@sha256:{HEX}", ("r", "web", "1", f"sha256:{HEX}")),
        ("oci://[::1]:5000/web", ("[::1]:5000", "web", "", "")),
        ("r/charts/web/", ("r", "charts/web", "", "")),
    ],
)
def test_a_reference_has_parts(text: str, parts: tuple[str, str, str, str]) -> None:
    assert Reference.parse(text) == Reference(*parts)


@pytest.mark.parametrize(
    "text",
    [
        "oci://",
        "oci://r",
        "oci://r/",
        "oci:///web",
        "oci://r/Web",
        "oci://r/web:",
        "oci://r/web@",
        "oci://r/web@sha256:12",
        "oci://r/web@md5:00",
        "oci://r/../web",
        "oci://r/web:a/b",
        "oci://user:secret@r/web",
        "oci://r/web?x=1",
        "oci://r /web",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(RegistryError, match="no reference to a chart"):
        Reference.parse(text)


@given(
    st.from_regex(
        r"[0-9]\.[0-9]\.[0-9](-[a-z]{1,3})?(\+[a-z0-9]{1,3})?", fullmatch=True
    )
)
def test_tags_stand_for_versions(version: str) -> None:
    assert version_of(tag_of(version)) == version
    reference = Reference("r.example.com:5000", "a/web", tag_of(version))
    assert Reference.parse(f"oci://{reference}") == reference
