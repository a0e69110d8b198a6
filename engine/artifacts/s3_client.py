"""The client of an S3 server, and the one place where its errors become ours.

Place in the flow: `engine.artifacts.s3` → **boto3** → any server that speaks S3.  Credentials come from boto3's usual
chain (environment, files, roles of the machine) and go nowhere else: an answer of 403 is told without what the server
said about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from engine.artifacts.base import ArtifactError, ArtifactMissing, ArtifactRefused, ArtifactUnreachable
from engine.artifacts.s3_address import Address

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

TRIES = 9  # with pauses of 6 seconds together on average: a server that is restarted is not noticed
CONNECTIONS = 32  # a manager serves 16 requests at once
_ANY_REGION = "us-east-1"  # what a server other than Amazon's takes for its own when nothing is said


def make_client(address: Address, *, patient: bool = True) -> S3Client:
    """The client for a store; one that is not ``patient`` tries once and waits a second: to see whether it answers.

    Raises:
        ArtifactError: the settings, boto3's own among them, make no client.
    """
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path" if address.path_style else "auto"},
        connect_timeout=5 if patient else 1,
        read_timeout=60 if patient else 2,
        retries={"mode": "standard", "total_max_attempts": TRIES if patient else 1},
        max_pool_connections=CONNECTIONS,
        # What newer clients send by default, other servers than Amazon's do not all understand.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    try:
        session = Session()
        return session.client(
            "s3",
            endpoint_url=address.endpoint,
            region_name=address.region or session.region_name or _ANY_REGION,
            verify=None if address.ca is None else str(address.ca),
            config=config,
        )
    except (BotoCoreError, ValueError) as error:
        raise ArtifactError(f"{address}: {error}") from error


@contextmanager
def translated(address: Address, key: str | None = None) -> Iterator[None]:
    """Raise the package's errors instead of boto3's; ``key`` is the object that is asked for."""
    try:
        yield
    except ClientError as error:
        raise _of_answer(address, key, error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        message = f"{address}: {error}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
        raise ArtifactRefused(message) from error
    except (BotoCoreError, Boto3Error) as error:
        raise ArtifactUnreachable(f"{address} cannot be reached: {error}") from error


def status_of(error: ClientError) -> int:
    """The HTTP status of an answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: ClientError) -> str:
    """What the server calls its error; the status where an answer has no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _of_answer(address: Address, key: str | None, error: ClientError) -> ArtifactError:
    code, status = code_of(error), status_of(error)
    if status == 403:
        return ArtifactRefused(f"{address} refuses these credentials ({code})")
    if code == "NoSuchBucket":
        return ArtifactError(f"{address}: there is no bucket {address.bucket!r}")
    if status == 404 and key is not None:
        return ArtifactMissing(key)
    about = f" (artifact {key!r})" if key is not None else ""
    said = error.response.get("Error", {}).get("Message", "")
    message = f"{address} answers {status} {code}: {said}{about}"
    return ArtifactUnreachable(message) if status >= 500 else ArtifactError(message)
