"""A chart in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.chart.lock import Lock
    from pypkg.chart.metadata import Metadata

_MANIFESTS = (".yaml", ".yml", ".json")


class File(Struct):
    """A file of a chart.

    Attributes:
        name: Its path in the chart, with ``/``: ``templates/service.yaml``.
        data: Its bytes, without a byte order mark.
        modified_ns: When it was last changed, in nanoseconds since 1970 UTC;
            0 where that is not known.
    """

    name: str
    data: bytes
    modified_ns: int = 0

    def __repr__(self) -> str:
        return f"File({self.name!r}, {len(self.data)} bytes)"


class Chart(Struct):
    """A chart with its subcharts. Nothing in it may be changed, values included.

    Attributes:
        metadata: Chart.yaml, with the dependencies of a v1 chart's requirements.yaml.
        values: values.yaml as loaded; {} where there is none.
        templates: What lies in ``templates/``, in the archive's or folder's order.
        files: All other files that templates may read, ``crds/`` included.
        dependencies: The subcharts.
        schema: values.schema.json.
        lock: Chart.lock, or a v1 chart's requirements.lock.
        values_text: values.yaml with its comments.
        modified_ns: When Chart.yaml was changed; as in :class:`File`.
        schema_modified_ns: The same for values.schema.json.
    """

    metadata: Metadata
    values: dict[str, Any]
    templates: tuple[File, ...] = ()
    files: tuple[File, ...] = ()
    dependencies: tuple[Chart, ...] = ()
    schema: bytes | None = None
    lock: Lock | None = None
    values_text: bytes | None = None
    modified_ns: int = 0
    schema_modified_ns: int = 0

    @property
    def name(self) -> str:
        """The chart's name; for a subchart with an alias, that."""
        return self.metadata.name

    @property
    def version(self) -> str:
        """The chart's version as written."""
        return self.metadata.version

    @property
    def is_library(self) -> bool:
        """Whether it only lends its named templates to others."""
        return self.metadata.type == "library"

    def walk(self) -> Iterator[tuple[str, Chart]]:
        """Give this chart and all below it, each with its path: ``web/charts/db``.

        The path is what Helm's template names start with. A chart comes before
        its subcharts.
        """
        yield from _walk(self.name, self)

    def crds(self) -> list[File]:
        """Give what lies in ``crds/``, of this chart and then of its subcharts.

        The names are full paths: ``web/charts/db/crds/backup.yaml``.
        """
        return [
            File(f"{path}/{file.name}", file.data, file.modified_ns)
            for path, chart in self.walk()
            for file in chart.files
            if file.name.startswith("crds/") and file.name.lower().endswith(_MANIFESTS)
        ]


def _walk(path: str, chart: Chart) -> Iterator[tuple[str, Chart]]:
    yield path, chart
    for dependency in chart.dependencies:
        yield from _walk(f"{path}/charts/{dependency.name}", dependency)
