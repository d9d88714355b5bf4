"""What a request is about: its path, its query and who sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pypkg.sandbox.api.selection import Selector
from pypkg.sandbox.schemas.schema import GroupVersionKind
from pypkg.sandbox.statuses import Cause, bad_request, invalid
from pypkg.sandbox.writes.targets import Target, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pypkg.sandbox.schemas.resources import Resource, Resources

FieldValidation = Literal["Ignore", "Warn", "Strict"]

_TRUE = frozenset({"true", "1", "t", "True", "TRUE", "T", ""})
_MANAGER_LENGTH = 128
_NAMED, _WITH_SUBRESOURCE = 2, 3  # how many parts a path then has
# Under a namespace, these two are its own subresources, not collections in it.
_OF_NAMESPACE = frozenset({"status", "finalize"})


def find_target(path: str, resources: Resources) -> tuple[Target, bool] | None:
    """Read a path below ``/api`` or ``/apis``.

    Args:
        path: ``/apis/apps/v1/namespaces/default/deployments/web/scale``.
        resources: What is served.

    Returns:
        The target, and whether the path is the deprecated ``watch/`` form; None for
        a path that leads nowhere.
    """
    root, *parts = [part for part in path.split("/") if part]
    if root == "api" and parts:
        group, version, parts = "", parts[0], parts[1:]
    elif len(parts) > 1:
        group, version, parts = parts[0], parts[1], parts[2:]
    else:
        return None
    watch = parts[:1] == ["watch"]
    if watch:
        parts = parts[1:]
    namespace = ""
    within = parts[:1] == ["namespaces"] and len(parts) > _NAMED
    if within and parts[_NAMED] not in _OF_NAMESPACE:
        namespace, parts = parts[1], parts[2:]
    if not 0 < len(parts) <= _WITH_SUBRESOURCE:
        return None
    plural, name, subresource = (*parts, "", "")[:_WITH_SUBRESOURCE]
    resource = resources.find(group, version, plural)
    if resource is None or not _scope_fits(resource, namespace, name):
        return None
    if subresource and subresource not in resource.subresources:
        return None
    return Target(resource, namespace, name, subresource), watch


def _scope_fits(resource: Resource, namespace: str, name: str) -> bool:
    if not resource.namespaced:
        return not namespace
    return bool(namespace) or not name


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a request.

    Attributes:
        values: By name; the last one counts.
        user_agent: The client's name for itself.
    """

    values: Mapping[str, str]
    user_agent: str

    def text(self, name: str) -> str:
        """A parameter; "" where it is missing."""
        return self.values.get(name, "")

    def flag(self, name: str) -> bool:
        """A boolean parameter; false where it is missing."""
        return name in self.values and self.values[name] in _TRUE

    def integer(self, name: str) -> int:
        """A whole number; 0 where it is missing.

        Raises:
            StatusError: 400, it is no number.
        """
        text = self.values.get(name, "")
        try:
            return int(text or "0")
        except ValueError as error:
            raise bad_request(
                f'strconv.ParseInt: parsing "{text}": invalid syntax'
            ) from error

    def selector(self, resource: Resource) -> Selector:
        """What a list or watch asks for."""
        return Selector.parse(
            self.text("labelSelector"), self.text("fieldSelector"), resource
        )

    def revision(self, name: str = "resourceVersion") -> int | None:
        """A resource version; None where it is missing.

        Raises:
            StatusError: 422, it is none.
        """
        text = self.values.get(name, "")
        if not text:
            return None
        if not text.isdecimal():
            raise invalid(
                _options("List"),
                "",
                [
                    Cause(
                        "FieldValueInvalid",
                        f'Invalid value: "{text}": strconv.ParseUint: parsing'
                        f' "{text}": invalid syntax',
                        name,
                    )
                ],
            )
        return int(text)

    @property
    def manager(self) -> str:
        """Who writes: the ``fieldManager``, or what the client calls itself."""
        given = self.text("fieldManager")
        if len(given) > _MANAGER_LENGTH:
            raise invalid(
                _options("Patch"),
                "",
                [
                    Cause(
                        "FieldValueTooLong",
                        f"Too long: may not be more than {_MANAGER_LENGTH} bytes",
                        "fieldManager",
                    )
                ],
            )
        return given or self.user_agent.split("/", 1)[0][:_MANAGER_LENGTH] or "unknown"

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be stored.

        Raises:
            StatusError: 422, another value than ``All``.
        """
        value = self.text("dryRun")
        if value not in {"", "All"}:
            raise invalid(
                _options("Create"), "", [unsupported("dryRun", value, ("All",))]
            )
        return value == "All"

    @property
    def field_validation(self) -> FieldValidation:
        """What becomes of unknown fields; Warn where nothing is said.

        Raises:
            StatusError: 422, an unknown value.
        """
        match self.text("fieldValidation"):
            case "" | "Warn":
                return "Warn"
            case "Strict":
                return "Strict"
            case "Ignore":
                return "Ignore"
            case other:
                known = ("Ignore", "Strict", "Warn")
                raise invalid(
                    _options("Create"),
                    "",
                    [unsupported("fieldValidation", other, known)],
                )

    def write_options(self, *, tracked: bool = False) -> WriteOptions:
        """How a create, update or patch is to be done."""
        return WriteOptions(manager=self.manager, dry_run=self.dry_run, tracked=tracked)


def unsupported(field: str, value: str, known: tuple[str, ...]) -> Cause:
    """A value that is none of those known."""
    listed = ", ".join(f'"{name}"' for name in known)
    return Cause(
        "FieldValueNotSupported",
        f'Unsupported value: "{value}": supported values: {listed}',
        field,
    )


def _options(verb: str) -> GroupVersionKind:
    return GroupVersionKind("meta.k8s.io", "v1", f"{verb}Options")
