from __future__ import annotations

import base64
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from pypkg.cluster.auth import ClientCertificate
from pypkg.cluster.config import (
    ClusterConfig,
    Overrides,
    context_namespace,
    load_config,
)
from pypkg.errors import KubeconfigError

if TYPE_CHECKING:
    from pathlib import Path

CA = base64.b64encode(b"-----BEGIN").decode()


def load(
    folder: Path, user: str = "{}", cluster: str = "", **overrides: object
) -> ClusterConfig:
    path = folder / "config"
    path.write_text(
        dedent(f"""
        current-context: main
        contexts:
        - {{name: main, context: {{cluster: c, user: u, namespace: shop}}}}
        - {{name: lost, context: {{cluster: nowhere}}}}
        clusters:
        - {{name: c, cluster: {{server: "https://c.example:6443/"{cluster}}}}}
        users:
        - {{name: u, user: {user}}}
        """)
    )
    return load_config(
        Overrides(kubeconfig=str(path), **overrides),  # type: ignore[arg-type] # any
        environ={},
    )


def test_the_current_context_gives_server_and_namespace(tmp_path: Path) -> None:
    config = load(tmp_path, cluster=f", certificate-authority-data: {CA}")
    assert config.server == "https://c.example:6443"
    assert config.namespace == "shop"
    assert config.context == "main"
    assert config.ca == b"-----BEGIN"
    assert config.credentials.authorization() == ""


def test_flags_go_before_the_file(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        "{token: old}",
        ", insecure-skip-tls-verify: true",
        server="other.example",
        token="new",
        namespace="n",
        insecure=False,
        tls_server_name="name",
    )
    assert config.server == "https://other.example"
    assert config.credentials.authorization() == "Bearer new"
    assert (config.namespace, config.tls_server_name) == ("n", "name")
    assert not config.insecure


def test_the_kubeconfig_may_do_without_compression(tmp_path: Path) -> None:
    assert load(tmp_path).compressed
    assert not load(tmp_path, cluster=", disable-compression: true").compressed


def test_secrets_do_not_show(tmp_path: Path) -> None:
    for user in (
        "{token: s3cret}",
        "{username: me, password: s3cret}",
        f"{{client-certificate-data: {CA}, client-key-data: czNjcmV0}}",
    ):
        config = load(tmp_path, user)
        shown = f"{config!r}{config.credentials!r}{config.client_certificate!r}"
        assert "s3cret" not in shown
        assert "Basic" not in shown


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ("{token: abc, tokenFile: /gone}", "Bearer abc"),
        ('{token: "abc\\n"}', "Bearer abc"),
        ("{username: me, password: secret}", "Basic bWU6c2VjcmV0"),
    ],
)
def test_the_user_signs_in(tmp_path: Path, user: str, header: str) -> None:
    assert load(tmp_path, user).credentials.authorization() == header


def test_a_token_file_is_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\n")
    credentials = load(tmp_path, "{tokenFile: token}").credentials
    assert credentials.authorization() == "Bearer one"
    (tmp_path / "token").write_text("two")
    assert credentials.authorization() == "Bearer two"


def test_a_missing_token_file_is_named(tmp_path: Path) -> None:
    credentials = load(tmp_path, "{tokenFile: token}").credentials
    with pytest.raises(KubeconfigError, match="cannot read the token in"):
        credentials.authorization()


def test_a_client_certificate_comes_as_data_or_file(tmp_path: Path) -> None:
    user = f"{{client-certificate-data: {CA}, client-key: key.pem}}"
    assert load(tmp_path, user).client_certificate == ClientCertificate(
        certificate=b"-----BEGIN", key=tmp_path / "key.pem"
    )


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="belong together"):
        load(tmp_path, f"{{client-certificate-data: {CA}}}")


def test_impersonation_becomes_headers(tmp_path: Path) -> None:
    user = (
        "{as: jane, as-uid: '7', as-groups: [dev],"
        " as-user-extra: {a: [x, z], acme.io/b %: [w]}}"
    )
    assert load(tmp_path, user).impersonation == (
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "dev"),
        ("Impersonate-Extra-a", "x"),
        ("Impersonate-Extra-a", "z"),
        ("Impersonate-Extra-acme.io%2Fb%20%25", "w"),
    )
    config = load(tmp_path, user, as_user="joe", as_groups=("ops", "qa"))
    assert config.impersonation[0] == ("Impersonate-User", "joe")
    assert ("Impersonate-Group", "qa") in config.impersonation


