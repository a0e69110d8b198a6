"""A parsed archive → one normalized document: imports, copies, aliases and short notations written out.

Place in the flow: archive → `tosca.parser` → **document** → ``ditrit csar normalize``.  Parsed again at the root of the
same archive it gives an equal service template.
"""

from __future__ import annotations

from tosca.csar import Csar
from tosca.entities.artifact import ArtifactDefinition
from tosca.parser import Parsed
from tosca.phases.files import Files
from tosca.problems import Problems
from tosca.writing.plain import without_nothing, written
from tosca.writing.topology import topology
from tosca.writing.types import Types


def normalized(csar: Csar, parsed: Parsed) -> str:
    """Return the YAML of a service template, which must have been parsed, with its types."""
    template = parsed.service_template
    if template is None:
        raise ValueError("found no service template, expected an archive without errors")
    files = Files(csar, Problems())

    def locate(artifact: ArtifactDefinition) -> str:
        return files.find(artifact.file, artifact.origin, artifact.node) or artifact.file

    document = without_nothing(
        tosca_definitions_version=template.definitions_version,
        description=template.description,
        metadata=dict(template.metadata),
        repositories=dict(parsed.repositories),
    )
    document |= Types(locate).sections(parsed.types)
    return written(document | {"topology_template": topology(template, parsed.types)})
