"""Whether the artifact store has what the space refers to.

Place in the flow: picture and artifact store → **findings** about archives and logs.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts import ArtifactCorrupt, ArtifactMissing, ArtifactStore
from manager.inspection.finding import Finding
from manager.inspection.picture import Picture
from manager.templates import archive_key


def artifact_findings(there: Picture, artifacts: ArtifactStore, *, deep: bool) -> Iterator[Finding]:
    """What is missing or belongs to nobody; ``deep`` reads every archive that is referred to."""
    for digest, key in archives_of(there).items():
        try:
            if deep:
                artifacts.get(archive_key(digest))
            else:
                artifacts.size(archive_key(digest))
        except ArtifactMissing:
            yield Finding("archive", key, f"its archive {archive_key(digest)!r} is missing", "the archive")
        except ArtifactCorrupt as error:
            yield Finding("archive", key, str(error), f"content with the SHA-256 {digest}")
    for log in artifacts.list("log/"):
        if log.split("/")[1] not in there.executions:
            yield Finding("log", log, "its execution is missing", "nothing; 'ditrit gc' removes it")


def missing_archives(there: Picture, artifacts: ArtifactStore) -> list[str]:
    """The keys of archives that are referred to and not there."""
    found = [archive_key(digest) for digest in archives_of(there)]
    return sorted(key for key in found if not artifacts.exists(key))


def archives_of(there: Picture) -> dict[str, str]:
    """The digests that are referred to, each with a key of one who does."""
    found = {record.digest: record.key for record in there.running}
    found |= {record.digest: record.key for record in there.instances.values()}
    return found | {record.digest: record.key for record in there.models.values()}
