"""From a pod template to pods; and what tells two templates apart."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING

from pypkg.sandbox.controllers.ownership import reference_to

if TYPE_CHECKING:
    from pypkg.sandbox.controllers.objects import Object

POD_TEMPLATE_HASH = "pod-template-hash"
_SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def pod_from(owner: Object, template: Object, *, name: str = "") -> Object:
    """Build a pod from a template.

    Args:
        owner: Who will control it.
        template: Labels, annotations and spec.
        name: The pod's name; "" to generate one from the owner's.
    """
    metadata = deepcopy(template.get("metadata") or {})
    for field in ("name", "generateName", "creationTimestamp"):
        metadata.pop(field, None)
    if name:
        metadata["name"] = name
    else:
        metadata["generateName"] = f"{owner['metadata']['name']}-"
    metadata["namespace"] = owner["metadata"]["namespace"]
    metadata["ownerReferences"] = [reference_to(owner)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": deepcopy(template["spec"]),
    }


def template_hash(template: Object, collisions: int = 0) -> str:
    """Name a template by its content, as ``pod-template-hash`` does.

    The letters are Kubernetes', the number is not: that hashes Go's memory layout.

    Args:
        template: The pod template.
        collisions: How often the name was found to be taken by another template.
    """
    text = json.dumps(template, sort_keys=True) + (
        str(collisions) if collisions else ""
    )
    return safe_encoded(str(fnv1a(text.encode())))


def safe_encoded(text: str) -> str:
    """Spell a text with letters that form no words (``rand.SafeEncodeString``)."""
    return "".join(_SAFE_LETTERS[ord(letter) % len(_SAFE_LETTERS)] for letter in text)


def fnv1a(data: bytes) -> int:
    """The 32-bit FNV-1a hash."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
