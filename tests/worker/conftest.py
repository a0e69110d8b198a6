"""A real S3 server; and operations that no other test has anything to do with."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.support.s3 import bucket, own_s3_server, s3_server, s3_shared_server
from tests.worker import requests

__all__ = ["bucket", "own_s3_server", "s3_server", "s3_shared_server"]

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _own_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the operations of each test an id of their own: what an earlier test has left is killed by its id, late."""
    own = replace(requests.PLAIN, id=f"{requests.EXECUTION}/{next(_numbers)}/install/A/4/1")
    monkeypatch.setattr(requests, "PLAIN", own)
