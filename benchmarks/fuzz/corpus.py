"""Tests, examples, pages of the documentation and folders of others → **cases**, from which all others are made.

Place in the flow of a run: the first step.  A case is an archive as its files, so that it can be changed and reduced.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from manager.archives import YAML, packed
from tests.docs.pages import blocks
from tests.tosca import test_robustness, test_substituted_robustness
from tests.tosca.archives import META
from tests.tosca.attacks import ATTACKS
from tests.tosca.examples import loose, standard
from tests.tosca.mistaken import HEAD, MISTAKEN
from tests.tosca.provoked import PROVOCATIONS
from tests.tosca.test_rules import RULES
from tosca import CsarError
from tosca.csar import META as META_PATH
from tosca.packing import pack

ROOT = Path(__file__).parents[2]
# What our own metadata say, of which no test of a template as a whole has all.
METADATA = """\
tosca_definitions_version: tosca_simple_yaml_1_1
metadata: { weaving: strict }
topology_template:
  node_templates:
    a:
      type: tosca.nodes.Compute
      metadata: { ditrit.host: lxc, ditrit.retries: 2, ditrit.retries.create: 3, ditrit.retry_pause: 5 s }
      interfaces: { Standard: { create: a.sh } }
    b:
      type: tosca.nodes.SoftwareComponent
      metadata: { ditrit.restart: never }
      requirements: [ { host: a } ]
      interfaces: { Standard: { create: a.sh, start: a.sh } }
"""
LARGEST = 2_000_000  # bytes of an archive that is taken


@dataclass(frozen=True, slots=True)
class Case:
    """An archive: its files, or bytes that need not be any."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    raw: bytes | None = None

    @property
    def data(self) -> bytes:
        return pack(self.files) if self.raw is None else self.raw

    @property
    def documents(self) -> list[str]:
        """The names of its YAML files."""
        return [name for name in self.files if name.endswith(YAML)]


def case_of(files: Mapping[str, str | bytes], entry: str = "main.yaml") -> Case:
    """A case of files, which says where to enter."""
    encoded = {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}
    return Case({META_PATH: META.format(entry=entry).encode(), **encoded})


def unzipped(data: bytes) -> Case:
    """A case of an archive; of bytes that are none when they are none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
        return Case(files) if files else Case(raw=data)
    except Exception:  # a broken zip raises whatever it likes
        return Case(raw=data)


def own_cases() -> Iterator[Case]:
    """The documents of this repository."""
    yield from _tests()
    for archive in sorted((ROOT / "example").glob("*.zip")):
        yield unzipped(archive.read_bytes())
    for page in sorted((ROOT / "docs").glob("*.md")):
        texts = (block.text for block in blocks(page) if block.language == "yaml")
        yield from (case_of({"main.yaml": text}) for text in texts if "tosca_definitions_version" in text)


def _tests() -> Iterator[Case]:
    beside = {"other.yaml": test_robustness.OTHER, "a.sh": "#!/bin/sh\n"}
    yield case_of({"main.yaml": test_robustness.RICH, **beside})
    yield case_of({"main.yaml": METADATA, **beside})
    yield case_of(test_substituted_robustness.DOCUMENTS)
    yield case_of(standard(), "appli.yaml")
    yield Case({name: text.encode() if isinstance(text, str) else text for name, text in loose().items()})
    for provocation in PROVOCATIONS.values():
        yield case_of({"main.yaml": provocation.document, **provocation.files})
    for rule in RULES:
        yield from (case_of({"main.yaml": text, **rule.files}) for text in rule.documents())
    yield from (case_of({"main.yaml": HEAD + text}) for text in MISTAKEN.values())
    yield from (unzipped(attack.data) for attack in ATTACKS.values())


def cases_in(folder: Path) -> Iterator[Case]:
    """The archives of a folder, and its documents, each with the files that it names."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (*YAML, ".zip", ".csar"):
            try:
                data = packed(path, beyond=True)
            except CsarError:
                continue
            if len(data) <= LARGEST:
                yield unzipped(data)


def all_cases(folders: Iterable[Path]) -> list[Case]:
    """What a run begins with."""
    found = list(own_cases())
    for folder in folders:
        found += cases_in(folder)
    return found
