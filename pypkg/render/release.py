"""What a template may know of the release it is rendered for."""

from __future__ import annotations

from pypkg.structs import Struct


class ReleaseInfo(Struct):
    """The ``.Release`` that templates see.

    Attributes:
        name: The release's name.
        namespace: Where it goes.
        revision: 1 for the first.
        is_upgrade: An upgrade or a rollback, not an install.
    """

    name: str
    namespace: str = "default"
    revision: int = 1
    is_upgrade: bool = False

    @property
    def is_install(self) -> bool:
        """Whether it is the release's first revision."""
        return not self.is_upgrade
