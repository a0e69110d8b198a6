"""Lets policies and tokens of Consul be as they are told; it runs on a server, with nothing but Python.

Place in the flow: `roles/consul` → **the ACL API of Consul**.  A token is one of ours when its description says so:
those that are no longer wanted are removed, others are left alone.
"""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

from ansible.module_utils.basic import AnsibleModule

OURS = "ditrit: "
PATIENCE = 60.0  # seconds for a new leader to have its rules in place
TRIES_APART = 0.5
_UNREADY = 500


class ConsulError(Exception):
    """What Consul said to a request that it refuses."""


class Consul:
    """The ACL API of one server."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._url, self._token = parameters["url"], parameters["token"]
        self._context = ssl.create_default_context(cafile=parameters["ca"])
        self._context.load_cert_chain(parameters["certificate"], parameters["key"])

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What it answers; it is asked again while it has no leader."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._ask(method, path, body)
            except urllib.error.HTTPError as error:
                said = error.read().decode(errors="replace").strip()
                if error.code < _UNREADY or time.monotonic() > deadline:
                    raise ConsulError(f"Consul answers {error.code} to {method} {path}: {said}") from error
            except OSError as error:
                if time.monotonic() > deadline:
                    raise ConsulError(f"Consul does not answer {method} {path}: {error}") from error
            time.sleep(TRIES_APART)

    def _ask(self, method: str, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Consul-Token": self._token}
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - https
        with urllib.request.urlopen(request, context=self._context, timeout=10) as answer:  # noqa: S310 - https
            return json.loads(answer.read() or b"null")


def settle_policies(consul: Consul, wanted: dict[str, str]) -> list[str]:
    """Create policies, or change their rules; what was done."""
    found = {one["Name"]: one["ID"] for one in consul.ask("GET", "/v1/acl/policies")}
    done = []
    for name, rules in wanted.items():
        if name not in found:
            consul.ask("PUT", "/v1/acl/policy", {"Name": name, "Rules": rules})
            done.append(f"created policy {name}")
        elif consul.ask("GET", f"/v1/acl/policy/{found[name]}")["Rules"] != rules:
            consul.ask("PUT", f"/v1/acl/policy/{found[name]}", {"ID": found[name], "Name": name, "Rules": rules})
            done.append(f"changed policy {name}")
    return done


def settle_tokens(consul: Consul, wanted: dict[str, str]) -> list[str]:
    """Create a token for each policy, under the name of that policy; remove those of ours that are not wanted."""
    found = {one["AccessorID"]: one for one in consul.ask("GET", "/v1/acl/tokens")}
    accessors = {name: str(uuid.uuid5(uuid.UUID(secret), name)) for name, secret in wanted.items()}
    done = []
    for name, accessor in accessors.items():
        if accessor not in found:
            token = {"AccessorID": accessor, "SecretID": wanted[name], "Description": OURS + name}
            consul.ask("PUT", "/v1/acl/token", {**token, "Policies": [{"Name": name}]})
            done.append(f"created token {name}")
    for accessor, token in found.items():
        if token["Description"].startswith(OURS) and accessor not in accessors.values():
            consul.ask("DELETE", f"/v1/acl/token/{accessor}")
            done.append(f"removed token {token['Description']}")
    return done


def main() -> None:
    text = {"type": "str", "required": True}
    module = AnsibleModule(
        argument_spec={
            "url": text,
            "ca": text,
            "certificate": text,
            "key": {**text, "no_log": False},  # the path of a file
            "token": {**text, "no_log": True},
            "policies": {"type": "dict", "required": True},
            "tokens": {"type": "dict", "required": True, "no_log": True},
        }
    )
    consul = Consul(module.params)
    try:
        done = settle_policies(consul, module.params["policies"])
        done += settle_tokens(consul, module.params["tokens"])
    except ConsulError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(done), done=done)


if __name__ == "__main__":
    main()
