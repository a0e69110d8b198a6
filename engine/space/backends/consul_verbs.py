"""The verbs of a transaction in the words of Consul, and its answers in ours.

Place in the flow: `engine.space.verbs` → **JSON of ``/v1/txn``** → index, entries or failures.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from engine.space import verbs as v
from engine.space.base import Entry

_NAMES: Mapping[type[Any], str] = {
    v.Set: "set",
    v.Cas: "cas",
    v.Lock: "lock",
    v.Unlock: "unlock",
    v.Delete: "delete",
    v.CheckIndex: "check-index",
    v.CheckSession: "check-session",
    v.CheckNotExists: "check-not-exists",
}
CHECKS = (v.CheckIndex, v.CheckSession, v.CheckNotExists)
"""A transaction of these alone changes nothing."""


def transaction(verbs: Sequence[v.Verb], root: str) -> str:
    """The body of a transaction; each key stands below ``root``."""
    return json.dumps([{"KV": _operation(verb, root)} for verb in verbs])


def reading(keys: Sequence[str], missing: set[str], root: str) -> str:
    """The body of a transaction that reads keys; it fails unless exactly those in ``missing`` are missing."""
    names = ("get", "check-not-exists")
    return json.dumps([{"KV": {"Verb": names[key in missing], "Key": root + key}} for key in keys])


def failures(body: str) -> list[tuple[int, str]]:
    """The position of each verb that failed, and why."""
    return [(error["OpIndex"], error["What"]) for error in json.loads(body)["Errors"]]


def index(body: str) -> int:
    """The highest index among what a transaction wrote; 0 when it wrote nothing that is still there."""
    return max((result["KV"]["ModifyIndex"] for result in json.loads(body)["Results"] or ()), default=0)


def entries_read(body: str, root: str) -> dict[str, Entry]:
    """What a reading transaction found."""
    found = (entry(result["KV"], root) for result in json.loads(body)["Results"] or ())
    return {one.key: one for one in found}


def entry(data: Mapping[str, Any], root: str) -> Entry:
    """An entry as Consul describes it."""
    return Entry(
        data["Key"].removeprefix(root),
        b64decode(data["Value"] or ""),
        data["ModifyIndex"],
        data["LockIndex"],
        data.get("Session"),
    )


def _operation(verb: v.Verb, root: str) -> dict[str, Any]:
    operation: dict[str, Any] = {"Verb": _NAMES[type(verb)], "Key": root + verb.key}
    if isinstance(verb, v.Set | v.Cas | v.Lock | v.Unlock):
        operation["Value"] = b64encode(verb.value).decode()
    if isinstance(verb, v.Cas | v.CheckIndex):
        operation["Index"] = verb.index
    if isinstance(verb, v.Lock | v.Unlock | v.CheckSession):
        operation["Session"] = verb.session
    return operation
