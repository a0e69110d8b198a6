"""A real S3 server."""

from tests.support.s3 import bucket, own_s3_server, s3_server, s3_shared_server

__all__ = ["bucket", "own_s3_server", "s3_server", "s3_shared_server"]
