"""What every test may ask for: the real clients, an own home, and the command."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests import clients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.cluster.client import Cluster
    from pypkg.sandbox.daemon import Status

ROOT = Path(__file__).parent.parent
# Variables that would let the machine's own clusters and settings into a test.
PRIVATE = ("PYPKG_", "HELM_", "XDG_", "KUBE")
# Unlocks the key of GnuPG's user.
PASSPHRASE = "open sesame"
# A kubeconfig, to whose cluster the tests go instead of starting a sandbox.
OTHER_CLUSTER = os.environ.get("PYPKG_TEST_KUBECONFIG", "")

# How long examples take tells of a busy machine, and of nothing else.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """A program that runs in an environment of its own.

    Attributes:
        program: The words that start it.
        environ: Its whole environment; a test may add to it.
        folder: Its working directory.
    """

    program: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def __call__(
        self, *arguments: str | Path, text: str | None = None, seconds: float = 60
    ) -> Result:
        """Run it; whatever status it ends with is a result.

        Args:
            *arguments: Words of the command line.
            text: What it reads on standard input; nothing by default.
            seconds: When to give up.
        """
        done = subprocess.run(
            [*self.program, *map(str, arguments)],
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            encoding="utf-8",
            env=self.environ,
            cwd=self.folder,
            timeout=seconds,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments: str | Path, text: str | None = None) -> str:
        """Run it, and give its output; a failure is the test's failure."""
        done = self(*arguments, text=text)
        assert done.code == 0, f"{arguments}: {done.err}{done.out}"
        return done.out

    def fails(self, *arguments: str | Path, text: str | None = None) -> str:
        """Run it, expect exit status 1, and give its standard error."""
        done = self(*arguments, text=text)
        assert done.code == 1, f"{arguments} ended with {done.code}: {done.out}"
        assert "Traceback" not in done.err
        return done.err


def client(name: str) -> Path:
    """Give a real client's path, or skip the test."""
    path = clients.find(name)
    if path is None:
        pytest.skip(f"the real {name} is not in {clients.FOLDER}: run `make clients`")
    return path


@pytest.fixture(scope="session")
def helm() -> Path:
    """The real helm v4.3.1."""
    return client("helm")


@pytest.fixture(scope="session")
def kubectl() -> Path:
    """The real kubectl v1.37.1."""
    return client("kubectl")


@pytest.fixture(scope="session")
def clean_environ() -> dict[str, str]:
    """The machine's environment without its clusters and settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith(PRIVATE)}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, for this process and for those it starts."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in [n for n in os.environ if n.startswith(PRIVATE)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    # Every command is a new process: let the first of them keep the bytecode.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    return folder


@pytest.fixture
def program(home: Path, tmp_path: Path) -> Callable[..., Command]:
    """Make commands that run in the empty home, in a folder of their own."""

    def make(*words: str | Path) -> Command:
        return Command(tuple(map(str, words)), dict(os.environ), tmp_path)

    return make


@pytest.fixture
def pypkg(program: Callable[..., Command]) -> Command:
    """The command line, in a process of its own."""
    return program(sys.executable, "-m", "pypkg")


@pytest.fixture
def real_helm(program: Callable[..., Command], helm: Path) -> Command:
    """The real helm, in the same home and folder as ``pypkg``."""
    return program(helm)


@pytest.fixture
def real_kubectl(program: Callable[..., Command], kubectl: Path) -> Command:
    """The real kubectl, in the same home and folder as ``pypkg``."""
    return program(kubectl)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the secret and the public keys of Ann and Anna."""
    import pysequoia

    folder = tmp_path_factory.mktemp("keys")
    secrets, publics = b"", b""
    for user in ("Ann <ann@example.com>", "Anna <anna@example.com>"):
        key = pysequoia.Tsk.generate(user, cipher_suite=pysequoia.CipherSuite.RSA2k)
        secrets += bytes(key)
        publics += bytes(key.extract_certificate())
    (folder / "secring.gpg").write_bytes(secrets)
    (folder / "pubring.gpg").write_bytes(publics)
    return folder


