"""Loading a chart from a folder or an archive, with its subcharts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.chart.archive import MAX_CHART_BYTES, Budget, read_archive
from pypkg.chart.chart import Chart, File
from pypkg.chart.folder import read_folder
from pypkg.chart.metadata import Metadata
from pypkg.chart.warning import ignore
from pypkg.errors import ChartError, MetadataError, YamlError
from pypkg.values.merge import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Protocol

    from pypkg.chart.lock import Lock

    class Parser(Protocol):
        """Reads every document of a YAML text, as :func:`pypkg.yamlio.load_all` does.

        Its result is not changed by the caller, so that a cache may give it again.
        """

        def __call__(self, text: bytes, *, source: str, unique_keys: bool) -> list[Any]:
            """Read the documents; raise YamlError for a text that does not parse."""


CHART_FILE = "Chart.yaml"
VALUES_FILE = "values.yaml"
SCHEMA_FILE = "values.schema.json"
# Deeper than any real chart, and shallow enough for the interpreter's stack.
MAX_DEPTH = 64


def load_chart(
    path: Path | str,
    *,
    parse: Parser | None = None,
    warn: Callable[[str], None] = ignore,
) -> Chart:
    """Load a chart and all its subcharts.

    Args:
        path: A chart's folder or a .tgz file.
        parse: Reads YAML, in place of :func:`pypkg.yamlio.load_all`: a seam for a
            cache.
        warn: Hears of what Helm lets pass and the author should know.

    Raises:
        ChartError: There is no chart, or it breaks the rules of the format. An
            ArchiveError or MetadataError where one fits.
        YamlError: A YAML file does not parse: with its path, line and an excerpt.
    """
    path = os.fspath(path).rstrip("/") or "/"
    if os.path.isdir(path):
        if not os.path.exists(os.path.join(path, CHART_FILE)):
            raise _no_chart_file(path)
        budget = Budget()
        loader = _Loader(path, parse, warn, budget)
        return loader.root(read_folder(path, budget=budget, warn=warn))
    try:
        if os.path.getsize(path) > MAX_CHART_BYTES:
            raise ChartError(f"{path} is too large for a chart archive")
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise ChartError(
            f"there is no chart at {path}", hint="a chart is a folder or a .tgz file"
        ) from None
    except OSError as error:
        raise ChartError(f"cannot read {path}: {error.strerror}") from error
    return load_archive(data, name=path, parse=parse, warn=warn)


def load_archive(
    data: bytes,
    *,
    name: str,
    parse: Parser | None = None,
    warn: Callable[[str], None] = ignore,
) -> Chart:
    """Load a chart from the bytes of a .tgz file; see :func:`load_chart`.

    Args:
        data: The archive.
        name: What errors call it.
        parse: As for :func:`load_chart`.
        warn: As for :func:`load_chart`.
    """
    budget = Budget()
    loader = _Loader(name, parse, warn, budget)
    return loader.root(read_archive(data, name=name, budget=budget))


class _Loader:
    """Puts a chart together from its files, which are named relative to it."""

    def __init__(
        self,
        place: str,
        parse: Parser | None,
        warn: Callable[[str], None],
        budget: Budget,
        depth: int = 0,
    ) -> None:
        self.place = place
        self.parse = parse or yamlio.load_all
        self.warn = warn
        self.budget = budget
        self.depth = depth

    def root(self, files: Sequence[File]) -> Chart:
        chart = self.chart(files)
        if chart.metadata.api_version not in ("v1", "v2"):
            raise MetadataError(
                self.path(CHART_FILE),
                [f'apiVersion "{chart.metadata.api_version}" is not supported'],
                hint="v1 and v2 are",
            )
        return chart

    def chart(self, files: Sequence[File]) -> Chart:
        templates: list[File] = []
        others: list[File] = []
        subcharts: dict[str, list[File]] = {}
        special: dict[str, File] = {}
        for file in files:
            name = file.name
            if name.startswith("templates/"):
                templates.append(file)
            elif name.startswith("charts/") and not name.endswith(".prov"):
                entry = name.split("/", 2)[1]
                subcharts.setdefault(entry, []).append(file)
            elif name in _SPECIAL:
                special[name] = file
            else:
                others.append(file)
                if name in _V1_FILES:
                    special[name] = file
        metadata = self.metadata(special)
        if metadata.api_version != "v1":
            others = [file for file in others if file.name not in _V1_FILES]
        schema = special.get(SCHEMA_FILE)
        values = special.get(VALUES_FILE)
        return Chart(
            metadata=metadata,
            values=self.values(values) if values else {},
            templates=tuple(templates),
            files=tuple(others),
            dependencies=tuple(self.subcharts(subcharts)),
            schema=schema.data if schema else None,
            lock=self.lock(special),
            values_text=values.data if values else None,
            modified_ns=special[CHART_FILE].modified_ns,
            schema_modified_ns=schema.modified_ns if schema else 0,
        )

    def metadata(self, special: dict[str, File]) -> Metadata:
        chart_file = special.get(CHART_FILE)
        if chart_file is None:
            hint = (
                "a file or folder in charts/ is a chart, unless it starts with _ or ."
            )
            raise _no_chart_file(self.place, hint if self.depth else None)
        data = self.mapping(chart_file)
        if "requirements.yaml" in special:
            # Helm reads both files into one record, so either may hold any field.
            data = {**data, **self.mapping(special["requirements.yaml"])}
        path = self.path(CHART_FILE)
        metadata = Metadata.from_dict(data, path=path)
        if faults := metadata.faults():
            raise MetadataError(path, faults)
        if metadata.api_version != "v1" and "requirements.yaml" in special:
            self.warn(
                f"{self.path('requirements.yaml')}: since apiVersion v2 dependencies"
                " belong in Chart.yaml"
            )
        return metadata

    def lock(self, special: dict[str, File]) -> Lock | None:
        # With both files the v1 one wins in Helm, being read later.
        for name in ("requirements.lock", "Chart.lock"):
            if name in special:
                from pypkg.chart.lock import Lock  # noqa: PLC0415 - start-up time

                return Lock.from_dict(self.mapping(special[name]), path=self.path(name))
        return None

    def values(self, file: File) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for document in self.documents(file):
            if document is None:
                continue
            if not isinstance(document, dict):
                raise self.no_mapping(file, document)
            values = merge(values, document) if values else document
        return values

    def mapping(self, file: File) -> dict[str, Any]:
        documents = self.documents(file)
        first = documents[0] if documents else None
        if first is not None and not isinstance(first, dict):
            raise self.no_mapping(file, first)
        return first or {}

    def documents(self, file: File) -> list[Any]:
        source = self.path(file.name)
        try:
            return self.parse(file.data, source=source, unique_keys=True)
        except YamlError as error:
            # Helm takes the last of several equal keys, and so do published charts.
            documents = self.parse(file.data, source=source, unique_keys=False)
            self.warn(str(error))
            return documents

    def subcharts(self, entries: dict[str, list[File]]) -> list[Chart]:
        return [
            self.subchart(entry, files)
            for entry, files in entries.items()
            if not entry.startswith(("_", "."))
        ]

    def subchart(self, entry: str, files: list[File]) -> Chart:
        if self.depth >= MAX_DEPTH:
            raise ChartError(f"{self.place}: subcharts nest more than {MAX_DEPTH} deep")
        prefix = f"charts/{entry}/"
        place = self.path(f"charts/{entry}")
        loader = _Loader(place, self.parse, self.warn, self.budget, self.depth + 1)
        if not entry.endswith(".tgz"):
            return loader.chart(
                [
                    File(file.name[len(prefix) :], file.data, file.modified_ns)
                    for file in files
                    if file.name.startswith(prefix)
                ]
            )
        if files[0].name != prefix[:-1]:
            raise ChartError(f"{place} is a folder with an archive's name")
        return loader.chart(read_archive(files[0].data, name=place, budget=self.budget))

    def path(self, name: str) -> str:
        return f"{self.place}/{name}"

    def no_mapping(self, file: File, document: Any) -> ChartError:
        kind = "a list" if isinstance(document, list) else "a single value"
        return ChartError(
            f"{self.path(file.name)} must hold a mapping (key: value), it is {kind}"
        )


def _no_chart_file(place: str, hint: str | None = None) -> ChartError:
    return ChartError(
        f"{place} is no chart: {CHART_FILE} file is missing",
        hint=hint or "pypkg create NAME makes a new chart",
    )


_V1_FILES = ("requirements.yaml", "requirements.lock")
_SPECIAL = frozenset({CHART_FILE, "Chart.lock", VALUES_FILE, SCHEMA_FILE})
