"""``pypkg plugin``."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pypkg.cli.flags import Flags, flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.output import echo, table, warn
from pypkg.cli.plugins import installed
from pypkg.cli.proposals import complete_plugin
from pypkg.cli.repository_options import SignInFlags
from pypkg.cli.settings import Settings
from pypkg.errors import PluginError

if TYPE_CHECKING:
    from pypkg.cli.plugins.definition import Plugin
    from pypkg.repo.archives import Archive

HEAD = ["NAME", "VERSION", "TYPE", "APIVERSION", "PROVENANCE", "SOURCE"]
KEYRING = "the public keys to check it with (default ~/.gnupg/pubring.gpg)"


class ListFlags(Flags):
    """The flags of plugin list."""

    title: ClassVar = "Flags"

    type: str = flag(
        "--type",
        help="only those for this, such as postrenderer/v1",
        metavar="TYPE",
    )


@command(name="list", aliases=["ls"])
def _list(flags: ListFlags) -> None:
    """List plugins."""
    rows = [_row(one) for one in installed.load() if flags.type in {"", one.type}]
    echo(table(HEAD, rows), nl=False)


def _row(plugin: Plugin) -> list[str]:
    provenance = "signed" if plugin.provenance.exists() else "unsigned"
    return [
        plugin.name,
        plugin.version,
        plugin.type,
        plugin.api_version,
        "local dev" if plugin.folder.is_symlink() else provenance,
        str(plugin.definition.get("sourceURL") or "unknown"),
    ]


class KeyringFlags(Flags):
    """Whose signatures count."""

    title: ClassVar = "Flags"

    keyring: str = flag("--keyring", help=KEYRING, metavar="FILE")


class InstallFlags(SignInFlags, KeyringFlags):
    """The flags of plugin install."""

    title: ClassVar = "Flags"

    version: str = flag(
        "--version",
        help="of a git repository: a version or constraint, a tag or a branch",
        metavar="VERSION",
    )
    verify: bool = flag(
        "--verify",
        help="check the signature of what is not a folder; git repositories have none",
        default=True,
    )


@command(
    usage="FOLDER|ARCHIVE|URL",
    name="install",
    aliases=["add"],
    examples=(
        "pypkg plugin install ./my-renderer\n"
        "pypkg plugin install https://example.com/greet-1.0.0.tgz --keyring keys.gpg\n"
        "pypkg plugin install https://example.com/greet.git --version ^1"
        " --verify=false"
    ),
)
def _install(arguments: Arguments, settings: Settings, flags: InstallFlags) -> None:
    """Install a plugin from a folder, an archive or a git repository.

    A folder stays where it is: what is changed in it counts at once. Plugins that Helm
    has installed need not be installed again.
    """
    from pypkg.cli.plugins import sources  # noqa: PLC0415 - start-up time

    source = arguments[0]
    if Path(source).is_dir():
        echo("Installing plugin from local directory (development mode)")
        plugin = sources.link(Path(source).resolve())
    elif sources.ARCHIVE.search(source):
        plugin = sources.unpack(_archive(source, settings, flags))
    elif not sources.REPOSITORY.match(source):
        raise PluginError(
            f"there is no plugin in {source}",
            hint="a plugin comes from a folder, a .tgz archive, or a URL",
        )
    else:
        _check_unverified(flags)
        plugin = sources.clone(source, flags.version)
    try:
        _run_hook(plugin, "install")
    except PluginError:
        _remove(plugin)
        raise
    echo(f"Installed plugin: {plugin.name}")


def _check_unverified(flags: InstallFlags) -> None:
    """Refuse what cannot be verified, unless that is wanted.

    Raises:
        PluginError: It is not.
    """
    if flags.verify:
        raise PluginError(
            "plugin source does not support verification. Use --verify=false to skip"
            " verification",
            hint="git repositories have no signature; signed archives have",
        )
    warn("Skipping plugin signature verification")


def _archive(source: str, settings: Settings, flags: InstallFlags) -> Archive:
    """Read an archive from a file or a URL, and verify it."""
    from pypkg.cli import signatures  # noqa: PLC0415 - start-up time
    from pypkg.repo.transport.urls import is_url  # noqa: PLC0415 - start-up time

    archive = _fetched(source, settings, flags) if is_url(source) else _read(source)
    if not flags.verify:
        warn("Skipping plugin signature verification")
        return replace(archive, provenance=None)
    echo("Verifying plugin signature...")
    verified = signatures.verify(archive, flags.keyring)
    signatures.show(verified, what="Plugin")
    return archive


def _read(source: str) -> Archive:
    from pypkg.repo.archives import Archive  # noqa: PLC0415 - start-up time

    path = Path(source)
    provenance = path.with_name(f"{path.name}.prov")
    try:
        data = path.read_bytes()
        signature = provenance.read_bytes() if provenance.exists() else None
    except OSError as error:
        raise PluginError(
            f"cannot read {error.filename}: {error.strerror}",
            hint="a plugin comes from a folder, a .tgz archive, or a URL",
        ) from error
    return Archive(path.name, data, source, signature)


def _fetched(url: str, settings: Settings, flags: InstallFlags) -> Archive:
    from pypkg.cli import repositories  # noqa: PLC0415 - start-up time
    from pypkg.repo.downloader import Query  # noqa: PLC0415 - start-up time

    query = Query(
        url,
        username=flags.username,
        password=flags.password,
        tls=flags.tls(),
        provenance=flags.verify,
    )
    with repositories.downloader(settings) as downloader:
        return downloader.from_url(query)


@command(usage="NAME...", name="update", aliases=["up"], complete=complete_plugin)
def _update(arguments: Arguments) -> None:
    """Bring plugins from git repositories up to date."""
    from pypkg.cli.plugins import sources  # noqa: PLC0415 - start-up time

    for name in arguments:
        _run_hook(sources.pull(_named(name)), "update")
        echo(f"Updated plugin: {name}")


@command(
    usage="NAME...",
    name="uninstall",
    aliases=["rm", "remove"],
    complete=complete_plugin,
)
def _uninstall(arguments: Arguments) -> None:
    """Remove plugins."""
    for name in arguments:
        plugin = _named(name)
        _remove(plugin)
        _run_hook(plugin, "delete")
        echo(f"Uninstalled plugin: {name}")


def _named(name: str) -> Plugin:
    plugin = installed.find(name)
    if plugin is None:
        raise PluginError(
            f"plugin: {name} not found", hint="`pypkg plugin list` names those"
        )
    return plugin


def _remove(plugin: Plugin) -> None:
    if plugin.folder.is_symlink():
        plugin.folder.unlink()
        return
    shutil.rmtree(plugin.folder)
    plugin.archive.unlink(missing_ok=True)
    plugin.provenance.unlink(missing_ok=True)


@command(usage="ARCHIVE", name="verify", examples="pypkg plugin verify greet-1.0.0.tgz")
def _verify(arguments: Arguments, flags: KeyringFlags) -> None:
    """Check who signed a plugin's archive."""
    from pypkg.cli import signatures  # noqa: PLC0415 - start-up time

    verified = signatures.verify_file(arguments[0], flags.keyring)
    signatures.show(verified, what="Plugin")


def _run_hook(plugin: Plugin, event: str) -> None:
    """Run what a plugin does when it comes, changes or goes.

    Raises:
        PluginError: That failed.
    """
    environ = plugin.environ(os.environ)
    words = plugin.hook(event, environ)
    if not words:
        return
    try:
        subprocess.run(words, env=environ, check=True)  # noqa: S603 - the user named it
    except (OSError, subprocess.CalledProcessError) as error:
        raise PluginError(
            f"plugin {event} hook for {plugin.name} failed: {error}"
        ) from error


main = Group(
    "plugin",
    [_list, _install, _update, _uninstall, _verify],
    help="List, install, update and remove plugins.\n\nHelm's plugins run with pypkg,"
    " too: those that add commands (cli/v1), those that fetch URLs of a scheme"
    " (getter/v1), and post-renderers (postrenderer/v1), see --post-renderer of"
    " install. They are looked for in the folder plugins of PYPKG_DATA_HOME and of"
    " Helm's, or where PYPKG_PLUGINS or HELM_PLUGINS says.",
)
