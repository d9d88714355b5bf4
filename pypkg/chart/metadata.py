"""Chart.yaml: what a chart says of itself."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, Self

from pypkg.chart.decoding import Decoder
from pypkg.errors import MetadataError, VersionError
from pypkg.structs import Struct
from pypkg.versions import Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALIAS = r"[a-zA-Z0-9_-]+"


class Maintainer(Struct):
    """Who answers for a chart."""

    name: str = ""
    email: str = ""
    url: str = ""

    @classmethod
    def decode(cls, decoder: Decoder) -> Self:
        """Read an entry of Chart.yaml's ``maintainers``."""
        return cls(
            name=_printable(decoder.text("name")),
            email=_printable(decoder.text("email")),
            url=_printable(decoder.text("url")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the wire form, without what is empty."""
        return _filled({"name": self.name, "email": self.email, "url": self.url})


class Dependency(Struct):
    """A chart that another needs, or, in a lock, the one chosen for that.

    Attributes:
        name: The name in that chart's own Chart.yaml; the alias once that is applied.
        version: A constraint; in a lock, a version.
        repository: ``https://``, ``oci://``, ``file://``, ``@name``, ``alias:name``,
            or "" for one that lies in ``charts/``.
        condition: Paths of values, with commas; the first that holds a boolean
            decides whether the chart takes part.
        tags: Names under the top-level value ``tags``.
        enabled: Whether conditions and tags let it take part.
        import_values: What the parent takes from its values: ``NAME`` for
            ``exports.NAME``, or ``{"child": PATH, "parent": PATH}``.
        alias: Another name to install it under.
    """

    name: str = ""
    version: str = ""
    repository: str = ""
    condition: str = ""
    tags: tuple[str, ...] = ()
    enabled: bool = False
    import_values: tuple[Any, ...] = ()
    alias: str = ""

    @classmethod
    def decode(cls, decoder: Decoder) -> Self:
        """Read an entry of Chart.yaml's ``dependencies``, or of a lock's."""
        return cls(
            name=_printable(decoder.text("name")),
            version=_printable(decoder.text("version")),
            repository=_printable(decoder.text("repository")),
            condition=_printable(decoder.text("condition")),
            tags=tuple(map(_printable, decoder.texts("tags"))),
            enabled=decoder.flag("enabled"),
            import_values=decoder.items("import-values"),
            alias=decoder.text("alias"),
        )

    @property
    def key(self) -> str:
        """The name under which the parent's values reach it."""
        return self.alias or self.name

    def to_dict(self) -> dict[str, Any]:
        """Give the wire form in Helm's field order: name and repository always."""
        optional = {
            "condition": self.condition,
            "tags": list(self.tags),
            "enabled": self.enabled,
            "import-values": list(self.import_values),
            "alias": self.alias,
        }
        return {
            "name": self.name,
            **_filled({"version": self.version}),
            "repository": self.repository,
            **_filled(optional),
        }


class Metadata(Struct):
    """The fields of Chart.yaml, under Python's names.

    Attributes:
        name: The chart's name.
        version: Its version, SemVer or nearly.
        api_version: ``v1`` or ``v2``; a Chart.yaml without one is v1.
        app_version: The version of what it installs, free text.
        kube_version: A constraint on the cluster's version.
        type: ``application``, ``library`` or "".
        dependencies: The charts it needs.
    """

    name: str = ""
    home: str = ""
    sources: tuple[str, ...] = ()
    version: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    maintainers: tuple[Maintainer, ...] = ()
    icon: str = ""
    api_version: str = "v1"
    condition: str = ""
    tags: str = ""
    app_version: str = ""
    deprecated: bool = False
    annotations: Mapping[str, str] | None = None
    kube_version: str = ""
    dependencies: tuple[Dependency, ...] = ()
    type: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, path: str = "Chart.yaml") -> Self:
        """Read the parsed Chart.yaml as Helm does.

        A number or boolean where text belongs becomes text (``appVersion: 1.10``
        is ``1.1``); a field's name may be in any case; unknown fields are ignored;
        characters that cannot be printed are dropped.

        Args:
            data: The mapping.
            path: What errors call the file.

        Raises:
            MetadataError: A field has the wrong type; every such field is listed.
        """
        decoder = Decoder(data)
        metadata = cls.decode(decoder)
        if decoder.faults:
            raise MetadataError(path, decoder.faults)
        return metadata

    @classmethod
    def decode(cls, decoder: Decoder) -> Self:
        """Read the fields, and leave their faults with the decoder."""
        return cls(
            name=_printable(decoder.text("name")),
            home=_printable(decoder.text("home")),
            sources=tuple(map(_printable, decoder.texts("sources"))),
            version=decoder.text("version"),
            description=_printable(decoder.text("description")),
            keywords=tuple(map(_printable, decoder.texts("keywords"))),
            maintainers=tuple(map(Maintainer.decode, decoder.structs("maintainers"))),
            icon=_printable(decoder.text("icon")),
            api_version=decoder.text("apiVersion") or "v1",
            condition=_printable(decoder.text("condition")),
            tags=_printable(decoder.text("tags")),
            app_version=_printable(decoder.text("appVersion")),
            deprecated=decoder.flag("deprecated"),
            annotations=decoder.text_map("annotations"),
            kube_version=_printable(decoder.text("kubeVersion")),
            dependencies=tuple(map(Dependency.decode, decoder.structs("dependencies"))),
            type=decoder.text("type"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the wire form in Helm's field order, without what is empty."""
        # Go writes maps in the order of their keys.
        annotations = dict(sorted((self.annotations or {}).items()))
        return _filled(
            {
                "name": self.name,
                "home": self.home,
                "sources": list(self.sources),
                "version": self.version,
                "description": self.description,
                "keywords": list(self.keywords),
                "maintainers": [person.to_dict() for person in self.maintainers],
                "icon": self.icon,
                "apiVersion": self.api_version,
                "condition": self.condition,
                "tags": self.tags,
                "appVersion": self.app_version,
                "deprecated": self.deprecated,
                "annotations": annotations,
                "kubeVersion": self.kube_version,
                "dependencies": [needed.to_dict() for needed in self.dependencies],
                "type": self.type,
            }
        )

    def faults(self) -> list[str]:
        """Say what breaks the rules that Helm checks when it loads a chart.

        Returns:
            Every fault, in Helm's words; [] for valid metadata.
        """
        return [*self._own_faults(), *_dependency_faults(self.dependencies)]

    def _own_faults(self) -> list[str]:
        faults = []
        if not self.name:
            faults.append("chart.metadata.name is required")
        elif not is_base_name(self.name):
            faults.append(f'chart.metadata.name "{self.name}" is invalid')
        if not self.version:
            faults.append("chart.metadata.version is required")
        elif not _is_version(self.version):
            faults.append(f'chart.metadata.version "{self.version}" is invalid')
        if self.type not in ("", "application", "library"):
            faults.append("chart.metadata.type must be application or library")
        return faults


def is_base_name(name: str) -> bool:
    """Tell whether a name is one path component, and no way out of a folder."""
    return name == posixpath.basename(name) and name not in ("", ".", "..")


def _dependency_faults(dependencies: Sequence[Dependency]) -> list[str]:
    faults = []
    seen: set[str] = set()
    for dependency in dependencies:
        if dependency.alias and not re.fullmatch(_ALIAS, dependency.alias):
            faults.append(
                f'dependency "{dependency.name}" has disallowed characters in the alias'
            )
        if dependency.key in seen:
            faults.append(
                f'more than one dependency with name or alias "{dependency.key}"; use'
                " distinct aliases for dependencies with the same chart name"
            )
        seen.add(dependency.key)
    return faults


def _is_version(text: str) -> bool:
    try:
        Version.parse(text)
    except VersionError:
        return False
    return True


def _filled(wire: dict[str, Any]) -> dict[str, Any]:
    """Drop what Go's ``omitempty`` drops."""
    return {key: value for key, value in wire.items() if value}


def _printable(text: str) -> str:
    """Turn every kind of space into a space, and drop what cannot be printed."""
    if text.isprintable():
        return text
    return "".join(
        " " if char.isspace() and char not in _SEPARATORS else char
        for char in text
        if char.isprintable() or (char.isspace() and char not in _SEPARATORS)
    )


# The information separators, which are spaces to Python and not to Go.
_SEPARATORS = "\x1c\x1d\x1e\x1f"
