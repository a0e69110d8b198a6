"""The host providers of a worker.

Place in the flow: production of an operation → **its host** → executor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.executions.records import ExecutionRecord
from engine.rete.production import Production
from worker.hosts.base import Host, HostError, HostProvider, Machine
from worker.hosts.local import LOCAL_HOST
from worker.requests import instances


class HostProviders:
    """Finds the machine on which an operation runs."""

    def __init__(self, providers: Mapping[str, HostProvider]) -> None:
        self._providers = dict(providers)

    def host(self, record: ExecutionRecord, production: Production, flat: int) -> Host:
        """The machine of an instance of a production.

        Raises:
            HostError: this worker does not have its provider.
        """
        found = production.subject.get("machine")
        if found is None:
            return LOCAL_HOST
        return self._provider(found["provider"]).host(_machine(record, found, flat))

    def ends(self, record: ExecutionRecord, production: Production) -> dict[str, Host]:
        """The hosts of all node instances at the ends of a relationship, by the names of these.

        Those of a provider that this worker does not have are left out, and all where there are too many to be named.
        """
        found: dict[str, Host] = {}
        about: Mapping[str, Any] = production.subject.get("relationship") or {}
        for end in (about[name] for name in ("source", "target") if name in about):
            machine = end.get("machine")
            provider = None if machine is None else self._providers.get(machine["provider"])
            for number, name in enumerate(instances(end["node"], tuple(end["radix"]))):
                if machine is None:
                    found[name] = LOCAL_HOST
                elif provider is not None:
                    found[name] = provider.host(_machine(record, machine, number))
        return found

    def program(self, record: ExecutionRecord, production: Production, flat: int, operation: str) -> list[str]:
        """The command of a provider's own operation.

        Raises:
            HostError: this worker does not have the provider.
        """
        found = production.subject["machine"]
        return self._provider(found["provider"]).program(_machine(record, found, flat), operation)

    def _provider(self, name: str) -> HostProvider:
        provider = self._providers.get(name)
        if provider is None:
            raise HostError(f"this worker has no host provider {name!r}; it has {', '.join(self._providers)}")
        return provider


def _machine(record: ExecutionRecord, found: Mapping[str, Any], flat: int) -> Machine:
    number = flat % found["modulo"] if found["modulo"] else flat
    return Machine(record.model, record.instance, found["node"], number // found["divide"])
