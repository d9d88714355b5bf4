"""What a server allows: overwriting, sizes, quotas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Overwrite = Literal["never", "forced", "always"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules for uploads.

    Attributes:
        overwrite: Whether a version's content may be replaced: never, where the
            client forces it, or always.
        upload_bytes: How large a request may be.
        charts: How many versions a repository may have; 0 for any number.
        versions: How many versions a chart may have; 0 for any number.
        writes: How many requests to change something an address may send a minute;
            0 for any number.
        require_provenance: Whether a chart needs a provenance file.
    """

    overwrite: Overwrite = "never"
    upload_bytes: int = 20 * 1024 * 1024
    charts: int = 0
    versions: int = 0
    writes: int = 0
    require_provenance: bool = False

    def replaces(self, *, force: bool) -> bool:
        """Tell whether an upload may replace what is there."""
        return self.overwrite == "always" or (self.overwrite == "forced" and force)
