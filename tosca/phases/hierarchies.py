"""Phase 3: names → hierarchies.  Each type gets its lineage: itself first, then its ancestors.  TOSCA 1.1 § 3.6.1.

Unknown parents, parents of another kind and loops are found here.
"""

from __future__ import annotations

from tosca.definitions import Kind
from tosca.model import NODE_ROOT, RELATIONSHIP_ROOT
from tosca.nodes import is_null
from tosca.phases.namespaces import KINDS, Namespace, TypeEntry, parent_name
from tosca.problems import Problems
from tosca.values.scalars import ALIASES, PRIMITIVES

ROOTS: dict[Kind, str] = {"node": NODE_ROOT, "relationship": RELATIONSHIP_ROOT}


def derive(namespace: Namespace, problems: Problems) -> None:
    """Set the lineage of every type that does not have one yet."""
    for kind in KINDS:
        new = {name: entry for name, entry in namespace.entries[kind].items() if not entry.lineage}
        parents = {name: _parent(namespace, entry, problems) for name, entry in new.items()}
        for name in parents:
            _set_lineage(namespace, kind, name, parents, problems)


def _parent(namespace: Namespace, entry: TypeEntry, problems: Problems) -> str | None:
    name = parent_name(entry)
    if name is None:
        return _root(namespace, entry)
    if entry.kind == "data" and ALIASES.get(name, name) in PRIMITIVES:
        return None
    found = namespace.find(entry.kind, name, problems, entry.node, "derived_from")
    if found is None:
        namespace.doubtful.add((entry.kind, entry.name))
    return found


def _root(namespace: Namespace, entry: TypeEntry) -> str | None:
    """The normative root, for the types that nobody could deploy without its interface and workflows."""
    root = ROOTS.get(entry.kind)
    if root is None or entry.name == root or root not in namespace.entries[entry.kind] or is_null(entry.node):
        return None
    namespace.orphans[entry.kind, entry.name] = entry.node
    return root


def _set_lineage(
    namespace: Namespace, kind: Kind, name: str, parents: dict[str, str | None], problems: Problems
) -> None:
    entries = namespace.entries[kind]
    chain: dict[str, None] = {}
    step: str | None = name
    while step is not None and step not in chain and not entries[step].lineage:
        chain[step] = None
        step = parents[step]
    if step in chain:
        loop = list(chain)[list(chain).index(str(step)) :]
        message = f"found a loop, {' → '.join([*loop, str(step)])}, expected a chain that ends"
        problems.report("type-loop", message, entries[str(step)].node, "derived_from")
        namespace.doubtful.update((kind, link) for link in chain)
    tail = () if step is None or step in chain else entries[step].lineage
    for link in reversed(chain):
        tail = (link, *tail)
        entries[link].lineage = tail
