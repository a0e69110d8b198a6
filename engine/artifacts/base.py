"""The contract of artifact stores: objects named by keys, written whole or not at all.

Place in the flow: `manager` puts each CSAR under ``csar/<sha256 of its bytes>`` and `worker` what an operation printed
under ``log/<execution>/<operation>``; the space holds nothing but these keys.  A backend implements the abstract
methods and nothing more: the rules of keys and checksums stand here, once.

A key is a path of components: ``csar/<digest>``.  Any characters may stand in a component; no component is empty, and
no key continues another one (``a`` and ``a/b`` cannot both be objects).  A store is safe to share between threads.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.errors import EngineError

CSAR = "csar"  # the component before a digest: what lies below is named by its content
MAX_KEY = 1024  # bytes of UTF-8: the limit that S3 stores share
CHUNK = 1 << 20


class ArtifactError(EngineError):
    """The store cannot be used, or cannot hold this; the subclasses say more."""


class ArtifactUnreachable(ArtifactError):
    """The store does not answer, or is out of order: the same may succeed later."""


class ArtifactRefused(ArtifactError):
    """The store refuses our credentials, or has none of ours."""


class ArtifactMissing(ArtifactError):
    """There is no object under this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"no artifact {key!r}")


class ArtifactCorrupt(ArtifactError):
    """The content of an object is not the one that its key names."""

    def __init__(self, key: str, found: str) -> None:
        self.key, self.found = key, found
        super().__init__(f"artifact {key!r} is corrupt: the SHA-256 of its content is {found}")


class ArtifactStore(ABC):
    """A store of objects that several processes share."""

    @abstractmethod
    def write(self, key: str, content: bytes | Path) -> None:
        """Store ``content`` (or that of a file) under a valid key, replacing what was there.

        Readers see the old object or the new one, never a part; so does a store whose writer was killed.

        Raises:
            ArtifactError: it could not be stored; the old object, if any, is untouched.
        """

    @abstractmethod
    def open(self, key: str) -> BinaryIO:
        """Open an object for reading; the caller closes it.  What it reads is unverified: see `fetch` and `get`.

        Raises:
            ArtifactMissing: there is none.
        """

    @abstractmethod
    def size(self, key: str) -> int:
        """The size of an object in bytes.

        Raises:
            ArtifactMissing: there is none.
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove an object; no error when there is none."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[str]:
        """The keys that start with ``prefix`` (any string), each once, in the order of their text."""

    def ping(self) -> None:
        """See whether the store answers, without much patience; overridden where patience would be long.

        Raises:
            ArtifactError: it does not.
        """
        self.exists(f"{CSAR}/-")

    def put(self, key: str, content: bytes | Path) -> None:
        """Store an object; when this returns, it stays, even if the machine stops (``log/`` keys excepted).

        Raises:
            ArtifactCorrupt: the key is ``csar/<digest>`` and the content has another digest; nothing is stored.
            ArtifactError: the key is none, or the content cannot be read or stored.
        """
        self._check(key, content)
        self.write(key, content)

    def put_file(self, key: str, path: Path) -> None:
        """Store a file that nobody needs any more: moved where the store can, else copied; afterwards it is gone.

        Raises:
            ArtifactCorrupt, ArtifactError: as by `put`; the file is still there.
        """
        self._check(key, path)
        self.take(key, path)

    def take(self, key: str, path: Path) -> None:
        """Store a file under a valid key, as `write` does, and remove it; overridden where moving is cheaper."""
        self.write(key, path)
        path.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        """The content of an object, verified when its key names its digest.

        Raises:
            ArtifactMissing, ArtifactCorrupt
        """
        with self.open(key) as stream:
            content = stream.read()
        if _digest_named_by(key) is not None:
            _check_digest(key, hashlib.sha256(content).hexdigest())
        return content

    def fetch(self, key: str, path: Path) -> None:
        """Copy an object to a file, verified as by `get`; the file is there whole or not at all.

        Raises:
            ArtifactMissing, ArtifactCorrupt
        """
        with self.open(key) as source, tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as copy:
            partial = Path(copy.name)
            try:
                shutil.copyfileobj(source, copy, CHUNK)
                copy.flush()
                if _digest_named_by(key) is not None:
                    _check_digest(key, _digest_of(partial))
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise

    def _check(self, key: str, content: bytes | Path) -> None:
        check_key(key)
        if _digest_named_by(key) is not None:
            _check_digest(key, _digest_of(content))

    def exists(self, key: str) -> bool:
        """Whether there is an object under this key."""
        try:
            self.size(key)
        except ArtifactMissing:
            return False
        return True


def csar_key(digest: str) -> str:
    """The key of the archive with this SHA-256 (64 hexadecimal digits)."""
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ArtifactError(f"{digest!r} is no SHA-256 digest: 64 hexadecimal digits, small letters")
    return f"{CSAR}/{digest}"


def check_key(key: str) -> None:
    """Refuse what is no key."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise ArtifactError(f"key {key!r} is no valid Unicode text") from error
    if not 0 < length <= MAX_KEY:
        raise ArtifactError(f"key of {length} bytes: 1 to {MAX_KEY} are possible")
    if "" in key.split("/"):
        raise ArtifactError(f"key {key!r} has an empty component")


def _digest_named_by(key: str) -> str | None:
    first, _, digest = key.partition("/")
    return digest if first == CSAR else None


def _check_digest(key: str, found: str) -> None:
    if found != _digest_named_by(key):
        raise ArtifactCorrupt(key, found)


def _digest_of(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    try:
        with content.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ArtifactError(f"cannot read {str(content)!r}: {error.strerror}") from error
