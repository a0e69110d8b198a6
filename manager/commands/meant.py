"""Which execution a user means: one by its id, or the latest one of an instance, or of all.

Place in the flow: argument of a command → **id of an execution** → request.
"""

from __future__ import annotations

import click

from manager.client import Client, ClientError, path


def meant(client: Client, target: str | None) -> str:
    """The id of the execution that is meant."""
    if target is not None and "/" not in target and _is_execution(client, target):
        return target
    model, _, instance = (target or "").rpartition("/")
    found = list(client.items("/exec", model=model or None, instance=instance or None))
    if not found:
        what = f"there is no execution {target!r}, and none of an instance of that name" if target else "no executions"
        raise click.ClickException(what)
    models = sorted({item["model"] for item in found})
    if target and len(models) > 1:
        named = ", ".join(f"{name}/{instance}" for name in models)
        raise click.ClickException(f"found {target!r}, which several models have; expected one of {named}")
    return str(max(found, key=lambda item: str(item["created"]))["id"])


def _is_execution(client: Client, name: str) -> bool:
    try:
        client.get(path("exec", name))
    except ClientError as error:
        if error.status != 404:
            raise
        return False
    return True
