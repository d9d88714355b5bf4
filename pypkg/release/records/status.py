"""Helm's states of a revision."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Helm's states of a revision."""

    UNKNOWN = "unknown"
    DEPLOYED = "deployed"
    UNINSTALLED = "uninstalled"
    SUPERSEDED = "superseded"
    FAILED = "failed"
    UNINSTALLING = "uninstalling"
    PENDING_INSTALL = "pending-install"
    PENDING_UPGRADE = "pending-upgrade"
    PENDING_ROLLBACK = "pending-rollback"

    @property
    def is_pending(self) -> bool:
        """True while an install, upgrade or rollback runs, or died running."""
        return self.startswith("pending-")
