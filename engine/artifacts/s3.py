"""Artifacts in a bucket of any server that speaks S3.

Place in the flow: the backend of ``s3://bucket/prefix?endpoint=…``; what manager and workers on several machines share.

It asks little of a server, since each of them lacks something: objects are put whole and read whole.  Nothing relies on
metadata, tags, conditional puts or what a listing says besides keys.  Names are those of `engine.artifacts.encoding`
under the prefix, as some servers keep objects as files.  A key whose name would be too long for S3 is kept in the
object itself, before its content, and the object is named by the digest of the key.
"""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from engine.artifacts.base import ArtifactError, ArtifactMissing, ArtifactStore, check_key
from engine.artifacts.encoding import decoded, encoded
from engine.artifacts.s3_address import Address
from engine.artifacts.s3_client import TRIES, code_of, make_client, status_of, translated

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef

_LONG = "%long/"  # no encoded key begins like it
_NAME = 1024  # bytes that a name may have
_HEADER = 8192  # bytes: enough for any key as JSON
_MEBIBYTE = 1 << 20
_REPLACING = 0.05  # seconds after which an object that was not there is asked for again
_TRANSFER = TransferConfig(multipart_threshold=16 * _MEBIBYTE, multipart_chunksize=16 * _MEBIBYTE, max_concurrency=4)


