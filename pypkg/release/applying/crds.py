"""What charts hold in crds/: created at an install, and never touched again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.cluster.apply import Applier
from pypkg.errors import ApiError, ReleaseError
from pypkg.objects.manifest import Manifest, split_documents
from pypkg.release.applying import resources
from pypkg.release.applying.waiting import wait_established
from pypkg.release.events import ObjectChanged, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.chart.chart import File
    from pypkg.release.operation import Operation

# Helm waits so long for a definition, whatever --timeout says.
TIMEOUT = 60.0


def install_crds(
    operation: Operation, files: Iterable[File], *, server_side: bool
) -> None:
    """Create the definitions that the cluster does not have, and wait for them.

    Args:
        operation: The install.
        files: What lies in crds/, as ``Chart.crds()`` gives it.
        server_side: Create them by server-side apply.

    Raises:
        ReleaseError: A definition cannot be created.
        NotReadyError: A definition is refused, or not established in time.
    """
    cluster = operation.cluster
    report = operation.env.report
    applier = Applier(
        cluster=cluster,
        manager=operation.env.field_manager,
        server_side=server_side,
    )
    created = []
    for file in files:
        for obj in resources.build(cluster, documents(file), cluster.namespace):
            # Helm 4's server-side apply changes a definition that exists, in spite of
            # its documentation; other releases may need it as it is.
            if cluster.find(obj.ref) is not None:
                report(ObjectChanged(obj.ref, Outcome.SKIPPED))
                continue
            try:
                applier.create(obj.object)
            except ApiError as error:
                raise ReleaseError(
                    f"failed to install CRD {file.name}: {error}", hint=error.hint
                ) from error
            created.append(obj.ref)
            report(ObjectChanged(obj.ref, Outcome.CREATED))
    if created:
        wait_established(operation, created, TIMEOUT)
        # The objects of the chart may be of the new kinds.
        cluster.discovery.refresh()


def documents(file: File) -> list[Manifest]:
    """Read a file of crds/."""
    text = file.data.decode("utf-8", errors="replace")
    return [Manifest.parse(file.name, document) for document in split_documents(text)]
