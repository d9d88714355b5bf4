"""From global flags to a cluster: the user's own one, or the sandbox."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pypkg.cli import failures, rendering
from pypkg.cli.settings import variable
from pypkg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pypkg.cli.settings import Settings
    from pypkg.cluster.client import Cluster
    from pypkg.cluster.config import Overrides
    from pypkg.release.environment import Environment
    from pypkg.release.events import Event, RevisionRecorded
    from pypkg.release.storage import Storage


def overrides(settings: Settings) -> Overrides:
    """Say what the flags change of the kubeconfig; the sandbox has its own."""
    from pypkg.cluster.config import Overrides  # noqa: PLC0415 - start-up time

    if settings.sandbox:
        from pypkg.sandbox import daemon  # noqa: PLC0415 - start-up time

        _check_alone(settings)
        return Overrides(
            kubeconfig=str(daemon.up().kubeconfig), namespace=settings.namespace
        )
    return Overrides(
        kubeconfig=settings.kubeconfig,
        context=settings.kube_context,
        namespace=settings.namespace,
        server=settings.kube_apiserver,
        token=settings.kube_token,
        ca_file=settings.kube_ca_file,
        as_user=settings.kube_as_user,
        as_groups=settings.kube_as_group,
        tls_server_name=settings.kube_tls_server_name,
        insecure=settings.kube_insecure_skip_tls_verify or None,
    )


def _check_alone(settings: Settings) -> None:
    """Refuse to guess which of two clusters is meant.

    Raises:
        UsageError: A flag names a cluster beside the sandbox.
    """
    others = {
        "--kubeconfig": settings.kubeconfig,
        "--kube-context": settings.kube_context,
        "--kube-apiserver": settings.kube_apiserver,
    }
    for name, given in others.items():
        if given:
            raise UsageError(
                f"{name} {given} and --sandbox name different clusters",
                hint="leave out one of them; PYPKG_SANDBOX may be set, too",
            )


def namespace(settings: Settings) -> str:
    """Give the namespace to work in, without speaking to a cluster.

    It is the flag's, else that of the kubeconfig's context, else ``default``.
    """
    if settings.namespace:
        return settings.namespace
    if settings.sandbox or not _may_be_configured(settings):
        return "default"
    from pypkg.cluster.config import context_namespace  # noqa: PLC0415 - start-up time

    return context_namespace(overrides(settings), os.environ)


def _may_be_configured(settings: Settings) -> bool:
    """Tell without reading anything whether a cluster could be configured at all.

    Where there is none, as where charts are only rendered, the start is quicker.
    """
    return bool(
        settings.kubeconfig
        or os.environ.get("KUBECONFIG")
        or os.environ.get("KUBERNETES_SERVICE_HOST")
        or os.path.exists(os.path.expanduser("~/.kube/config"))  # noqa: PTH110, PTH111 - pathlib costs start-up time
    )


def connect(settings: Settings) -> Cluster:
    """Make the cluster to talk to; nothing is sent to it yet.

    Raises:
        KubeconfigError: No cluster is configured, or wrongly.
    """
    from pypkg.cluster.client import connect  # noqa: PLC0415 - start-up time
    from pypkg.cluster.config import load_config  # noqa: PLC0415 - start-up time
    from pypkg.cluster.throttle import Rate  # noqa: PLC0415 - start-up time

    config = load_config(overrides(settings), environ=os.environ)
    return connect(
        config,
        environ=os.environ,
        parallel=settings.parallel,
        rate=Rate(settings.qps, settings.burst_limit),
    )


@contextmanager
def environment(
    settings: Settings,
    *,
    everywhere: bool = False,
    offline: bool = False,
    telling: str = "none",
) -> Iterator[Environment]:
    """Give what operations on releases work with, and print what they tell.

    Args:
        settings: The global flags.
        everywhere: Whether to see the releases of all namespaces.
        offline: Whether to do without a cluster, for a client dry run.
        telling: The form in which progress is told: a :class:`progress.Form`.

    Raises:
        OperationInterruptedError: The user stopped an operation that had begun.
    """
    from pypkg.cli.display import progress  # noqa: PLC0415 - start-up time

    form = progress.Form(telling)
    with (
        failures.heeding_termination(),
        progress.reporter(form, color=settings.colored) as tell,
    ):
        reports = _Reports(tell)
        env = _surroundings(settings, reports, everywhere=everywhere, offline=offline)
        with _explaining_interruption(env.storage, reports.begun):
            yield env


class _Reports:
    """Passes on what an operation tells.

    Attributes:
        begun: The revisions that it has recorded.
    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self.begun: list[RevisionRecorded] = []
        self._tell = tell

    def take(self, event: Event) -> None:
        from pypkg.release.events import (  # noqa: PLC0415 - start-up time
            RevisionRecorded,
        )

        if isinstance(event, RevisionRecorded):
            self.begun.append(event)
        self._tell(event)

    def warn(self, message: str) -> None:
        from pypkg.release.events import Warned  # noqa: PLC0415 - start-up time

        self.take(Warned(message))


def _surroundings(
    settings: Settings, reports: _Reports, *, everywhere: bool, offline: bool
) -> Environment:
    from pypkg.release.environment import Environment  # noqa: PLC0415 - start-up time
    from pypkg.release.storage import MemoryStorage  # noqa: PLC0415 - start-up time
    from pypkg.render.renderer import (  # noqa: PLC0415 - start-up time
        Settings as RenderSettings,
    )

    cluster = None if offline else connect(settings)
    here = cluster.namespace if cluster else namespace(settings)
    where = "" if everywhere else here
    return Environment(
        cluster=cluster,
        storage=_storage(cluster, where, reports.warn) if cluster else MemoryStorage(),
        namespace=here,
        report=reports.take,
        rendering=RenderSettings(cache=rendering.code_cache()),
    )


@contextmanager
def _explaining_interruption(
    storage: Storage, begun: list[RevisionRecorded]
) -> Iterator[None]:
    """Let Ctrl-C end with the state in which it leaves the release."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if not begun:
            raise
        from pypkg.cli.interruption import interrupted  # noqa: PLC0415 - rare

        ended = interrupted(storage, begun[-1])
        if isinstance(stop, failures.Terminated):
            ended.exit_code = stop.exit_code
        raise ended from stop


def _storage(cluster: Cluster, where: str, warn: Callable[[str], None]) -> Storage:
    """Choose where records are kept, by ``PYPKG_DRIVER``."""
    from pypkg.release import storage  # noqa: PLC0415 - start-up time
    from pypkg.release.records.timestamps import local_now  # noqa: PLC0415 - start-up time

    driver = variable("DRIVER") or "secret"
    match driver:
        case "secret" | "secrets":
            return storage.SecretStorage(cluster, where, clock=local_now, warn=warn)
        case "configmap" | "configmaps":
            return storage.ConfigMapStorage(cluster, where, clock=local_now, warn=warn)
        case "memory":
            return storage.MemoryStorage()
        case "sql":
            from pypkg.release.storage.sql import (  # noqa: PLC0415 - start-up time
                SqlStorage,
            )

            connection = variable("DRIVER_SQL_CONNECTION_STRING")
            if not connection:
                raise UsageError(
                    "the sql driver needs a database",
                    hint="set PYPKG_DRIVER_SQL_CONNECTION_STRING to postgresql://… or"
                    " sqlite:///PATH",
                )
            return SqlStorage(connection, where, clock=local_now, warn=warn)
        case _:
            raise UsageError(
                f"there is no storage driver {driver!r}",
                hint="set PYPKG_DRIVER to secret, configmap, memory or sql",
            )
