"""Where plugins come from: folders, archives, and git repositories."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pypkg.cli.plugins import installed
from pypkg.cli.plugins.definition import DEFINITION, read
from pypkg.errors import PluginError, VersionError
from pypkg.files import PUBLIC, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypkg.cli.plugins.definition import Plugin
    from pypkg.repo.archives import Archive

ARCHIVE = re.compile(r"\.(?:tgz|tar\.gz)$")
# As git takes them: with a scheme, or as in git@example.com:team/greet.
REPOSITORY = re.compile(r"[\w+.-]+://|(?:[\w.-]+@)?[\w.-]+:", re.ASCII)
# What an archive may hold; plugins bring programs along.
_LARGEST = 1024**3


def link(folder: Path) -> Plugin:
    """Let a folder be a plugin where it is: what is changed in it counts at once."""
    place = _place(read(folder).name)
    place.symlink_to(folder, target_is_directory=True)
    return read(place)


def unpack(archive: Archive) -> Plugin:
    """Install what an archive holds: one folder, with the plugin's definition.

    The archive is kept beside the folder, with its signature if it has one.

    Raises:
        PluginError: It is no such archive, or the plugin is there.
    """
    with _temporary() as folder:
        try:
            _extract(archive.data, folder)
        except (tarfile.TarError, OSError, EOFError) as error:
            raise PluginError(f"cannot unpack {archive.source}: {error}") from error
        found = [path.parent for path in folder.glob(f"*/{DEFINITION}")]
        if len(found) != 1:
            raise PluginError(
                f"{archive.source} holds no plugin: no folder with a {DEFINITION}"
            )
        place = found[0].rename(_place(read(found[0]).name))
    plugin = read(place)
    write(plugin.archive, archive.data, mode=PUBLIC)
    if archive.provenance is not None:
        write(plugin.provenance, archive.provenance, mode=PUBLIC)
    return plugin


def _extract(data: bytes, folder: Path) -> None:
    """Write the folders and files of an archive; as in Helm it may hold nothing else.

    Raises:
        TarError: It holds something else, something that lies outside, or too much.
    """
    size = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts:
                raise tarfile.TarError(f"{member.name} lies outside")
            size += member.size
            if size > _LARGEST:
                raise tarfile.TarError(f"it holds more than {_LARGEST} bytes")
            if member.isdir():
                (folder / path).mkdir(parents=True, exist_ok=True)
                continue
            content = archive.extractfile(member) if member.isfile() else None
            if content is None:
                raise tarfile.TarError(f"{member.name} is neither a folder nor a file")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content.read())
            (folder / path).chmod(0o755 if member.mode & 0o100 else 0o644)


def clone(url: str, version: str) -> Plugin:
    """Install what a git repository holds.

    Args:
        url: Its URL, as git takes it.
        version: A version or constraint that a tag satisfies, a branch, or a tag; ""
            is what the repository shows by itself.

    Raises:
        PluginError: There is no such repository or version, or the plugin is there.
    """
    with _temporary() as folder:
        cloned = folder / "plugin"
        _git("clone", "--quiet", "--", url, str(cloned))
        if version:
            _check_out(cloned, url, version)
        place = cloned.rename(_place(read(cloned).name))
    return read(place)


def pull(plugin: Plugin) -> Plugin:
    """Bring a plugin from a git repository up to date; a version stays as it is.

    Raises:
        PluginError: It came from elsewhere, was changed here, or cannot be fetched.
    """
    if not (plugin.folder / ".git").exists():
        raise PluginError(
            f"the plugin {plugin.name} does not come from a git repository",
            hint="remove it, and install it again",
        )
    at = ("-C", str(plugin.folder))
    if _git(*at, "status", "--porcelain", "--untracked-files=no"):
        raise PluginError(
            f"the plugin {plugin.name} has been changed in {plugin.folder}",
            hint="keep or undo the changes with git first",
        )
    _git(*at, "fetch", "--quiet", "--tags")
    if _git(*at, "branch", "--show-current"):
        _git(*at, "merge", "--quiet", "--ff-only")
    return read(plugin.folder)


def _check_out(folder: Path, url: str, version: str) -> None:
    wanted = _best(_git("-C", str(folder), "tag").split(), version) or version
    try:
        _git("-C", str(folder), "checkout", "--quiet", wanted, "--")
    except PluginError as error:
        raise PluginError(
            f'requested version "{version}" does not exist for plugin "{url}"'
        ) from error


def _best(tags: list[str], version: str) -> str:
    """Give the newest tag that satisfies a constraint; "" if none does."""
    from pypkg.versions import Constraint, Version  # noqa: PLC0415 - only here

    allowed = []
    with suppress(VersionError):
        constraint = Constraint.parse(version)
        for tag in tags:
            with suppress(VersionError):
                if constraint.allows(parsed := Version.parse(tag)):
                    allowed.append((parsed, tag))
    return max(allowed, key=lambda one: one[0])[1] if allowed else ""


def _git(*words: str) -> str:
    """Run git, and give what it says.

    Raises:
        PluginError: It fails, or there is none.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours, or come after "--"
            ["git", *words],  # noqa: S607 - the user's own git
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise PluginError(
            f"git cannot be run: {error.strerror}",
            hint="plugins are fetched from repositories by git",
        ) from error
    if done.returncode:
        raise PluginError(f"git has failed: {done.stderr.strip()}")
    return done.stdout.strip()


@contextmanager
def _temporary() -> Iterator[Path]:
    """Give a folder that can be moved to where plugins are."""
    home = installed.folders()[0]
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".plugin-") as name:
        yield Path(name)


def _place(name: str) -> Path:
    """Give the path for a new plugin.

    Raises:
        PluginError: There is one of its name.
    """
    if installed.find(name):
        raise PluginError(
            f"plugin already exists: {name}",
            hint=f"`pypkg plugin uninstall {name}` makes place for another",
        )
    place = installed.folders()[0] / name
    place.parent.mkdir(parents=True, exist_ok=True)
    return place
