"""The text of ``template``: all that a chart renders to, in one stream of YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pypkg.errors import ChartError
from pypkg.objects.manifest import split_documents
from pypkg.render.engine import JINJA_SUFFIX
from pypkg.render.files import glob_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pypkg.render.renderer import Rendered

_SOURCE = r"# Source: [^/]+/(.+)"


def template_text(
    rendered: Rendered,
    *,
    include_crds: bool = False,
    include_hooks: bool = True,
    skip_tests: bool = False,
) -> str:
    """Give what ``helm template`` prints, to the byte.

    Args:
        rendered: The chart's manifests and hooks.
        include_crds: Begin with what lies in ``crds/`` (``--include-crds``).
        include_hooks: End with the hooks (but for ``--no-hooks``).
        skip_tests: Leave out hooks that are tests (``--skip-tests``).
    """
    crds = rendered.crds if include_crds else []
    parts = [
        f"---\n# Source: {crd.name}\n{crd.data.decode('utf-8', 'replace')}\n"
        for crd in crds
    ]
    text = ("".join(parts) + rendered.manifest).strip()
    hooks = [
        hook.text
        for hook in (rendered.hooks if include_hooks else [])
        if not (skip_tests and hook.is_test)
    ]
    return "".join([text, "\n", *hooks])


def show_only(text: str, patterns: Iterable[str]) -> str:
    """Keep the documents of some templates, as ``--show-only`` does.

    Args:
        text: As :func:`template_text` gives it.
        patterns: Paths in the chart, such as ``templates/*.yaml``; a Jinja2
            template's suffix may be left out. The documents come in the patterns'
            order.

    Raises:
        ChartError: A pattern matches no document.
    """
    documents = split_documents(text)
    shown = []
    for pattern in patterns:
        found = [d for d in documents if _matches(pattern, _path(d))]
        if not found:
            raise ChartError(
                f"could not find template {pattern} in chart",
                hint="give the path in the chart, such as templates/service.yaml; a"
                " template that renders to nothing is not found either",
            )
        shown += found
    return "".join(f"---\n{document}\n" for document in shown)


def _matches(pattern: str, path: str) -> bool:
    try:
        glob = glob_pattern(pattern)
        return any(map(glob.fullmatch, (path, path.removesuffix(JINJA_SUFFIX))))
    except ValueError:
        return False


def _path(document: str) -> str:
    source = re.search(_SOURCE, document)
    return source.group(1) if source else ""
