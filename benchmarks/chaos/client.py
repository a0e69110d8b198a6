"""A client of the API that does not give up: it asks the next manager, and remembers what it was told.

Place in the flow: the plan → **requests**, repeated until they are answered → claims, which the verdict looks up.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import requests

_AGAIN = 0.3  # seconds before the next manager is asked
_PATIENCE = 120.0
_NOT_NOW = {502, 503, 504}


class Refused(Exception):
    """An answer that no repetition changes."""


class Client:
    """One client; each call goes to one manager, and to the next when that does not answer."""

    def __init__(self, urls: Sequence[str], chance: random.Random) -> None:
        self._urls = list(urls)
        self._chance = chance
        self.claims: list[str] = []  # paths of what exists, as managers have said
        self.unavailable = 0  # answers that said "not now"
        self.unanswered = 0

    def upload(self, model: str, archive: bytes, weaving: str) -> Any:
        told = self.ask("PUT", "/csar", params={"model": model, "weaving": weaving}, files={"file": archive})
        self.claims.append(f"/csar/{model}")
        return told

    def create(self, model: str, name: str) -> Any:
        told = self.ask("PUT", "/instance", params={"model": model, "name": name})
        self.claims.append(f"/instance/{model}/{name}")
        return told

    def execute(self, model: str, name: str, workflow: str) -> str:
        """Start a workflow, once: where no answer came, the list tells whether it was accepted."""
        parameters = {"model": model, "instance": name}
        known = {item["id"] for item in self.items("/exec", **parameters)}
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._once("PUT", "/exec", params={**parameters, "workflow": workflow})
            if answer is not None and answer.status_code == 202:
                found = str(answer.json()["id"])
                break
            new = {item["id"] for item in self.items("/exec", **parameters)} - known
            if new:
                (found,) = new
                break
            _check(answer, deadline)
            time.sleep(_AGAIN)
        self.claims.append(f"/exec/{found}")
        return found

    def get(self, path: str, **parameters: object) -> Any:
        return self.ask("GET", path, params=parameters)

    def items(self, path: str, **parameters: object) -> list[Any]:
        """The items of all pages."""
        page = self.get(path, limit=1000, **parameters)
        found: list[Any] = page["items"]
        while page["next"] is not None:
            page = self.get(path, limit=1000, after=page["next"], **parameters)
            found += page["items"]
        return found

    def text(self, path: str, **parameters: object) -> str:
        return self.answer("GET", path, params=parameters).text

    def ask(self, method: str, path: str, **options: Any) -> Any:
        return self.answer(method, path, **options).json()

    def answer(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask until somebody answers.

        Raises:
            Refused: the answer is an error, or none comes in time.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._once(method, path, **options)
            if answer is not None and answer.ok:
                return answer
            _check(answer, deadline)
            time.sleep(_AGAIN)

    def _once(self, method: str, path: str, **options: Any) -> requests.Response | None:
        url = self._chance.choice(self._urls)
        try:
            answer = requests.request(method, url + path, timeout=(2, 25), **options)
        except requests.RequestException:
            self.unanswered += 1
            return None
        self.unavailable += answer.status_code in _NOT_NOW
        return answer


def _check(answer: requests.Response | None, deadline: float) -> None:
    if answer is not None and answer.status_code not in _NOT_NOW:
        raise Refused(f"{answer.request.method} {answer.request.path_url}: {answer.status_code} {answer.text[:500]}")
    if time.monotonic() > deadline:
        raise Refused(f"no manager has answered for {_PATIENCE:.0f} s")


class Bystander:
    """A thread that goes on creating instances that nobody uses: each is a promise to be kept."""

    def __init__(self, client: Client, model: str) -> None:
        self._client = client
        self._model = model
        self._over = threading.Event()
        self.trouble: str | None = None
        self.claims = client.claims
        self._thread = threading.Thread(target=self._run, name="bystander", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._over.wait(1.0):
            number += 1
            try:
                self._client.create(self._model, f"bystander-{number}")
            except Refused as error:
                self.trouble = str(error)
                return
