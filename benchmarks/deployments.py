"""Archives, instances of them put straight into a space, and executions that are started and awaited.

Place in the flow: workload → archive → **instance in a space** → worker processes (`benchmarks.fleet`) → what it took.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.workloads import OPERATIONS, Workload, service_template, wide
from engine.artifacts import open_artifacts
from engine.artifacts.base import csar_key
from engine.executions.history import iso
from engine.executions.networks import install_network
from engine.executions.records import RUNNING, SUCCEEDED, ExecutionRecord, InstanceRecord
from engine.executions.start import start_execution
from engine.instances.scaling import scale_of
from engine.space import Space, keys, open_space
from engine.space.verbs import Cas
from engine.weaving import weave
from manager.archives import packed
from manager.inputs import completed
from tosca import open_csar, parse
from tosca.model import ServiceTemplate

EXAMPLE = Path(__file__).parents[1] / "example" / "appli"
MODEL = "bench"
_SCRIPT = "operation.sh"
_PATIENCE = 600.0


@dataclass(frozen=True)
class Archive:
    """A CSAR and what is in it."""

    data: bytes
    digest: str
    template: ServiceTemplate


@dataclass(frozen=True)
class Ran:
    """What one execution took."""

    operations: int
    seconds: float  # from the request to its end
    start: float  # of these, until the request was answered
    commits: int  # transactions that committed something
    transactions: int  # all of them: takes, leases and propagation too


def workload_archive(workload: Workload, script: str = "#!/bin/sh\n", names: tuple[str, ...] = OPERATIONS) -> Archive:
    """A workload whose operations all run one script."""
    return _archive(_template(workload, names), script)


def scaled_archive(templates: int, each: int, script: str = "#!/bin/sh\n") -> Archive:
    """Node templates that have nothing to do with each other, so many instances of each."""
    template = _template(wide(templates, 0), OPERATIONS)
    template["node_types"]["bench.Node"]["capabilities"] = {"scalable": {"type": "tosca.capabilities.Scalable"}}
    for node in template["topology_template"]["node_templates"].values():
        node["capabilities"] = {"scalable": {"properties": {"default_instances": each, "max_instances": each}}}
    return _archive(template, script)


def example_archive(script: str = "#!/bin/sh\n") -> Archive:
    """The reference example with all its scripts replaced by one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(EXAMPLE))) as found, zipfile.ZipFile(buffer, "w") as archive:
        for name in found.namelist():
            archive.writestr(name, script if name.endswith(".sh") else found.read(name))
    return _parsed(buffer.getvalue())


def _template(workload: Workload, names: tuple[str, ...]) -> dict[str, Any]:
    return service_template(workload, "tosca_simple_yaml_1_1", dict.fromkeys(names, _SCRIPT), "tosca.nodes.Root")


def _archive(template: Mapping[str, Any], script: str) -> Archive:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(_SCRIPT, script)
        archive.writestr("bench.yaml", json.dumps(template, indent=1))
    return _parsed(buffer.getvalue())


def _parsed(data: bytes) -> Archive:
    csar = open_csar(data)
    parsed = parse(csar)
    if parsed.service_template is None:
        raise SystemExit("\n".join(map(str, parsed.problems.errors)))
    return Archive(data, csar.digest, parsed.service_template)


class Site:
    """A folder with a space and an artifact store, for one measurement."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """``url`` is that of the space; by default it is in the folder too."""
        self.folder = folder
        self.url = url or f"sqlite://{folder}/space.db"
        self.artifacts = f"file://{folder}/artifacts"
        self.space: Space = open_space(self.url)

    def create(self, archive: Archive, instance: str) -> float:
        """Put an instance of the archive's template; return the seconds that it took."""
        started = time.perf_counter()
        open_artifacts(self.artifacts).put(csar_key(archive.digest), archive.data)
        values = completed(archive.template, {})
        scale = scale_of(archive.template, values)
        record = InstanceRecord(
            model=MODEL,
            instance=instance,
            digest=archive.digest,
            inputs={},
            values=values,
            node_instances=scale.total,
            networks={"install": install_network(self.space, weave(archive.template, "install", "interleaved"), scale)},
            created=iso(time.time()),
        )
        self.space.transact([Cas(record.key, record.encoded(), 0)])
        return time.perf_counter() - started

    def run(self, instance: str) -> Ran:
        """Install an instance and wait for the end."""
        started = time.perf_counter()
        record = start_execution(self.space, MODEL, instance, "install")
        answered, (_, first) = time.perf_counter() - started, self._execution(record)
        prefix, seen = keys.prefix(ExecutionRecord.KIND), 0
        while (found := self._execution(record))[0].status == RUNNING:
            seen = self.space.wait(prefix, max(seen, found[1]), 10)
            if time.perf_counter() - started > _PATIENCE:
                raise SystemExit(f"execution {record.id} has not ended after {_PATIENCE:.0f} seconds")
        seconds = time.perf_counter() - started
        ended, last = found
        if ended.status != SUCCEEDED:
            raise SystemExit(f"execution {ended.id} {ended.status}: {ended.error}")
        commits = len(self.space.keys(keys.prefix("done", record.id)))
        return Ran(record.operations, seconds, answered, commits, last - first)

    def _execution(self, record: ExecutionRecord) -> tuple[ExecutionRecord, int]:
        found = ExecutionRecord.read(self.space, record.id)
        if found is None:
            raise SystemExit(f"execution {record.id} is gone")
        return found
