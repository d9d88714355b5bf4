"""The flags of commands that take charts from repositories and registries."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pypkg.cli.flags import Flags, flag

if TYPE_CHECKING:
    from pypkg.repo.downloader import Query
    from pypkg.repo.transport.tls import Tls


class CertificateFlags(Flags):
    """Whose certificates to trust, and which to show."""

    title: ClassVar = "TLS"

    ca_file: str = flag(
        "--ca-file",
        help="trust these certificate authorities, and no others",
        metavar="FILE",
    )
    cert_file: str = flag(
        "--cert-file", help="sign in with this certificate", metavar="FILE"
    )
    key_file: str = flag("--key-file", help="the certificate's key", metavar="FILE")

    def certificates(self, *, insecure: bool) -> Tls:
        """Give them in the form that sessions take.

        Args:
            insecure: Whether to trust any certificate.
        """
        from pypkg.repo.transport.tls import Tls  # noqa: PLC0415 - start-up time

        return Tls(self.ca_file, self.cert_file, self.key_file, insecure)


class TlsFlags(CertificateFlags):
    """Whom to trust, anybody included."""

    title: ClassVar = "TLS"

    insecure_skip_tls_verify: bool = flag(
        "--insecure-skip-tls-verify",
        help="do not check the server's certificate: insecure",
        default=False,
    )

    def tls(self) -> Tls:
        """Give them in the form that sessions take."""
        return self.certificates(insecure=self.insecure_skip_tls_verify)


class SignInFlags(TlsFlags):
    """And who signs in."""

    title: ClassVar = "Repositories"

    username: str = flag("--username", help="sign in with this name", metavar="NAME")
    password: str = flag("--password", help="and this password", metavar="TEXT")
    plain_http: bool = flag(
        "--plain-http", help="speak HTTP to the registry: insecure", default=False
    )


class KeyringFlags(Flags):
    """Whose signatures count."""

    title: ClassVar = "Repositories"

    verify: bool = flag(
        "--verify", help="check the chart's signature before using it", default=False
    )
    keyring: str = flag(
        "--keyring",
        help="the public keys to check it with (default ~/.gnupg/pubring.gpg)",
        metavar="FILE",
    )


class FetchFlags(SignInFlags, KeyringFlags):
    """How to fetch charts."""

    title: ClassVar = "Repositories"

    pass_credentials: bool = flag(
        "--pass-credentials",
        help="send name and password to any host, not to the repository's alone",
        default=False,
    )

    def options(self) -> Query:
        """Give them in the form that fetching takes; the chart is still open."""
        from pypkg.repo.downloader import Query  # noqa: PLC0415 - start-up time

        return Query(
            reference="",
            username=self.username,
            password=self.password,
            pass_credentials=self.pass_credentials,
            tls=self.tls(),
            plain_http=self.plain_http,
            provenance=self.verify,
        )


class ChartFlags(FetchFlags):
    """Which chart CHART means."""

    title: ClassVar = "Repositories"

    repo: str = flag(
        "--repo", help="the URL of the repository that CHART is in", metavar="URL"
    )
    version: str = flag(
        "--version",
        help="the version, or a constraint such as ^1.2 (default: the newest)",
        metavar="CONSTRAINT",
    )
    devel: bool = flag(
        "--devel", help="take prereleases too; --version goes first", default=False
    )

    def query(self, reference: str, *, provenance: bool = False) -> Query:
        """Say which chart is wanted.

        Args:
            reference: The argument CHART.
            provenance: Whether its .prov is wanted, even if it is not verified.
        """
        from dataclasses import replace  # noqa: PLC0415 - start-up time

        return replace(
            self.options(),
            reference=reference.strip(),
            version=self.version.strip(),
            devel=self.devel,
            repo_url=self.repo,
            provenance=provenance or self.verify,
        )


class DependencyUpdateFlags(Flags):
    """``--dependency-update``."""

    title: ClassVar = "Repositories"

    dependency_update: bool = flag(
        "--dependency-update",
        help="fetch the charts that CHART depends on, if they are missing",
        default=False,
    )
