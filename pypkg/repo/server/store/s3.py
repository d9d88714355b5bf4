"""A storage in a bucket of S3, or of whatever speaks its protocol.

The catalogue stays in the folder: it is small, and needs a file system.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pypkg.errors import RepositoryError
from pypkg.repo.server.refusals import RefusedError
from pypkg.repo.server.store.storage import BLOBS, StoredObject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from minio import Minio

_PIECE = 256 * 1024
_AWS = "https://s3.amazonaws.com"
_MISSING = frozenset({"NoSuchKey", "NoSuchObject"})


class StorageError(RefusedError):
    """The bucket does not answer as it should."""

    status = 503


class BucketStorage:
    """A storage below a prefix of a bucket.

    Args:
        client: What speaks to the service.
        bucket: The bucket.
        prefix: What every key begins with, with a slash at its end; or "".
    """

    def __init__(self, client: Minio, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, key: str, source: Path) -> None:
        """Send a file; the service shows it whole or not at all."""
        with _explained(key):
            self._client.fput_object(self._bucket, self._prefix + key, str(source))
        source.unlink()

    def read(self, key: str, start: int = 0, size: int = -1) -> Iterator[bytes]:
        """Give an object's bytes in pieces."""
        if size == 0:
            return
        with _explained(key):
            reply = self._client.get_object(
                self._bucket, self._prefix + key, offset=start, length=max(0, size)
            )
        try:
            yield from reply.stream(_PIECE)
        finally:
            reply.close()
            reply.release_conn()

    def exists(self, key: str) -> bool:
        """Ask whether there is such an object."""
        try:
            with _explained(key):
                self._client.stat_object(self._bucket, self._prefix + key)
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove an object."""
        with _explained(key):
            self._client.remove_object(self._bucket, self._prefix + key)

    def archives(self) -> Iterator[StoredObject]:
        """Give every .tgz object that is not in a hidden folder."""
        for one in self._objects(""):
            hidden = one.key.startswith(".") or "/." in one.key
            if one.key.endswith(".tgz") and not hidden:
                yield one

    def blobs(self) -> Iterator[StoredObject]:
        """Give what the server put there."""
        return self._objects(f"{BLOBS}/")

    def _objects(self, below: str) -> Iterator[StoredObject]:
        with _explained(below):
            for found in self._client.list_objects(
                self._bucket, prefix=self._prefix + below, recursive=True
            ):
                name, modified = found.object_name or "", found.last_modified
                yield StoredObject(
                    name.removeprefix(self._prefix),
                    found.size or 0,
                    int(modified.timestamp() * 1e9) if modified else 0,
                )


def connect(url: str, environ: Mapping[str, str] = os.environ) -> BucketStorage:
    """Reach a bucket.

    Args:
        url: ``s3://BUCKET/PREFIX``.
        environ: Where AWS' variables are: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL for
            a service of one's own, AWS_REGION, AWS_ACCESS_KEY_ID and its relatives;
            without keys, AWS' configuration file and the machine's role are asked.

    Raises:
        RepositoryError: The URL names no bucket, the bucket cannot be reached, or the
            extra ``s3`` is not installed.
    """
    try:
        from minio import Minio  # noqa: PLC0415 - an extra
        from minio.credentials.providers import (  # noqa: PLC0415 - an extra
            AWSConfigProvider,
            ChainedProvider,
            EnvAWSProvider,
            IamAwsProvider,
        )
    except ImportError as error:
        raise RepositoryError(
            "storing charts in a bucket needs the extra s3",
            hint="pip install 'pypkg[s3]'",
        ) from error
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise RepositoryError(f"{url} is no s3://BUCKET/PREFIX")
    service = urlsplit(
        environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL") or _AWS
    )
    client = Minio(
        service.netloc,
        secure=service.scheme == "https",
        region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
        credentials=ChainedProvider(
            [EnvAWSProvider(), AWSConfigProvider(), IamAwsProvider()]
        ),
    )
    prefix = parts.path.strip("/")
    storage = BucketStorage(client, parts.netloc, f"{prefix}/" if prefix else "")
    with _explained(url):
        if not client.bucket_exists(parts.netloc):
            raise RepositoryError(f"there is no bucket {parts.netloc}")
    return storage


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn the client's errors into those of files, and of the server."""
    import urllib3  # noqa: PLC0415 - start-up time
    from minio.error import MinioException, S3Error  # noqa: PLC0415 - an extra

    try:
        yield
    except S3Error as error:
        if error.code in _MISSING:
            raise FileNotFoundError(what) from error
        raise StorageError(f"the bucket refuses {what}: {error.message}") from error
    except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
        raise StorageError(f"the bucket cannot be reached: {error}") from error
