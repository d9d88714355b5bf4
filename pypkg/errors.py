"""Every error that pypkg raises, and where each belongs.

::

    PypkgError
    ├── YamlError                     a YAML text that does not parse
    ├── VersionError                  not a version, or not a constraint
    ├── UsageError                    options that contradict each other
    ├── FileWriteError                a file that cannot be written; the old one is left
    ├── PatchError                    a patch that does not apply, or cannot be built
    ├── ChartError
    │   ├── ArchiveError              a .tgz that is unsafe, too large or broken
    │   ├── MetadataError             Chart.yaml: every fault at once
    │   └── DependencyError
    ├── ValuesError
    │   ├── StrvalsError              --set text, with a caret
    │   └── SchemaError               every violation at once
    ├── RenderError
    │   ├── TemplateSyntaxError
    │   ├── TemplateExecutionError    template, line, column, excerpt, includes
    │   └── ManifestError             what came out is no Kubernetes object
    ├── ClusterError
    │   ├── KubeconfigError
    │   ├── ConnectionFailedError     nobody answers
    │   ├── ApiError                  the server refused: code, reason, causes
    │   │   ├── NotFoundError
    │   │   └── ConflictError
    │   └── NotReadyError             objects failed, or did not become ready
    │       └── WaitTimeoutError
    ├── ReleaseError
    │   ├── ReleaseNotFoundError
    │   ├── ReleaseNameError
    │   ├── NameInUseError
    │   ├── OperationInProgressError
    │   │   └── LeaseLostError
    │   ├── OwnershipError
    │   ├── FieldConflictError        fields that others own: every one at once
    │   ├── PlanError                 a saved plan that is damaged, or of no use
    │   │   └── PlanOutdatedError     the cluster has moved: every way at once
    │   └── HookFailedError
    ├── SandboxError
    ├── PluginError                   no plugin, or none that can run here
    └── RepositoryError
        ├── HttpError                 no answer from a URL, or a refusal: url, status
        ├── ChartNotFoundError
        ├── RepositoryIndexError
        ├── RegistryError
        └── VerificationError

An error carries its data in attributes and builds its message itself. ``hint``
says what to do next; the command line prints it under the message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.structs import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class SourceLocation(Struct):
    """A place in a text file.

    Attributes:
        name: The file's path, or a template's name such as
            ``web/templates/deployment.yaml``.
        line: 1-based line number.
        column: 1-based column number, or 0 where only the line is known.
    """

    name: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        """Give ``name:line:column``, the form that editors can open."""
        place = f"{self.name}:{self.line}"
        return f"{place}:{self.column}" if self.column else place


def excerpt(text: str, line: int, column: int = 0, *, context: int = 2) -> str:
    """Show the lines around a place, numbered, with a caret under the column.

    Args:
        text: The whole source text.
        line: 1-based line number; a number outside the text gives "". The line after
            the last is where parsers find that something is missing: the excerpt
            ends with the last one then.
        column: 1-based column, or 0 for no caret.
        context: How many lines to show before the line.
    """
    lines = text.splitlines()
    if line == len(lines) + 1:
        line, column = line - 1, 0
    if not 1 <= line <= len(lines):
        return ""
    first = max(1, line - context)
    width = len(str(line))
    shown = [f"{n:>{width}} | {lines[n - 1]}" for n in range(first, line + 1)]
    if column:
        # Tabs are kept, so that the caret stands under its column in any terminal.
        lead = "".join(c if c == "\t" else " " for c in lines[line - 1][: column - 1])
        shown.append(f"{'':>{width}} | {lead}^")
    return "\n".join(shown)


class PypkgError(Exception):
    """The root of the tree: a failure to explain to the user.

    Attributes:
        hint: What to do next, or None.
        exit_code: The status with which the command line ends.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class LocatedError(PypkgError):
    """An error that knows its place in a source text.

    Attributes:
        problem: What is wrong, without the place.
        location: Where, or None where it is not known.
        source_excerpt: The lines around the place, or "".
    """

    def __init__(
        self,
        problem: str,
        *,
        location: SourceLocation | None = None,
        source: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.problem = problem
        self.location = location
        self.source_excerpt = (
            excerpt(source, location.line, location.column)
            if location is not None and source is not None
            else ""
        )
        place = f"{location}: " if location is not None else ""
        message = f"{place}{problem}"
        if self.source_excerpt:
            message = f"{message}\n{self.source_excerpt}"
        super().__init__(message, hint=hint)


class YamlError(LocatedError):
    """A YAML text that does not parse, or holds what the caller refuses."""


class VersionError(PypkgError):
    """A text that is no version, or no version constraint."""


class UsageError(PypkgError):
    """Arguments that contradict each other."""


class FileWriteError(PypkgError):
    """A file that cannot be written: what was there before is unchanged."""


class PatchError(PypkgError):
    """A patch that is malformed, does not apply, or cannot be built.

    Attributes:
        malformed: Whether the patch itself breaks its format, whatever the document.
    """

    def __init__(
        self, message: str, *, malformed: bool = False, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.malformed = malformed


class ChartError(PypkgError):
    """A chart that cannot be read, or breaks a rule of the format."""


class ArchiveError(ChartError):
    """A chart archive that is unsafe, too large or broken."""


class MetadataError(ChartError):
    """Chart.yaml is invalid.

    Attributes:
        path: The file.
        faults: Every fault found, in the order of the file's fields.
    """

    def __init__(
        self, path: str, faults: Sequence[str], *, hint: str | None = None
    ) -> None:
        self.path = path
        self.faults = tuple(faults)
        super().__init__(_listed(f"{path} is not valid", self.faults), hint=hint)


class DependencyError(ChartError):
    """A chart's dependencies and its charts/ folder do not agree."""


class ValuesError(PypkgError):
    """Values that cannot be read or merged."""


class StrvalsError(ValuesError):
    """A --set expression that does not parse.

    Attributes:
        expression: The text as given.
        column: 1-based position of the fault in it.
        problem: What is wrong there.
        option: The option that it was given to, such as ``--set-json``.
    """

    def __init__(
        self,
        expression: str,
        column: int,
        problem: str,
        *,
        option: str = "--set",
        hint: str | None = None,
    ) -> None:
        self.expression = expression
        self.column = column
        self.problem = problem
        self.option = option
        caret = " " * (column - 1) + "^"
        super().__init__(
            f"cannot parse {option} value: {problem}\n  {expression}\n  {caret}",
            hint=hint,
        )


class SchemaError(ValuesError):
    """Values that a chart's values.schema.json refuses.

    Attributes:
        violations: For each chart, by its name, every violation.
    """

    def __init__(
        self, violations: Mapping[str, Sequence[str]], *, hint: str | None = None
    ) -> None:
        self.violations = {name: tuple(found) for name, found in violations.items()}
        # The first line is Helm's.
        parts = [
            "values don't meet the specifications of the schema(s) in the"
            " following chart(s):"
        ]
        for chart, found in self.violations.items():
            parts.append(f"{chart}:")
            parts.extend(f"- {violation}" for violation in found)
        super().__init__("\n".join(parts), hint=hint)


class RenderError(PypkgError):
    """A chart that does not render."""


class TemplateSyntaxError(RenderError, LocatedError):
    """A template that does not parse."""


class TemplateExecutionError(RenderError, LocatedError):
    """A template that failed while it ran.

    Attributes:
        includes: The places that led there, outermost first.
        from_author: True where the chart's own ``fail`` or ``required`` spoke.
        helm: Helm's message, where it differs, so that who searches for it finds it.
    """

    def __init__(
        self,
        problem: str,
        *,
        location: SourceLocation | None = None,
        source: str | None = None,
        includes: Sequence[SourceLocation] = (),
        from_author: bool = False,
        helm: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(problem, location=location, source=source, hint=hint)
        self.includes = tuple(includes)
        self.from_author = from_author
        self.helm = helm

    def __str__(self) -> str:
        """Give the message, then the chain of includes, innermost first."""
        message = super().__str__()
        chain = [f"  included from {place}" for place in reversed(self.includes)]
        if self.helm is not None:
            chain.append(f"  (Helm: {self.helm})")
        return "\n".join([message, *chain])


class ManifestError(RenderError):
    """A template's output is no YAML, or no Kubernetes object.

    Attributes:
        problem: What is wrong, in the YAML reader's words.
        template: The template, with the line that made the faulty one where that
            can be told.
        line: 1-based line of the fault in the output.
        rendered: The template's whole output.
    """

    def __init__(
        self,
        problem: str,
        *,
        template: SourceLocation | str,
        line: int,
        column: int = 0,
        rendered: str,
        hint: str | None = None,
    ) -> None:
        self.problem = problem
        self.template = template
        self.line = line
        self.rendered = rendered
        # The first line is Helm's.
        name = template.name if isinstance(template, SourceLocation) else template
        parts = [f"YAML parse error on {name}: {problem}"]
        if isinstance(template, SourceLocation):
            parts.append(f"in the output of {template}:")
        else:
            parts.append("in its output:")
        parts.append(excerpt(rendered, line, column))
        super().__init__("\n".join(parts), hint=hint)


class ClusterError(PypkgError):
    """A cluster that cannot be reached, or refuses."""


class KubeconfigError(ClusterError):
    """A kubeconfig file that is missing, invalid or names what it lacks."""


class ConnectionFailedError(ClusterError):
    """Nobody answers at the API server's address.

    Attributes:
        server: The server's URL.
        sent: Whether the request may have reached the server.
    """

    def __init__(
        self, server: str, reason: str, *, hint: str | None = None, sent: bool = True
    ) -> None:
        self.server = server
        self.sent = sent
        super().__init__(
            f"the Kubernetes API at {server} cannot be reached: {reason}", hint=hint
        )


class ApiError(ClusterError):
    """The API server refused a request.

    Attributes:
        code: The HTTP status.
        reason: The Status object's machine-readable reason, such as ``Invalid``.
        causes: The Status object's causes, each with reason, message and field.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int,
        reason: str = "",
        causes: Sequence[Mapping[str, str]] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.reason = reason
        self.causes = tuple(causes)


class NotFoundError(ApiError):
    """The object, or the kind, does not exist (404)."""


class ConflictError(ApiError):
    """The object exists, has changed, or its fields have another owner (409)."""


class NotReadyError(ClusterError):
    """Objects failed, or did not become what was waited for.

    Attributes:
        summary: One line for each object, in Helm's words; releases record it.
        objects: One line for each object: what it waits for.
        causes: The likely causes, the likeliest first.
    """

    def __init__(
        self,
        message: str,
        *,
        summary: str = "",
        objects: Sequence[str] = (),
        causes: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        self.summary = summary or message
        self.objects = tuple(objects)
        self.causes = tuple(causes)
        shown = _listed(message, _few(self.objects))
        super().__init__(_ranked(shown, self.causes), hint=hint)


class WaitTimeoutError(NotReadyError):
    """Objects did not become ready, or did not go, in time."""


class ReleaseError(PypkgError):
    """An operation on a release that cannot be done."""


class ReleaseNotFoundError(ReleaseError):
    """No such release, or no such revision of it."""


class ReleaseNameError(ReleaseError):
    """A release name that Kubernetes would refuse."""


class NameInUseError(ReleaseError):
    """A release of this name exists."""


class OperationInProgressError(ReleaseError):
    """Another operation holds the release."""


class LeaseLostError(OperationInProgressError):
    """Another operation may have taken the release over: nothing more is written."""


class OwnershipError(ReleaseError):
    """An object exists and belongs to someone else."""


class FieldConflictError(ReleaseError):
    """Fields have other managers; nothing has been changed.

    Attributes:
        conflicts: Every such field, with its manager and the values.
    """

    def __init__(
        self, message: str, *, conflicts: Sequence[str], hint: str | None = None
    ) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(_listed(message, self.conflicts), hint=hint)


class PlanError(ReleaseError):
    """A saved plan that cannot be read, or that cannot be made."""


class PlanOutdatedError(PlanError):
    """The cluster is not as it was when a plan was made; nothing has been changed.

    Attributes:
        moved: Everything that has changed since.
    """

    def __init__(
        self, message: str, *, moved: Sequence[str] = (), hint: str | None = None
    ) -> None:
        self.moved = tuple(moved)
        super().__init__(_listed(message, self.moved), hint=hint)


class HookFailedError(ReleaseError):
    """A hook did not succeed.

    Attributes:
        summary: What releases record, in Helm's words.
        causes: The likely causes, the likeliest first.
    """

    def __init__(
        self,
        message: str,
        *,
        summary: str = "",
        causes: Sequence[str] = (),
        hint: str | None = None,
    ) -> None:
        self.summary = summary or message
        self.causes = tuple(causes)
        super().__init__(_ranked(message, self.causes), hint=hint)


class SandboxError(PypkgError):
    """The embedded Kubernetes API cannot be started or reached."""


class PluginError(PypkgError):
    """A plugin of Helm's that is not there, or cannot be used."""


class RepositoryError(PypkgError):
    """A chart repository that cannot be read or written."""


class HttpError(RepositoryError):
    """A server of charts does not answer, refuses, or breaks off.

    Attributes:
        url: What was asked for, without credentials.
        status: The HTTP status, or 0 where there was no answer.
        reason: What happened, without the URL.
    """

    def __init__(
        self, url: str, reason: str, *, status: int = 0, hint: str | None = None
    ) -> None:
        self.url = url
        self.status = status
        self.reason = reason
        super().__init__(f"cannot fetch {url}: {reason}", hint=hint)


class ChartNotFoundError(RepositoryError):
    """No such chart, or no version that satisfies the constraint."""


class RepositoryIndexError(RepositoryError):
    """A repository's index.yaml that is missing or broken."""


class RegistryError(RepositoryError):
    """An OCI registry refused."""


class VerificationError(RepositoryError):
    """A digest or signature does not match."""


def _listed(title: str, items: Sequence[str]) -> str:
    if not items:
        return title
    return "\n".join([f"{title}:", *(f"- {item}" for item in items)])


def _few(items: Sequence[str], most: int = 8) -> list[str]:
    """Count what would be too many lines."""
    more = len(items) - most
    return [*items[:most], *([f"and {more} more"] if more > 0 else [])]


def _ranked(message: str, causes: Sequence[str]) -> str:
    """Number causes; the further lines of one stand under its first."""
    if not causes:
        return message
    numbered = [
        f"{number}. {cause}".replace("\n", "\n   ")
        for number, cause in enumerate(causes, 1)
    ]
    return "\n".join([message, "most likely because:", *numbered])
