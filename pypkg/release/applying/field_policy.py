"""What to do with a field that another manager owns: keep it, take it, or fail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pypkg.errors import ReleaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pypkg.cluster.client import Object
    from pypkg.cluster.reference import ObjectRef

# On an object of the chart: PATH=POLICY, one a line or separated by semicolons.
ANNOTATION = "pypkg.dev/field-policy"
_GRAMMAR = "[KIND[/NAME]:]PATH=keep|take|fail"


class Policy(StrEnum):
    """What becomes of a field that another manager set to another value."""

    KEEP = "keep"
    """It is left out of what is applied: the other manager keeps it."""
    TAKE = "take"
    """It is set as the chart says, and belongs to the release from then on."""
    FAIL = "fail"
    """Nothing is changed at all, as with Helm."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A policy for some fields of some objects.

    Attributes:
        text: The rule as it was given.
        policy: What to do.
        path: Which fields: the path matches, or that of something that holds them.
        target: Which objects: matches ``kind/name``.
    """

    text: str
    policy: Policy
    path: re.Pattern[str]
    target: re.Pattern[str]

    def matches(self, ref: ObjectRef, path: str) -> bool:
        """Tell whether this says something of a field.

        Args:
            ref: The object.
            path: The field, as the server shows it in conflicts.
        """
        return bool(
            self.target.fullmatch(f"{ref.kind}/{ref.name}")
            and self.path.match(path if path.startswith(".") else f".{path}")
        )


def parse_rule(text: str) -> FieldRule:
    """Read a rule such as ``Deployment/web:.spec.replicas=keep``.

    ``*`` stands for anything. Paths are written as the server shows them in
    conflicts, ``.spec.containers[name="app"].image``, or as JSON pointers,
    ``/spec/replicas``; ``/spec/containers/*/image`` is every container's.

    Raises:
        UsageError: The text is no such rule.
    """
    place, equals, word = text.strip().rpartition("=")
    if not equals or word.strip() not in list(Policy):
        raise UsageError(
            f"{text!r} is no field policy: it must end with =keep, =take or =fail",
            hint=f"write {_GRAMMAR}, such as Deployment/web:.spec.replicas=keep",
        )
    # A path begins with a dot or a slash; a lone * is all fields.
    target, path = "", place
    if not place.startswith((".", "/")) and ":" in place:
        target, _, path = place.partition(":")
    if not path or (path != "*" and not path.startswith((".", "/"))):
        raise UsageError(
            f"{text!r} is no field policy: {path!r} is no path of a field",
            hint=f"write {_GRAMMAR}; paths begin with a dot or a slash",
        )
    return FieldRule(
        text, Policy(word.strip()), _path_pattern(path), _target_pattern(target)
    )


def rules_of(obj: Object) -> list[FieldRule]:
    """Read the rules that an object's annotation gives for itself.

    Raises:
        ReleaseError: The annotation does not parse.
    """
    metadata = obj.get("metadata") or {}
    text = (metadata.get("annotations") or {}).get(ANNOTATION) or ""
    try:
        return [
            parse_rule(part) for part in re.split(r"[;\n]", str(text)) if part.strip()
        ]
    except UsageError as error:
        raise ReleaseError(
            f"the annotation {ANNOTATION} of {obj.get('kind')}"
            f" {metadata.get('name')}: {error}",
            hint=error.hint,
        ) from error


def decide(rules: Iterable[FieldRule], ref: ObjectRef, path: str) -> Policy | None:
    """Give what the last rule for a field says; None where none speaks of it."""
    found = [rule.policy for rule in rules if rule.matches(ref, path)]
    return found[-1] if found else None


def parse_rules(texts: Sequence[str]) -> tuple[FieldRule, ...]:
    """Read several rules; a later one overrides those before it.

    Raises:
        UsageError: One does not parse.
    """
    return tuple(map(parse_rule, texts))


def _target_pattern(text: str) -> re.Pattern[str]:
    kind, slash, name = (text or "*").partition("/")
    wanted = f"{kind}/{name}" if slash else f"{kind}/*"
    return re.compile(_glob(wanted), re.IGNORECASE | re.DOTALL)


def _path_pattern(text: str) -> re.Pattern[str]:
    if text.startswith("/"):
        steps = (part.replace("~1", "/").replace("~0", "~") for part in text.split("/"))
        pattern = "".join(map(_pointer_step, list(steps)[1:]))
    else:
        pattern = _glob(text)
    # What is below the field is meant, too.
    return re.compile(rf"{pattern}(?=$|[.\[])", re.DOTALL)


def _pointer_step(step: str) -> str:
    if step == "*":
        return r"(?:\.[^.\[]+|\[[^\]]*\])"
    return rf"(?:\.{re.escape(step)}|\[{re.escape(step)}\])"


def _glob(text: str) -> str:
    return ".*".join(map(re.escape, text.split("*")))