class S3Store(ArtifactStore):
    """Keeps objects in a bucket, which is created when it is missing."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._client = make_client(address)
        self._impatient = make_client(address, patient=False)
        self._ensure_bucket()

    def write(self, key: str, content: bytes | Path) -> None:
        name, header = self._name(key)
        try:
            with self._source(content, header) as source, translated(self._address, key):
                if isinstance(source, io.BytesIO) and len(source.getbuffer()) < _TRANSFER.multipart_threshold:
                    self._client.put_object(Bucket=self._address.bucket, Key=name, Body=source)
                else:
                    self._client.upload_fileobj(source, self._address.bucket, name, Config=_TRANSFER)
        except OSError as error:
            raise ArtifactError(f"cannot store artifact {key!r}: {error.strerror or error}") from error

    def open(self, key: str) -> BinaryIO:
        name, header = self._name(key)
        return io.BufferedReader(_Content(self._client, self._address, key, name, len(header)), _MEBIBYTE)

    def size(self, key: str) -> int:
        name, header = self._name(key)
        with translated(self._address, key):
            try:
                answer = self._client.head_object(Bucket=self._address.bucket, Key=name)
            except ClientError as error:
                if status_of(error) == 404:  # an answer to HEAD has no body: is it the object or the whole bucket?
                    self._client.list_objects_v2(Bucket=self._address.bucket, MaxKeys=1, Prefix=name)
                raise
        return answer["ContentLength"] - len(header)

    def delete(self, key: str) -> None:
        # Some servers fail to delete what is none of their objects but the beginning of others' names.
        if self.exists(key):
            with translated(self._address, key):
                self._client.delete_object(Bucket=self._address.bucket, Key=self._name(key)[0])

    def list(self, prefix: str = "") -> Iterator[str]:
        parents = prefix.split("/")[:-1]  # the last component may be only the beginning of a name
        if "" in parents:
            return iter(())
        start = encoded("/".join(parents)) + "/" if parents else ""
        keys = [decoded(name) for name in self._names(start) if not name.startswith(_LONG)]
        keys += [self._long_key(name) for name in self._names(_LONG)]
        return iter(sorted(key for key in keys if key.startswith(prefix)))

    def ping(self) -> None:
        with translated(self._address):
            try:
                self._impatient.head_bucket(Bucket=self._address.bucket)
            except ClientError as error:
                if status_of(error) == 404:
                    raise self._no_bucket() from error
                raise

    # -- names

    def _name(self, key: str) -> tuple[str, bytes]:
        """The name of an object, and what stands before its content."""
        check_key(key)
        name = self._address.prefix + encoded(key)
        if len(name.encode()) <= _NAME:
            return name, b""
        digest = hashlib.sha256(key.encode()).hexdigest()
        return f"{self._address.prefix}{_LONG}{digest}", json.dumps(key).encode() + b"\n"

    def _long_key(self, name: str) -> str:
        with translated(self._address, name):
            answer = self._client.get_object(
                Bucket=self._address.bucket, Key=self._address.prefix + name, Range=f"bytes=0-{_HEADER - 1}"
            )
            line = answer["Body"].read().partition(b"\n")[0]
        return str(json.loads(line))

    def _names(self, start: str) -> Iterator[str]:
        """The names below the prefix that start so."""
        prefix = self._address.prefix
        with translated(self._address):
            paginator = self._client.get_paginator("list_objects_v2")
            for page in paginator.paginate(Bucket=self._address.bucket, Prefix=prefix + start):
                for found in page.get("Contents", ()):
                    yield found["Key"][len(prefix) :]

    # -- contents

    def _source(self, content: bytes | Path, header: bytes) -> BinaryIO:
        if isinstance(content, bytes):
            return io.BytesIO(header + content)
        return io.BytesIO(header + content.read_bytes()) if header else content.open("rb")

    # -- the bucket

    def _ensure_bucket(self) -> None:
        with translated(self._address):
            try:
                self._client.head_bucket(Bucket=self._address.bucket)
            except ClientError as error:
                if status_of(error) != 404:
                    raise
                self._create_bucket()

    def _create_bucket(self) -> None:
        bucket, region = self._address.bucket, self._client.meta.region_name
        try:
            if self._address.endpoint is None and region != "us-east-1":
                where = {"LocationConstraint": region}
                self._client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)  # type: ignore[arg-type]  # any region
            else:
                self._client.create_bucket(Bucket=bucket)
        except ClientError as error:
            if code_of(error) in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                self._client.head_bucket(Bucket=bucket)  # another process was faster; or it is somebody else's: 403
                return
            raise ArtifactError(f"{self._no_bucket()}, and it cannot be created ({code_of(error)})") from error

    def _no_bucket(self) -> ArtifactError:
        return ArtifactError(f"{self._address}: there is no bucket {self._address.bucket!r}")


class _Content(io.RawIOBase):
    """The content of one object as it arrives; when the connection breaks, it goes on with another one."""

    def __init__(self, client: S3Client, address: Address, key: str, name: str, skipped: int) -> None:
        self._client = client
        self._address = address
        self._key = key
        self._name = name
        self._position = 0
        with translated(address, key):
            answer = self._get()
            self._body, self._etag = answer["Body"], answer["ETag"]
            if len(self._read(skipped)) < skipped:
                raise ArtifactMissing(key)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
        view = memoryview(buffer)
        with translated(self._address, self._key):
            chunk = self._read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()

    def _read(self, most: int) -> bytes:
        for tries_left in reversed(range(TRIES)):
            try:
                chunk = self._body.read(most) if most else b""
            except BotoCoreError:
                if not tries_left:
                    raise
                self._reopen()
            else:
                self._position += len(chunk)
                return chunk
        raise AssertionError("unreachable")

    def _get(self) -> GetObjectOutputTypeDef:
        """The answer of the server; some are without an object for a moment while another one takes its place."""
        try:
            return self._client.get_object(Bucket=self._address.bucket, Key=self._name)
        except ClientError as error:
            if status_of(error) != 404:
                raise
            time.sleep(_REPLACING)
            return self._client.get_object(Bucket=self._address.bucket, Key=self._name)

    def _reopen(self) -> None:
        self._body.close()
        answer = self._client.get_object(Bucket=self._address.bucket, Key=self._name, Range=f"bytes={self._position}-")
        if answer["ETag"] != self._etag:
            raise ArtifactError(f"{self._address}: artifact {self._key!r} was replaced while it was read")
        self._body = answer["Body"]
