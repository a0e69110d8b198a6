"""Import statements → files of the archive.  TOSCA 1.1 § 3.5.7.

Place in the flow: a part of `tosca.phases.read`.  Nothing is fetched: what an import names is a file of the archive, or
the normative types, which every document has.
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import urlsplit

from tosca.csar import Csar
from tosca.entities.service_template import Import, ServiceTemplateDefinition
from tosca.problems import Problems

_NORMATIVE = ("http://docs.oasis-open.org/tosca/", "tosca-simple-profile", "tosca_simple_yaml_")
# What other processors call the file of their normative types; A4C and ARIA name versions instead of files.
_OTHER_NORMATIVE = re.compile(
    r"<?(?:.*/)?(?:tosca[-_])?normative[-_]types(?:[-_.]?[0-9.]+)?(?:\.ya?ml>?|:[\w.-]+)|aria-[0-9.]+"
)


class Imports:
    """Finds what the imports of a file lead to."""

    def __init__(self, csar: Csar, problems: Problems) -> None:
        self._csar = csar
        self._problems = problems

    def path(self, statement: Import, file: str, definition: ServiceTemplateDefinition) -> str | None:
        """Return the path of the imported file; None when there is none to read, reported unless that is all right."""
        if not statement.file or statement.file.startswith(_NORMATIVE):
            return None
        self._check_repository(statement, definition)
        stated = statement.file.removeprefix("file://").removeprefix("file:")
        found = self._find(stated, file)
        if found is None and _OTHER_NORMATIVE.fullmatch(statement.file):
            message = f"found import {statement.file!r}, expected none: the normative types of the version are known"
            self._problems.report("normative-import", message, statement.node)
            return None
        if found is None and "://" in stated:
            found = self._by_address(stated, file, statement)
        if found is None:
            message = f"found import {statement.file!r}, expected a YAML file of the archive"
            message += self._problems.near(statement.file, self._csar.names)
            self._problems.report("import-not-found", message, statement.node)
            self._problems.doubt_names()
        return found

    def _check_repository(self, statement: Import, definition: ServiceTemplateDefinition) -> None:
        known = definition.repositories
        if statement.repository and statement.repository not in known:
            message = f"found repository {statement.repository!r}, expected one that this file defines"
            message += self._problems.near(statement.repository, known)
            self._problems.report("unknown-repository", message, statement.node)

    def _find(self, stated: str, file: str) -> str | None:
        relative = posixpath.normpath(posixpath.join(posixpath.dirname(file), stated))
        from_root = posixpath.normpath(stated).lstrip("/")
        candidates = (relative, from_root, from_root.removeprefix(self._csar.top))
        return next((path for path in candidates if path in self._csar.names), None)

    def _by_address(self, stated: str, file: str, statement: Import) -> str | None:
        """Find the copy of what an address means: the file that bears the longest end of the address's path."""
        try:
            parts = [part for part in urlsplit(stated).path.split("/") if part]
        except ValueError:
            return None
        for start in range(len(parts)):
            found = self._find("/".join(parts[start:]), file)
            if found is not None and found not in (file, self._csar.entry):
                message = f"found import {statement.file!r}, expected a file of the archive; taken for {found!r}"
                self._problems.report("import-by-address", message, statement.node)
                return found
        return None
