"""Archives that the tests of this folder parse."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from tosca import Parsed, open_csar, parse

META = "TOSCA-Meta-File-Version: 1.0\nCSAR-Version: 1.1\nCreated-By: a test\nEntry-Definitions: {entry}\n"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of the files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def parsed(text: str | bytes, files: Mapping[str, str | bytes] | None = None) -> Parsed:
    """Parse a template that stands alone at the root of an archive, beside other files."""
    return parse(open_csar(zipped({"main.yaml": text, **_with_meta(files or {})})))


def _with_meta(files: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    return {"TOSCA-Metadata/TOSCA.meta": META.format(entry="main.yaml"), **files}


def topology(body: str, types: str = "", version: str = "tosca_simple_yaml_1_1") -> str:
    """Write a service template around the body of a topology template, which is indented by two."""
    return f"tosca_definitions_version: {version}\n{types}topology_template:\n{body}"
