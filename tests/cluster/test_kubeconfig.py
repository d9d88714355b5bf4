from __future__ import annotations

import os
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.kubeconfig import kubeconfig_paths, load_kubeconfig
from pypkg.errors import KubeconfigError, YamlError

if TYPE_CHECKING:
    from pathlib import Path

TWO_FILES = (
    """
    current-context: one
    contexts:
    - {name: one, context: {cluster: a, user: u}}
    clusters:
    - {name: a, cluster: {server: "https://first"}}
    """,
    """
    current-context: two
    contexts:
    - {name: one, context: {cluster: b}}
    - {name: two, context: {cluster: b}}
    clusters:
    - {name: a, cluster: {server: "https://second"}}
    - {name: b, cluster: {server: "https://b"}}
    users:
    - {name: u, user: {token: t}}
    """,
)


def write(folder: Path, *texts: str) -> list[Path]:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"config{number}"
        path.write_text(dedent(text))
        paths.append(path)
    return paths


def test_of_two_files_the_first_to_say_something_wins(tmp_path: Path) -> None:
    merged = load_kubeconfig(write(tmp_path, *TWO_FILES))
    assert merged.current_context == "one"
    assert merged.contexts["one"] == {"cluster": "a", "user": "u"}
    assert merged.clusters["a"] == {"server": "https://first"}
    assert sorted(merged.contexts) == ["one", "two"]
    assert merged.users["u"] == {"token": "t"}


def test_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    text = """
    clusters:
    - {name: c, cluster: {certificate-authority: ca.pem}}
    users:
    - name: u
      user:
        client-certificate: /abs/cert.pem
        client-key: keys/key.pem
        exec: {command: ./bin/login}
    - {name: v, user: {exec: {command: aws}}}
    """
    merged = load_kubeconfig(write(tmp_path, text))
    assert merged.clusters["c"]["certificate-authority"] == str(tmp_path / "ca.pem")
    assert merged.users["u"]["client-certificate"] == "/abs/cert.pem"
    assert merged.users["u"]["client-key"] == str(tmp_path / "keys/key.pem")
    assert merged.users["u"]["exec"]["command"] == str(tmp_path / "bin/login")
    assert merged.users["v"]["exec"]["command"] == "aws"


def test_files_that_the_variable_names_may_be_missing(tmp_path: Path) -> None:
    (path,) = write(tmp_path, TWO_FILES[0])
    listed = os.pathsep.join([str(tmp_path / "missing"), str(path), ""])
    assert kubeconfig_paths("", {"KUBECONFIG": listed}) == [path]


def test_without_a_variable_the_file_is_in_the_home(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    (path,) = write(tmp_path / ".kube", TWO_FILES[0])
    path = path.rename(tmp_path / ".kube/config")
    assert kubeconfig_paths("", {"HOME": str(tmp_path)}) == [path]


def test_a_file_that_is_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="no kubeconfig file"):
        kubeconfig_paths(str(tmp_path / "missing"), {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list", "holds no mapping"),
        ("clusters: {a: b}", "clusters must be a list"),
        ("users: [text]", "not a mapping"),
        ("contexts: [{name: x, context: [1]}]", "not a mapping"),
    ],
)
def test_what_is_no_kubeconfig_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (path,) = write(tmp_path, text)
    with pytest.raises(KubeconfigError, match=said):
        load_kubeconfig([path])


def test_yaml_that_does_not_parse_is_shown(tmp_path: Path) -> None:
    (path,) = write(tmp_path, "a: [1\nb: 2")
    with pytest.raises(YamlError, match="config0:"):
        load_kubeconfig([path])


def test_an_empty_file_is_an_empty_kubeconfig(tmp_path: Path) -> None:
    assert load_kubeconfig(write(tmp_path, "")).is_empty
