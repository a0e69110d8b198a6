"""Models: archives that were uploaded, parsed and woven.

Place in the flow: upload → `tosca.open_csar` → `tosca.parse` → `engine.weaving` → artifact store and space.  Nothing is
stored when anything is wrong.  Any number of managers may do this at once: the model's record changes by cas only, and
is put only if no archive was removed since this upload asked (`manager.sweep`).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from engine.artifacts import ArtifactError, ArtifactStore
from engine.executions.records import InstanceRecord, ModelRecord
from engine.space import keys
from engine.space.base import Space
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.lease import Lease
from engine.space.verbs import Cas, CheckIndex, Delete
from engine.weaving import WORKFLOWS, workflows
from manager import clock, roster, sweep
from manager.errors import Invalid, NotFound, Refused
from manager.housekeeping.unreferenced import drop
from manager.names import checked
from manager.soundness import weaving_mode, woven
from manager.templates import Templates, archive_key
from tosca import Csar, CsarError, Problem, Problems, open_csar, parse
from tosca.model import ServiceTemplate

logger = logging.getLogger(__name__)

TRIES = 50
TTL = 15.0  # seconds


class Catalog:
    """The models of a space."""

    def __init__(self, space: Space, artifacts: ArtifactStore, templates: Templates) -> None:
        self._space = space
        self._artifacts = artifacts
        self._templates = templates

    def put(self, model: str, archive: Path, weaving: str | None = None) -> tuple[ModelRecord, bool]:
        """Store an archive as a model; the answer says whether anything was stored.

        Raises:
            Invalid: the archive, the template or a workflow is wrong; all problems are named.
            Refused: the model has instances and the bytes differ.
        """
        checked("model", model)
        digest = _digest(archive)
        present = ModelRecord.read(self._space, model)
        if present is not None and _equal(present[0], digest, weaving):
            self._mend(digest, archive)
            return present[0], False
        return self._stored(self._understood(model, digest, archive, weaving), archive)

    def all(self) -> list[ModelRecord]:
        """All models, by name."""
        return ModelRecord.all(self._space)

    def get(self, model: str) -> ModelRecord:
        """Read one model.

        Raises:
            NotFound: there is none of that name.
        """
        found = ModelRecord.read(self._space, model)
        if found is None:
            raise NotFound("model", model)
        return found[0]

    def archive(self, model: str) -> tuple[ModelRecord, BinaryIO, int]:
        """The very bytes that were uploaded, to be read and closed, and how many they are."""
        record = self.get(model)
        key = archive_key(record.digest)
        return record, self._artifacts.open(key), self._artifacts.size(key)

    def template(self, model: str) -> ServiceTemplate:
        """The service template of a model."""
        return self._templates.template(self.get(model).digest)

    def delete(self, model: str, see: Callable[[ModelRecord], None] | None = None) -> None:
        """Remove a model without instances, and its archive when no other model has it.

        ``see`` is shown the very record that is removed, and may raise to keep it.

        Raises:
            NotFound: there is none of that name.
            Refused: it has instances.
        """
        for _ in range(TRIES):
            guard = roster.unchanged(self._space, model)
            found = ModelRecord.read(self._space, model)
            if found is None:
                raise NotFound("model", model)
            record, index = found
            if see is not None:
                see(record)
            self._refuse_used(model)
            try:
                self._space.transact([guard, CheckIndex(record.key, index), Delete(record.key)])
            except (Conflict, UnknownOutcome):
                continue
            return self._drop_archive(record.digest)
        raise Refused("contention", f"model {model!r} is being changed by others all the time; try again")

    def _understood(self, model: str, digest: str, archive: Path, weaving: str | None) -> ModelRecord:
        parsed = parse(_opened(archive))
        if parsed.service_template is None:
            raise Invalid("invalid-model", _summary(parsed.problems.errors), _dicts(parsed.problems))
        template = parsed.service_template
        mode = weaving_mode(template, weaving)
        self._templates.add(digest, template)
        weave = self._templates.woven
        errors, warnings = woven(template, parsed.problems, lambda workflow: weave(digest, workflow, mode))
        if errors:
            raise Invalid(errors[0]["code"], errors[0]["message"], errors)
        return ModelRecord(
            model=model,
            digest=digest,
            weaving=mode,
            node_templates=len(template.node_templates),
            workflows=list(workflows(template) or WORKFLOWS),
            created=clock.now(),
            warnings=[*_dicts(parsed.problems), *warnings],
            substitutions=[asdict(found) for found in template.replaced],
        )

    def _stored(self, record: ModelRecord, archive: Path) -> tuple[ModelRecord, bool]:
        self._artifacts.put(archive_key(record.digest), archive)
        for _ in range(TRIES):
            unswept = sweep.unswept(self._space)
            self._mend(record.digest, archive)
            guard = roster.unchanged(self._space, record.model)
            found = ModelRecord.read(self._space, record.model)
            present, index = found or (None, 0)
            if present is not None and _equal(present, record.digest, record.weaving):
                return present, present.created == record.created
            if present is not None:
                self._refuse_used(record.model)
            try:
                self._space.transact([unswept, guard, Cas(record.key, record.encoded(), index)])
            except (Conflict, UnknownOutcome):
                continue
            return record, True
        raise Refused("contention", f"model {record.model!r} is being changed by others all the time; try again")

    def _refuse_used(self, model: str) -> None:
        names = [keys.split(key)[-1] for key in self._space.keys(keys.prefix(InstanceRecord.KIND, model))]
        if names:
            shown = ", ".join(repr(name) for name in names[:5]) + (", …" if len(names) > 5 else "")
            raise Refused("model-in-use", f"model {model!r} has {len(names)} instance(s): {shown}")

    def _mend(self, digest: str, archive: Path) -> None:
        """Store an archive again that was removed."""
        if not self._artifacts.exists(archive_key(digest)):
            self._artifacts.put(archive_key(digest), archive)

    def _drop_archive(self, digest: str) -> None:
        """Remove the archive of a model that was deleted; what hinders it leaves it to housekeeping."""
        lease = Lease(self._space, TTL, lambda: None)
        try:
            with sweep.sweep(self._space, lease.session):
                drop(self._space, self._artifacts, digest)
        except (Conflict, ArtifactError) as error:
            logger.warning("archive %s is left to housekeeping: %s", digest, error)
        finally:
            lease.close()


def _opened(archive: Path) -> Csar:
    try:
        return open_csar(archive)
    except CsarError as error:
        raise Invalid("invalid-archive", _summary(error.problems), [p.to_dict() for p in error.problems]) from error


def _digest(archive: Path) -> str:
    with archive.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _equal(record: ModelRecord, digest: str, weaving: str | None) -> bool:
    return record.digest == digest and weaving in (None, record.weaving)


def _summary(errors: Sequence[Problem]) -> str:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = f"{first.file}:{first.line}:{first.column}: " if first.line else ""
    return f"{where}{first.message}{more}"


def _dicts(problems: Problems) -> list[dict[str, Any]]:
    return [found.to_dict() for found in [*problems.errors, *problems.warnings]]
