"""What a linter finds, and how grave it is."""

from __future__ import annotations

from enum import IntEnum

from pypkg.structs import Struct


class Severity(IntEnum):
    """How grave a finding is."""

    INFO = 1
    WARNING = 2
    ERROR = 3


class Finding(Struct):
    """Something to mend in a chart.

    Attributes:
        severity: How grave it is.
        path: The file or folder, relative to the chart; "" for the chart itself.
        message: What is wrong, in Helm's words where Helm has the rule.
    """

    severity: Severity
    path: str
    message: str

    def __str__(self) -> str:
        """Give the line that lint prints: ``[ERROR] values.yaml: ...``."""
        return f"[{self.severity.name}] {self.path}: {self.message}"


class LintResult(Struct):
    """What was found in one chart.

    Attributes:
        path: The chart, as it was given.
        findings: In the order of the rules.
        failure: Why the chart could not be linted at all, or None.
        strict: Whether warnings make it fail.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    failure: str | None = None
    strict: bool = False

    @property
    def failed(self) -> bool:
        """Whether the chart does not pass."""
        limit = Severity.WARNING if self.strict else Severity.ERROR
        return self.failure is not None or any(
            finding.severity >= limit for finding in self.findings
        )

    @property
    def deserves_attention(self) -> bool:
        """Whether there is more than information: what ``--quiet`` still shows."""
        return self.failure is not None or any(
            finding.severity > Severity.INFO for finding in self.findings
        )
