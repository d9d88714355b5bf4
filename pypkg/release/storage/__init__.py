"""Where records of releases are kept: Secrets, ConfigMaps, or memory."""

from pypkg.release.storage.memory import MemoryStorage
from pypkg.release.storage.objects import ConfigMapStorage, SecretStorage
from pypkg.release.storage.protocol import (
    SYSTEM_LABELS,
    Storage,
    not_found,
    record_labels,
)

__all__ = [
    "SYSTEM_LABELS",
    "ConfigMapStorage",
    "MemoryStorage",
    "SecretStorage",
    "Storage",
    "not_found",
    "record_labels",
]
