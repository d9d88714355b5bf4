"""What the cluster can do."""

from __future__ import annotations

import pytest

from pypkg.errors import VersionError
from pypkg.render.capabilities import APIVersions, Capabilities, KubeVersion


@pytest.mark.parametrize(
    ("text", "version", "minor", "shown"),
    [
        ("1.29", "v1.29", "29", "v1.29"),
        ("v1.29.3", "v1.29.3", "29", "v1.29.3"),
        ("1.29.3-gke.100", "v1.29.3-gke.100", "29", "v1.29.3"),
        ("1.29.3+k3s1", "v1.29.3+k3s1", "29", "v1.29.3"),
    ],
)
def test_versions_are_read(text: str, version: str, minor: str, shown: str) -> None:
    parsed = KubeVersion.parse(text)
    assert parsed == KubeVersion(version, "1", minor)
    assert str(parsed) == shown
    assert parsed.git_version() == version


@pytest.mark.parametrize("text", ["", "1", "x", "1.29.", "1.029", "1.2.3.4", "1.29 "])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(VersionError, match="invalid Kubernetes version"):
        KubeVersion.parse(text)


def test_a_servers_own_words_are_kept() -> None:
    assert str(KubeVersion("v1.28+", "1", "28+")) == "v1.28"
    assert str(KubeVersion("unknown", "", "")) == "unknown"


def test_api_versions_are_added_at_the_end() -> None:
    capabilities = Capabilities().with_api_versions(["x/v1", "x/v1/Kind"])
    assert capabilities.api_versions[-2:] == ("x/v1", "x/v1/Kind")
    assert capabilities.api_versions.has("x/v1/Kind")
    assert capabilities.api_versions.has("apps/v1")
    assert not capabilities.api_versions.has("apps/v1/Deployment")


def test_sets_of_api_versions_are_values() -> None:
    assert APIVersions(["a", "b"]) == APIVersions(["a", "b"])
    assert APIVersions(["a", "b"]) != APIVersions(["b", "a"])
    assert hash(APIVersions(["a"])) == hash(APIVersions(["a"]))
    assert repr(APIVersions(["a"])) == "APIVersions(('a',))"
