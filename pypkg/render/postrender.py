"""Post-rendering: another program changes the manifests before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pypkg.errors import RenderError, YamlError
from pypkg.objects.manifest import Manifest, split_documents
from pypkg.yamlio.edit import with_entry, without_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# How a document finds back to its template; Helm's name for it.
_FILENAME = "postrenderer.helm.sh/postrender-filename"
_PLACE = ("metadata", "annotations", _FILENAME)


def post_rendered(
    manifests: Iterable[Manifest], program: Callable[[str], str]
) -> list[Manifest]:
    """Send manifests, hooks among them, through a post-renderer.

    Each document carries its template's name in an annotation while the program
    has it. Comments and layout stay, where Helm lays the documents out anew;
    documents of nothing but comments are lost, as in Helm.

    Args:
        manifests: What the templates gave.
        program: Gets one stream of YAML and gives another.

    Returns:
        The documents that came back, by their templates' names. A new one is
        called ``generated-by-postrender-N.yaml``.

    Raises:
        RenderError: What came back is no YAML, or nothing.
    """
    sent = (
        with_entry(manifest.content, _PLACE, manifest.path).removesuffix("\n") + "\n"
        for manifest in manifests
        if manifest.object
    )
    given = program("---\n".join(sent))
    if not given.strip():
        raise RenderError("the post-renderer gave no manifests")
    try:
        found = [Manifest.parse("<post-renderer>", d) for d in split_documents(given)]
    except YamlError as error:
        raise RenderError(f"the post-renderer gave no manifests: {error}") from error
    received = [
        _named(manifest, number)
        for number, manifest in enumerate(one for one in found if one.object)
    ]
    return sorted(received, key=lambda manifest: manifest.path)


def _named(manifest: Manifest, number: int) -> Manifest:
    path = manifest.annotations.get(_FILENAME)
    if path is None:
        return manifest.replace(path=f"generated-by-postrender-{number}.yaml")
    return Manifest.parse(path, without_entry(manifest.content, _PLACE))
