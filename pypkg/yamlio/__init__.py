"""YAML exactly as Helm reads and writes it (``sigs.k8s.io/yaml``)."""

from __future__ import annotations

from pypkg.yamlio.reader import go_message, load, load_all
from pypkg.yamlio.writer import dump, dump_pretty

__all__ = ["dump", "dump_pretty", "go_message", "load", "load_all"]
