"""TLS for repositories and registries: whom to trust, and how to sign in."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from pypkg.errors import RepositoryError


@dataclass(frozen=True, slots=True)
class Tls:
    """The user's TLS options, as paths; "" leaves one at its default.

    Attributes:
        ca_file: The certificate authorities to trust, instead of the system's.
        cert_file: The client's certificate.
        key_file: Its key.
        insecure: Trust any certificate.
    """

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    insecure: bool = False

    def context(self) -> ssl.SSLContext:
        """Load the files.

        Raises:
            RepositoryError: One cannot be read, or is no certificate or key.
        """
        context = ssl.create_default_context()
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.ca_file:
            # Only these: a context with the system's would go on trusting those.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            try:
                context.load_verify_locations(self.ca_file)
            except OSError as error:  # ssl.SSLError is one
                raise _unusable("CA file", self.ca_file, error) from error
        elif not context.cert_store_stats()["x509_ca"]:
            # No certificates are installed, as in small container images.
            import certifi  # noqa: PLC0415 - seldom needed; requests brings it

            context.load_verify_locations(certifi.where())
        if self.cert_file or self.key_file:
            try:
                context.load_cert_chain(self.cert_file, self.key_file or None)
            except OSError as error:
                raise _unusable("client certificate", self.cert_file, error) from error
        return context


def _unusable(what: str, path: str, error: OSError) -> RepositoryError:
    if isinstance(error, ssl.SSLError):
        reason = error.reason or "it is no PEM file"
    else:
        reason = error.strerror or str(error)
    return RepositoryError(f"cannot use the {what} {path}: {reason}")


def adapter(tls: Tls) -> Any:
    """Make what opens the TLS connections of a ``requests.Session``.

    Raises:
        RepositoryError: A file cannot be used; see :meth:`Tls.context`.
    """
    import urllib3  # noqa: PLC0415 - start-up time
    from requests.adapters import HTTPAdapter  # noqa: PLC0415 - start-up time

    context = tls.context()
    if tls.insecure:
        # The user has said so; a warning at each request tells nothing new.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    class Adapter(HTTPAdapter):
        """Trusts whom the context trusts; requests would add its own authorities."""

        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **options)

        def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **options)

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            pass

    return Adapter()
