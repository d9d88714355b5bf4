"""Post-rendering: another program changes the manifests before they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pypkg import yamlio
from pypkg.errors import RenderError, YamlError
from pypkg.objects.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# How a document finds back to its template; Helm's name for it.
_FILENAME = "postrenderer.helm.sh/postrender-filename"


def post_rendered(
    manifests: Iterable[Manifest], program: Callable[[str], str]
) -> list[Manifest]:
    """Send manifests, hooks among them, through a post-renderer.

    Each document carries its template's name in an annotation while the program
    has it. Comments are lost, and documents of nothing else.

    Args:
        manifests: What the templates gave.
        program: Gets one stream of YAML and gives another.

    Returns:
        The documents that came back, by their templates' names. A new one is
        called ``generated-by-postrender-N.yaml``.

    Raises:
        RenderError: What came back is no YAML, or nothing.
    """
    sent = (_annotated(manifest) for manifest in manifests if manifest.object)
    given = program("---\n".join(sent))
    if not given.strip():
        raise RenderError("the post-renderer gave no manifests")
    try:
        documents = yamlio.load_all(given, source="<post-renderer>", unique_keys=False)
        received = [
            _without_annotation(document, number)
            for number, document in enumerate(documents)
            if document is not None
        ]
    except YamlError as error:
        raise RenderError(f"the post-renderer gave no manifests: {error}") from error
    return sorted(received, key=lambda manifest: manifest.path)


def _annotated(manifest: Manifest) -> str:
    document = dict(manifest.object)
    metadata = dict(document.get("metadata") or {})
    annotations = dict(metadata.get("annotations") or {})
    metadata["annotations"] = {**annotations, _FILENAME: manifest.path}
    document["metadata"] = metadata
    return yamlio.dump(document)


def _without_annotation(document: Any, number: int) -> Manifest:
    path = f"generated-by-postrender-{number}.yaml"
    match document:
        case {"metadata": {"annotations": {**annotations}} as metadata}:
            path = str(annotations.pop(_FILENAME, path))
            left = {**metadata, "annotations": annotations}
            if not annotations:
                del left["annotations"]
            document["metadata"] = left
            if not left:
                del document["metadata"]
    return Manifest.parse(path, yamlio.dump(document))
