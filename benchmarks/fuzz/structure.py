"""A document → the same with parts renamed, replaced, moved, or referring to something else.

Place in the flow of a run: case → `benchmarks.fuzz.text` or **structure** → `benchmarks.fuzz.judge`.  A mutation takes
the random numbers, the places of the document and those of another one, and changes the document.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import yaml

from benchmarks.fuzz.specials import FUNCTIONS, KEYS, NAMES, TYPES, VALUES, VERSIONS

Place = tuple[Any, Any]  # a map or list, and a key of it
Mutation = Callable[[random.Random, list[Place], list[Place]], None]
LARGEST = 200_000  # bytes of a document that is taken apart
DEEPEST = 60


def tree_of(data: bytes) -> Any:
    """What a document holds; None where it cannot be read, has aliases, or is too large or deep to be written again."""
    if len(data) > LARGEST:
        return None
    depth = 0
    try:
        for event in yaml.parse(data, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
                return None
        return yaml.load(data, yaml.CSafeLoader)
    except Exception:  # a loader that makes objects raises whatever it likes
        return None


def places(value: Any) -> list[Place]:
    """Every map and list of a document with every key of it."""
    found: list[Place] = []
    stack = [value]
    while stack:
        node = stack.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in pairs:
            found.append((node, key))
            stack.append(child)
    return found


def _get(place: Place) -> Any:
    return place[0][place[1]]


def _names(own: list[Place]) -> list[str]:
    """All that the document calls something, or refers to."""
    keys = [key for _, key in own if isinstance(key, str)]
    return keys + [value for value in map(_get, own) if isinstance(value, str) and len(value) < 80]


def _name(draw: random.Random, own: list[Place]) -> str:
    return draw.choice(_names(own) or ["x"]) if draw.random() < 0.75 else draw.choice(NAMES)


def rename(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    maps = [place for place in own if isinstance(place[0], dict)]
    if maps:
        container, key = draw.choice(maps)
        known = draw.choice((KEYS, NAMES, _names(own)))
        new = draw.choice((draw.choice(known), f"{key}s", str(key)[:-1], None, 1, True, f"{key}.x"))
        items = [(new if old == key else old, value) for old, value in container.items()]
        container.clear()
        container.update(items)


def replace(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    container, key = draw.choice(own)
    container[key] = copy.deepcopy(draw.choice(VALUES))


def remove(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    container, key = draw.choice(own)
    del container[key]


def move(draw: random.Random, own: list[Place], other: list[Place]) -> None:
    """Put a part of this document or another elsewhere."""
    part = copy.deepcopy(_get(draw.choice(draw.choice((own, other or own)))))
    container, key = draw.choice(own)
    if isinstance(container, list):
        container.insert(draw.randrange(len(container) + 1), part)
    elif draw.random() < 0.5:
        container[draw.choice(KEYS)] = part
    else:
        container[key] = part


def add_foreign(draw: random.Random, own: list[Place], other: list[Place]) -> None:
    """Put an entry of another document into a map of the same name, where there is one."""
    theirs = [place for place in other if isinstance(_get(place), dict) and _get(place)]
    if not theirs:
        return
    place = draw.choice(theirs)
    same = [mine for mine in own if mine[1] == place[1] and isinstance(_get(mine), dict)]
    if same:
        entries = _get(place)
        key = draw.choice(list(entries))
        _get(draw.choice(same))[key] = copy.deepcopy(entries[key])


def refer(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    """Let a name lead elsewhere."""
    texts = [place for place in own if isinstance(_get(place), str)]
    if texts:
        container, key = draw.choice(texts)
        container[key] = _name(draw, own)


def _argument(draw: random.Random, own: list[Place], depth: int) -> Any:
    kind = draw.randrange(10)
    if kind < 6:
        return _name(draw, own)
    if kind < 8:
        return draw.choice((0, 1, -1, 99, "", None, 1.5, True))
    return call(draw, own, depth + 1) if depth < 3 else []


def call(draw: random.Random, own: list[Place], depth: int = 0) -> Any:
    """A call of a function, with arguments that may make sense."""
    arguments: Any = [_argument(draw, own, depth) for _ in range(draw.choice((0, 1, 2, 2, 2, 3, 3, 4, 6)))]
    if draw.random() < 0.3:
        arguments = arguments[0] if arguments else None
    return {draw.choice(FUNCTIONS): arguments}


def put_function(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    container, key = draw.choice(own)
    container[key] = call(draw, own)


def loop(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    """Let types derive from each other, nodes need each other, data types and workflows hold each other."""
    maps = [place for place in own if isinstance(_get(place), dict) and _get(place)]
    known = [place for place in maps if place[1] in (*TYPES, "node_templates", "workflows", "relationship_templates")]
    if not known:
        return
    section, entries = draw.choice(known)[1], {}
    entries = _get(next(place for place in known if place[1] == section))
    for name, entry in draw.sample(list(entries.items()), min(len(entries), draw.choice((1, 2, 3)))):
        target = draw.choice([*entries, name])
        if isinstance(entry, dict):
            _tie(draw, section, entry, target)


def _tie(draw: random.Random, section: Any, entry: dict[Any, Any], target: Any) -> None:
    if section == "node_templates":
        if draw.random() < 0.2:
            entry["copy"] = target
            return
        needs = entry.setdefault("requirements", [])
        if isinstance(needs, list):
            needs.append({draw.choice(("host", "dependency", "connection", "link", "r")): target})
    elif section == "workflows":
        entry["steps"] = {"s": {"target": "a", "activities": [{"inline": target}]}}
    elif section == "data_types" and draw.random() < 0.5:
        entry["properties"] = {"p": {"type": draw.choice((target, "list")), "entry_schema": target}}
    else:
        entry["derived_from"] = target


def wrap(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    container, key = draw.choice(own)
    value = container[key]
    inside = (draw.choice(KEYS), _name(draw, own))
    container[key] = draw.choice(([value], [[value]], {inside[0]: value}, {inside[1]: value}, [value, value]))


def unwrap(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    nested = [place for place in own if isinstance(_get(place), dict | list) and _get(place)]
    if nested:
        container, key = draw.choice(nested)
        container[key] = draw.choice(list(_get((container, key))))


def multiply(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    container, key = draw.choice(own)
    times = draw.choice((2, 2, 3, 30))
    if isinstance(container, list):
        container.extend(copy.deepcopy(container[key]) for _ in range(times))
    else:
        container.update({f"{key}{number}": copy.deepcopy(container[key]) for number in range(times)})


def add_keyname(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    maps = [value for value in map(_get, own) if isinstance(value, dict)]
    if maps:
        value = draw.choice((_name(draw, own), copy.deepcopy(draw.choice(VALUES)), call(draw, own), [_name(draw, own)]))
        draw.choice(maps)[draw.choice(KEYS)] = value


def another_version(draw: random.Random, own: list[Place], _: list[Place]) -> None:
    for container, key in own:
        if key == "tosca_definitions_version":
            container[key] = draw.choice(VERSIONS)


# How often each is drawn.
MUTATIONS: dict[Mutation, int] = {
    rename: 1,
    replace: 2,
    remove: 1,
    move: 2,
    add_foreign: 2,
    refer: 3,
    put_function: 2,
    loop: 2,
    wrap: 1,
    unwrap: 1,
    multiply: 1,
    add_keyname: 2,
    another_version: 1,
}


def mutated(draw: random.Random, data: bytes, other: bytes) -> bytes | None:
    """Change a document; None where it cannot be taken apart."""
    tree, foreign = tree_of(data), places(tree_of(other))
    for _ in range(draw.choice((1, 1, 2, 3, 5))):
        own = places(tree)
        if own:
            (mutation,) = draw.choices(list(MUTATIONS), list(MUTATIONS.values()))
            mutation(draw, own, foreign)
    if not isinstance(tree, dict):
        return None
    try:
        written = yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=draw.random() < 0.5)
    except UnicodeEncodeError:  # half of a pair of surrogates, which a loader makes of an escape
        return None
    return str(written).encode(errors="replace")
