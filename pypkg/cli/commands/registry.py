"""``pypkg registry``."""

from __future__ import annotations

import sys
from typing import ClassVar

from pypkg.cli import repositories
from pypkg.cli.flags import flag
from pypkg.cli.grammar import Arguments, Group, command
from pypkg.cli.output import echo, warn
from pypkg.cli.repository_options import CertificateFlags
from pypkg.cli.settings import Settings
from pypkg.errors import RegistryError, UsageError


class LoginFlags(CertificateFlags):
    """Who signs in; ``--insecure`` has that name here in Helm, too."""

    title: ClassVar = "Flags"

    username: str = flag("-u", "--username", help="the user", metavar="NAME")
    password: str = flag(
        "-p", "--password", help="the password or token", metavar="TEXT"
    )
    password_stdin: bool = flag(
        "--password-stdin", help="read it from standard input", default=False
    )
    insecure: bool = flag(
        "--insecure",
        help="do not check the server's certificate: insecure",
        default=False,
    )
    plain_http: bool = flag("--plain-http", help="speak HTTP: insecure", default=False)

    def password_given(self) -> str:
        """Give the password, asked for if need be."""
        if self.password:
            warn("--password shows it to every user of this machine: --password-stdin")
            return self.password
        if self.password_stdin:
            return sys.stdin.read().rstrip("\r\n")
        return _asked("Password", hidden=True)


@command(
    usage="HOST",
    name="login",
    examples=(
        "pypkg registry login registry.example.com -u ann\n"
        "pypkg registry login registry.example.com -u ann --password-stdin <token"
    ),
)
def _login(arguments: Arguments, settings: Settings, flags: LoginFlags) -> None:
    """Sign in to a registry, and keep the password.

    It is kept in Docker's format, in a file for you alone, or with the credential
    helper that the file names.
    """
    from pypkg.repo.oci.charts import Access  # noqa: PLC0415 - start-up time
    from pypkg.repo.oci.credentials import Login  # noqa: PLC0415 - start-up time

    host = _host(arguments[0])
    username = flags.username or _asked("Username")
    login = Login(username, flags.password_given())
    tls = flags.certificates(insecure=flags.insecure)
    access = Access(tls, flags.plain_http, login)
    place = repositories.registries(settings).login(host, access)
    echo(f"Login Succeeded\nThe password is kept in {place}", err=True)


@command(
    usage="HOST",
    name="logout",
    examples="pypkg registry logout registry.example.com",
)
def _logout(arguments: Arguments, settings: Settings) -> None:
    """Forget the password of a registry."""
    host = _host(arguments[0])
    if not repositories.registries(settings).logout(host):
        raise RegistryError(f"no password of {host} is kept")
    echo(f"Removing login credentials for {host}", err=True)


def _host(text: str) -> str:
    """Give the registry: neither a URL nor a path."""
    host = text.removeprefix("oci://").rstrip("/")
    if "/" in host:
        raise UsageError(
            f"{text} is no registry", hint=f"give its host: {host.split('/')[0]}"
        )
    return host


def _asked(what: str, *, hidden: bool = False) -> str:
    import click  # noqa: PLC0415 - start-up time

    if not sys.stdin.isatty():
        raise UsageError(
            f"there is no terminal to ask for the {what.lower()} on",
            hint="give --username, and --password-stdin",
        )
    answer: str = click.prompt(what, hide_input=hidden, err=True)
    return answer


main = Group("registry", [_login, _logout], help="Sign in to OCI registries, and out.")
