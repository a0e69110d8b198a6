"""Instances of models.

Place in the flow: model → **instance record** and its compiled networks → `engine.executions.start`.  Records change by
cas only; an instance is put together with the roster token of its model (`manager.roster`), and only if no network was
removed since it asked (`manager.sweep`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.executions.networks import install_network
from engine.executions.records import ExecutionRecord, InstanceRecord, ModelRecord
from engine.instances.scaling import Scale, scale_of
from engine.space.base import Space
from engine.space.errors import Conflict, UnknownOutcome
from engine.space.verbs import Cas, CheckIndex, Verb
from manager import clock, roster, sweep
from manager.errors import NotFound, Refused
from manager.inputs import completed, validated
from manager.names import checked
from manager.removal import MARK, remove
from manager.secrets import secret_inputs, secret_texts
from manager.templates import Templates
from tosca.model import ServiceTemplate

TRIES = 50


class Deployments:
    """The instances of a space."""

    def __init__(self, space: Space, templates: Templates) -> None:
        self._space = space
        self._templates = templates

    def create(self, model: str, instance: str, inputs: Mapping[str, Any]) -> tuple[InstanceRecord, bool]:
        """Put an instance; the answer says whether it is new.

        Raises:
            NotFound: there is no such model.
            Invalid: the name or an input is wrong.
            Refused: the instance exists with other inputs.
        """
        checked("instance", instance)
        for _ in range(TRIES):
            found = ModelRecord.read(self._space, model)
            if found is None:
                raise NotFound("model", model)
            present = InstanceRecord.read(self._space, model, instance)
            if present is not None:
                return _same(present[0], inputs), False
            try:
                unswept = sweep.unswept(self._space)
                record = self._made(found[0], instance, inputs, unswept)
                guard = CheckIndex(found[0].key, found[1])
                self._space.transact([unswept, guard, Cas(record.key, record.encoded(), 0), roster.changed(model)])
            except (Conflict, UnknownOutcome):
                continue
            return record, True
        raise Refused("contention", f"instance {instance!r} of {model!r} is being changed by others all the time")

    def all(self, model: str | None = None) -> list[InstanceRecord]:
        """All instances, or those of one model, by model and name."""
        return InstanceRecord.all(self._space, *([model] if model else []))

    def get(self, model: str, instance: str) -> InstanceRecord:
        """Read one instance.

        Raises:
            NotFound: there is none of that name.
        """
        return self._read(model, instance)[0]

    def delete(
        self,
        model: str,
        instance: str,
        *,
        force: bool = False,
        see: Callable[[InstanceRecord], None] | None = None,
    ) -> None:
        """Remove an instance.

        ``see`` is shown the very record that is removed, and may raise to keep it; while nothing runs, no node changes
        its state without the record.

        Raises:
            NotFound: there is none of that name.
            Refused: a workflow runs, or some node was not taken down; never with ``force``.
        """
        for _ in range(TRIES):
            record, index = self._read(model, instance)
            if see is not None:
                see(record)
            try:
                return remove(self._space, record, index, self.scale(record), force)
            except (Conflict, UnknownOutcome):
                continue
        raise Refused("contention", f"instance {instance!r} of {model!r} is being changed by others all the time")

    def template(self, record: InstanceRecord) -> ServiceTemplate:
        """The service template that the instance was made from."""
        return self._templates.template(record.digest)

    def scale(self, record: InstanceRecord) -> Scale:
        """How many node instances each node template has in this instance."""
        template = self.template(record)
        return scale_of(template, completed(template, record.inputs))

    def _read(self, model: str, instance: str) -> tuple[InstanceRecord, int]:
        found = InstanceRecord.read(self._space, model, instance)
        if found is None:
            raise NotFound("instance", f"{model}/{instance}")
        return found

    def _made(self, model: ModelRecord, instance: str, inputs: Mapping[str, Any], unswept: Verb) -> InstanceRecord:
        template = self._templates.template(model.digest)
        given = validated(template, inputs)
        values = completed(template, given)
        scale = scale_of(template, values)
        networks = {name: self._network(model, name, scale, unswept) for name in model.workflows}
        return InstanceRecord(
            model=model.model,
            instance=instance,
            digest=model.digest,
            inputs=given,
            values=values,
            node_instances=scale.total,
            networks=networks,
            created=clock.now(),
            run=self._last_run(model.model, instance),
            secrets=secret_texts(template, values),
            secret_inputs=secret_inputs(template.inputs),
        )

    def _last_run(self, model: str, instance: str) -> int:
        """Where an earlier instance of that name ended.

        Runs go on counting, so that a late result of an operation of the earlier one is never taken for one of this.
        """
        earlier = ExecutionRecord.all(self._space)
        return max((found.run for found in earlier if (found.model, found.instance) == (model, instance)), default=0)

    def _network(self, model: ModelRecord, workflow: str, scale: Scale, unswept: Verb) -> str:
        woven = self._templates.woven(model.digest, workflow, model.weaving)
        return install_network(self._space, woven, scale, [unswept])


def _same(record: InstanceRecord, inputs: Mapping[str, Any]) -> InstanceRecord:
    if record.execution == MARK:
        raise Refused("being-deleted", f"instance {record.instance!r} of {record.model!r} is being deleted")
    differing = _differing(record.inputs, inputs)
    if not differing:
        return record
    raise Refused(
        "instance-exists",
        f"instance {record.instance!r} of {record.model!r} exists with other inputs: {', '.join(differing)}",
    )


def _differing(present: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """The names of inputs whose values differ; the values may be secrets."""
    absent = object()
    return sorted(name for name in {*present, *given} if present.get(name, absent) != given.get(name, absent))
