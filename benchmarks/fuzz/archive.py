"""A case → another one: one of its documents is changed, or how the archive holds them.

Place in the flow of a run: `benchmarks.fuzz.corpus` → **mutation** → `benchmarks.fuzz.child`.
"""

from __future__ import annotations

import random

from benchmarks.fuzz import structure, text
from benchmarks.fuzz.corpus import Case
from tosca.csar import META

_KEYS = ("Entry-Definitions", "Other-Definitions", "TOSCA-Meta-File-Version", "CSAR-Version", "Created-By", "X", "Name")
_NAMES = (
    *("..", "../x.yaml", "/x", "a//b.yaml", "./a.yaml", "A.YAML", " ", "é.yaml", "x/", "__MACOSX/x", ".DS_Store"),
    "a" * 300,
)


def mutated(draw: random.Random, case: Case, other: Case) -> Case:
    """Return a case that differs from one in something, which may be taken from another one."""
    if case.raw is not None:
        return Case(raw=text.bytes_changed(draw, case.raw))
    kind = draw.random()
    if kind < 0.02:
        return Case(raw=text.bytes_changed(draw, case.data))
    if kind < 0.08 or not case.documents:
        return Case(_members_changed(draw, dict(case.files)))
    name = draw.choice(case.documents)
    foreign = other.files[draw.choice(other.documents)] if other.documents else b""
    changed = structure.mutated(draw, case.files[name], foreign) if draw.random() < 0.65 else None
    return Case({**case.files, name: text.mutated(draw, case.files[name], foreign) if changed is None else changed})


def _members_changed(draw: random.Random, files: dict[str, bytes]) -> dict[str, bytes]:
    name = draw.choice(list(files))
    kind = draw.randrange(7)
    if kind == 0:
        files[draw.choice(_NAMES)] = files.pop(name)
    elif kind == 1:
        del files[name]
    elif kind == 2:
        return {f"top/{member}": data for member, data in files.items()}
    elif kind == 3:
        files[draw.choice((*_NAMES, f"x/{name}", name.upper()))] = files[name]
    elif kind == 4:
        value = " ".join(draw.choice([*files, *_NAMES, "'", '"']) for _ in range(draw.randint(0, 3)))
        files[META] = files.get(META, b"") + f"{draw.choice(_KEYS)}: {value}\n".encode()
    else:
        meta = files.get(META, b"Entry-Definitions: main.yaml\n")
        files[META] = text.mutated(draw, meta, draw.choice(list(files.values())))
    return files or {name: b""}
