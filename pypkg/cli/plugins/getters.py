"""Downloads from URLs of other schemes than http(s), by plugins (``getter/v1``)."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pypkg.cli.plugins import installed
from pypkg.errors import HttpError, PluginError
from pypkg.repo.transport.urls import redacted

if TYPE_CHECKING:
    from pypkg.cli.plugins.definition import Plugin
    from pypkg.cli.settings import Settings
    from pypkg.repo.transport.tls import Tls
    from pypkg.repo.transport.urls import Credentials


def find(url: str) -> Plugin | None:
    """Find the plugin that fetches URLs of this scheme, or give None."""
    scheme = urlsplit(url).scheme
    for plugin in installed.load():
        if scheme in plugin.protocols:
            return plugin
    return None


def fetch(
    settings: Settings, url: str, tls: Tls, credentials: Credentials | None
) -> bytes:
    """Fetch a URL.

    Args:
        settings: What the plugin is told of.
        url: The URL.
        tls: The files that it is given.
        credentials: Who signs in, where they belong.

    Raises:
        HttpError: The plugin has failed.
        PluginError: There is no plugin for it, or it cannot be run.
    """
    from pypkg.cli.variables import environ  # noqa: PLC0415 - only here

    plugin = find(url)
    if plugin is None:
        raise PluginError(
            f"no plugin fetches {urlsplit(url).scheme}:// URLs, such as"
            f" {redacted(url)}",
            hint="`pypkg plugin list --type getter/v1` names those that are installed",
        )
    variables = plugin.environ({**os.environ, **environ(settings)})
    variables |= _signing_in(url, credentials)
    words = plugin.getter(urlsplit(url).scheme, variables)
    files = [tls.cert_file, tls.key_file, tls.ca_file]
    try:
        done = subprocess.run(  # noqa: S603 - the user installed it
            [*words, *files, url], env=variables, stdout=subprocess.PIPE, check=False
        )
    except OSError as error:
        raise plugin.not_run(error, words[0]) from error
    if done.returncode:
        raise HttpError(
            redacted(url), f"the plugin {plugin.name} ended with {done.returncode}"
        )
    return done.stdout


def _signing_in(url: str, credentials: Credentials | None) -> dict[str, str]:
    """Give the user and password, to where they belong only."""
    if credentials is not None and not credentials.covers(url):
        credentials = None
    everywhere = credentials is not None and credentials.everywhere
    return {
        "HELM_PLUGIN_USERNAME": credentials.username if credentials else "",
        "HELM_PLUGIN_PASSWORD": credentials.password if credentials else "",
        "HELM_PLUGIN_PASS_CREDENTIALS_ALL": str(everywhere).lower(),
    }
