"""Hides secrets in what is shown: by where they stand, and wherever else they turn up.

Place in the flow: values of an instance → **what may be seen of them** → logs, history and answers.  Operations get the
true values.  TOSCA has no word for it; ``docs/access.md`` says what counts as secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tosca.model import ENTRY

MASK = "***"
SHORTEST = 4  # characters: shorter ones turn up everywhere by chance


class Mask:
    """Hides a set of secrets wherever they occur."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        # The longest first: of two that begin alike, nothing of the longer one is to stay.
        self._ordered = sorted(known, key=lambda form: (-len(form), form))
        texts = [re.escape(form) for form in self._ordered]
        self._text = re.compile("|".join(texts)) if texts else None
        self._bytes = re.compile(b"|".join(re.escape(form.encode()) for form in self._ordered)) if texts else None

    def __bool__(self) -> bool:
        return self._text is not None

    def text(self, text: str) -> str:
        """The text without secrets."""
        return text if self._text is None else self._text.sub(MASK, text)

    def line(self, text: str) -> str:
        """The same of a text that was shortened: no part of a secret is left at its end either."""
        return self.begun(self.text(text).encode(errors="replace"), SHORTEST).decode(errors="replace")

    def data(self, data: bytes) -> bytes:
        """The same of bytes that are text in UTF-8, or nothing that anybody can read."""
        return data if self._bytes is None else self._bytes.sub(MASK.encode(), data)

    def value(self, value: Any) -> Any:
        """The same of data, at any depth."""
        if self._text is None:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        hidden = isinstance(value, int | float) and not isinstance(value, bool) and str(value) in self._ordered
        return MASK if hidden else value

    def begun(self, data: bytes, least: int = 1) -> bytes:
        """Data that was cut off, without the beginning of a secret, of so many bytes, that may stand at its end."""
        return data[: len(data) - self._cut(lambda form, size: size >= least and data.endswith(form[:size]))]

    def ended(self, data: bytes) -> bytes:
        """Data whose beginning was cut off, without the end of a secret that may stand there."""
        return data[self._cut(lambda form, size: data.startswith(form[-size:])) :]

    def _cut(self, there: Any) -> int:
        """The length of the longest part of a secret that is there."""
        forms = [form.encode() for form in self._ordered]
        return max((size for form in forms for size in range(1, len(form)) if there(form, size)), default=0)


def at(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """What stands in a value where a path leads."""
    if not path:
        yield value
    elif isinstance(value, Mapping):
        names = list(value) if path[0] == ENTRY else [name for name in (path[0],) if name in value]
        for name in names:
            yield from at(value[name], path[1:])
    elif isinstance(value, list | tuple):
        for item in value if path[0] == ENTRY else ():
            yield from at(item, path[1:])


def hidden_at(value: Any, path: Sequence[str]) -> Any:
    """The value with a mask where a path leads; nothing that is no value is hidden."""
    if not path:
        return None if value is None else MASK
    if isinstance(value, Mapping):
        chosen = list(value) if path[0] == ENTRY else [path[0]]
        return {name: hidden_at(item, path[1:]) if name in chosen else item for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [hidden_at(item, path[1:]) if path[0] == ENTRY else item for item in value]
    return value


def texts(value: Any) -> Iterator[str]:
    """All that could be read of a value: its texts and numbers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _forms(secret: str) -> set[str]:
    """A secret as it is, without the line end that programs cut off, and as it stands in JSON."""
    bare = {secret, secret.strip()} - {""}
    written = {json.dumps(form, ensure_ascii=ascii_)[1:-1] for form in bare for ascii_ in (True, False)}
    return {form for form in bare | written if len(form) >= SHORTEST}
