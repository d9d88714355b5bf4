"""Where repositories, charts and credentials are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pypkg import paths

if TYPE_CHECKING:
    from pypkg.cli.settings import Settings


def places(settings: Settings) -> dict[str, Path]:
    """Give where everything is kept, by the variable that names it."""
    config, cache = paths.config_home(), paths.cache_home()
    return {
        "REPOSITORY_CONFIG": Path(
            settings.repository_config or config / "repositories.yaml"
        ),
        "REPOSITORY_CACHE": Path(settings.repository_cache or cache / "repository"),
        "CONTENT_CACHE": Path(settings.content_cache or cache / "content"),
        "REGISTRY_CONFIG": Path(
            settings.registry_config or config / "registry" / "config.json"
        ),
    }
