"""What charts hold in crds/: created at an install, and never touched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.apply import Applier
from pypkg.errors import ApiError, ConflictError, ReleaseError
from pypkg.objects.manifest import Manifest, split_documents
from pypkg.release import resources
from pypkg.release.events import ObjectChanged, Outcome
from pypkg.release.waiting import wait_established

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.chart.chart import File
    from pypkg.release.operation import Operation

# Helm waits so long for a definition, whatever --timeout says.
TIMEOUT = 60.0


def install_crds(operation: Operation, files: Iterable[File]) -> None:
    """Create the definitions that the cluster does not have, and wait for them.

    Args:
        operation: The install.
        files: What lies in crds/, as ``Chart.crds()`` gives it.

    Raises:
        ReleaseError: A definition cannot be created.
        NotReadyError: A definition is refused, or not established in time.
    """
    cluster = operation.cluster
    applier = Applier(
        cluster=cluster, manager=operation.env.field_manager, server_side=False
    )
    created = []
    for file in files:
        for obj in resources.build(cluster, _documents(file), cluster.namespace):
            try:
                applier.create(obj.object)
            except ConflictError:
                operation.env.report(ObjectChanged(obj.ref, Outcome.SKIPPED))
            except ApiError as error:
                raise ReleaseError(
                    f"failed to install CRD {file.name}: {error}", hint=error.hint
                ) from error
            else:
                created.append(obj.ref)
                operation.env.report(ObjectChanged(obj.ref, Outcome.CREATED))
    if created:
        wait_established(operation, created, TIMEOUT)
        # The objects of the chart may be of the new kinds.
        cluster.discovery.refresh()


def _documents(file: File) -> list[Manifest]:
    text = file.data.decode("utf-8", errors="replace")
    return [Manifest.parse(file.name, document) for document in split_documents(text)]