def test_groups_to_act_as_need_a_user(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="need a user to act as"):
        load(tmp_path, as_groups=("ops",))


def test_a_context_that_is_not_there_is_answered_with_those_that_are(
    tmp_path: Path,
) -> None:
    with pytest.raises(KubeconfigError, match="no context named 'prod'") as caught:
        load(tmp_path, context="prod")
    assert caught.value.hint == "there are: lost, main"


def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="no cluster named 'nowhere'"):
        load(tmp_path, context="lost")


def test_data_that_is_not_base64_is_named(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="certificate-authority-data"):
        load(tmp_path, cluster=", certificate-authority-data: '%%'")


def test_without_any_configuration_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(KubeconfigError, match="no Kubernetes cluster") as caught:
        load_config(Overrides(), environ={"HOME": str(tmp_path)})
    assert "--sandbox" in str(caught.value.hint)
    assert context_namespace(Overrides(), {"HOME": str(tmp_path)}) == "default"


def test_a_server_by_flag_needs_no_kubeconfig(tmp_path: Path) -> None:
    config = load_config(
        Overrides(server="http://localhost:8080", token="t"),
        environ={"HOME": str(tmp_path)},
    )
    assert config.server == "http://localhost:8080"


def test_in_a_pod_its_service_account_is_used(tmp_path: Path) -> None:
    for name, text in (("token", "t0\n"), ("namespace", "jobs"), ("ca.crt", "PEM")):
        (tmp_path / name).write_text(text)
    config = load_config(
        Overrides(),
        environ={
            "HOME": str(tmp_path),
            "KUBERNETES_SERVICE_HOST": "fd00::1",
            "KUBERNETES_SERVICE_PORT": "6443",
        },
        service_account=tmp_path,
    )
    assert config.server == "https://[fd00::1]:6443"
    assert config.namespace == "jobs"
    assert config.ca == b"PEM"
    assert config.credentials.authorization() == "Bearer t0"


def test_flags_go_before_a_pods_service_account(tmp_path: Path) -> None:
    for name in ("token", "ca.crt", "own.crt"):
        (tmp_path / name).write_text(name)
    config = load_config(
        Overrides(
            ca_file=str(tmp_path / "own.crt"),
            tls_server_name="kubernetes",
            token="t1",
            as_user="jane",
        ),
        environ={"HOME": str(tmp_path), "KUBERNETES_SERVICE_HOST": "10.0.0.1"},
        service_account=tmp_path,
    )
    assert (config.server, config.namespace) == ("https://10.0.0.1:443", "default")
    assert (config.ca, config.tls_server_name) == (b"own.crt", "kubernetes")
    assert config.credentials.authorization() == "Bearer t1"
    assert config.impersonation == (("Impersonate-User", "jane"),)


def test_a_namespace_is_told_without_signing_in(tmp_path: Path) -> None:
    plugin = (
        "{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: missing}}"
    )
    load(tmp_path, plugin)
    overrides = Overrides(kubeconfig=str(tmp_path / "config"))
    assert context_namespace(overrides, {}) == "shop"


def test_no_secret_goes_over_plain_http(tmp_path: Path) -> None:
    for user in ("{token: t}", f"{{client-certificate-data: {CA}}}"):
        config = load(tmp_path, user, server="http://proxy:8001", as_user="jane")
        assert config.credentials.authorization() == ""
        assert config.certificate() is None
        assert config.impersonation == (("Impersonate-User", "jane"),)


def test_a_token_is_taken_where_the_file_of_a_fresher_one_is_missing(
    tmp_path: Path,
) -> None:
    credentials = load(tmp_path, "{token: old, tokenFile: token}").credentials
    assert credentials.authorization() == "Bearer old"
    (tmp_path / "token").write_text("new\n")
    assert credentials.authorization() == "Bearer new"


def test_the_kubernetes_package_is_imported_only_for_auth_providers() -> None:
    code = (
        "import sys, pypkg.cluster.config, pypkg.cluster.client, pypkg.cluster.tracker,"
        "pypkg.cluster.exec_plugin;"
        "sys.exit(any(m in sys.modules for m in ('kubernetes', 'urllib3', 'yaml')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