@pytest.fixture(scope="session")
def gnupg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of the real GnuPG, with a keybox and a locked secret key."""
    # Its agent's socket lies there, and paths of sockets are short.
    folder = tmp_path_factory.mktemp("g")
    folder.chmod(0o700)
    quick = ["--quick-gen-key", "Bob <bob@example.com>", "rsa2048", "default", "never"]
    try:
        gpg(folder, *quick)
    except FileNotFoundError:
        pytest.skip("GnuPG is not installed")
    (folder / "secring.gpg").write_bytes(gpg(folder, "--export-secret-keys"))
    yield folder
    # gpg has started an agent for this home, which would outlive the tests.
    subprocess.run(
        ["gpgconf", "--homedir", str(folder), "--kill", "gpg-agent"],  # noqa: S607 - as below
        check=True,
    )


def gpg(home: Path, *words: str) -> bytes:
    unlocking = ["--pinentry-mode", "loopback", "--passphrase", PASSPHRASE]
    return subprocess.run(
        ["gpg", "--homedir", str(home), "--batch", "--quiet", *unlocking, *words],  # noqa: S607 - GnuPG is where PATH says
        capture_output=True,
        check=True,
    ).stdout


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what another cluster cannot play."""
    if OTHER_CLUSTER and item.get_closest_marker("faults") and not plays_faults():
        pytest.skip("the cluster's pods do not fail on demand, by pypkg.dev/sim")


@cache
def plays_faults() -> bool:
    """Tell whether the other cluster's nodes are those of a sandbox."""
    from pypkg.cluster.client import connect
    from pypkg.cluster.config import Overrides, load_config

    config = load_config(Overrides(kubeconfig=OTHER_CLUSTER), environ={})
    cluster = connect(config, environ={})
    nodes = cluster.list(cluster.discovery.resource("v1", "Node"))
    runtimes = [n["status"]["nodeInfo"]["containerRuntimeVersion"] for n in nodes]
    return all(runtime.startswith("pypkg-sandbox://") for runtime in runtimes)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Status]:
    """A sandbox cluster for the whole run: its ``kubeconfig`` and ``server``.

    Tests share it: each works in a namespace of its own, see ``namespace``. With
    ``PYPKG_TEST_KUBECONFIG`` it is whatever cluster that file leads to.
    """
    from pypkg.sandbox import daemon

    folder = tmp_path_factory.mktemp("sandbox")
    if OTHER_CLUSTER:
        yield other_cluster(Path(OTHER_CLUSTER).absolute(), folder)
        return
    yield daemon.up(folder)
    daemon.down(folder)


@pytest.fixture(scope="session")
def context(sandbox: Status) -> str:
    """The name of the kubeconfig's context."""
    from pypkg import yamlio

    current: str = yamlio.load(sandbox.kubeconfig.read_text())["current-context"]
    return current


def other_cluster(kubeconfig: Path, folder: Path) -> Status:
    """A cluster that is there already, in the sandbox's place."""
    from pypkg.cluster.config import Overrides, load_config
    from pypkg.sandbox.daemon import Status

    config = load_config(Overrides(kubeconfig=str(kubeconfig)), environ={})
    return Status(
        folder=folder,
        running=True,
        server=config.server,
        pid=0,
        kubeconfig=kubeconfig,
        log=folder / "log",
    )


def new_namespace(cluster: Cluster) -> str:
    """Make a namespace, and wait for the service account that its pods need."""
    from pypkg.cluster.readiness import readiness
    from pypkg.cluster.reference import ObjectRef
    from pypkg.cluster.tracker import Tracker

    name = f"test-{uuid.uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    cluster.request("POST", "/api/v1/namespaces", body=body)
    account = ObjectRef("v1", "ServiceAccount", "default", name)
    if cluster.find(account) is None:
        tracker = Tracker(cluster=cluster, report=lambda _: None)
        tracker.wait_ready([account], readiness, 30)
    return name


def leave(cluster: Cluster, namespace: str) -> None:
    """Remove a namespace where it would outlast the tests."""
    if OTHER_CLUSTER:
        cluster.request("DELETE", f"/api/v1/namespaces/{namespace}")


@pytest.fixture
def namespace(sandbox: Status) -> Iterator[str]:
    """A namespace of the sandbox that no other test uses."""
    from pypkg.cluster.client import connect
    from pypkg.cluster.config import Overrides, load_config

    config = load_config(Overrides(kubeconfig=str(sandbox.kubeconfig)), environ={})
    cluster = connect(config, environ={})
    name = new_namespace(cluster)
    yield name
    leave(cluster, name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a database on a real PostgreSQL, for the whole run."""
    from tests import postgresql as server

    programs = server.find()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: run `make services`")
    with server.running(programs) as url:
        yield url
