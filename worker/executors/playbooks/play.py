"""Runs one playbook with Ansible's own classes, in a process that was forked for it.

Place in the flow: `worker.executors.playbooks.server` forks → **play** → log, outputs, reason and exit code.  It is
what ``ansible-playbook`` does, except that inventory and variables come from the job instead of files and arguments.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ansible import constants, context
from ansible.cli import CLI
from ansible.errors import AnsibleError
from ansible.executor.playbook_executor import PlaybookExecutor
from ansible.inventory.manager import InventoryManager
from ansible.plugins import loader as plugins
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.context_objects import CLIArgs
from ansible.utils.display import Display
from ansible.vars.manager import VariableManager

from worker.executors.playbooks.files import Files
from worker.executors.playbooks.job import Job
from worker.executors.playbooks.modules import PackedModules
from worker.executors.playbooks.recorder import Recorder, reason

_OWN = "ditrit_operation"  # the group of the host that plays run on, and of no other
_USED_BY_MOST = ("copy", "command", "debug", "file", "include_tasks", "normal", "set_fact", "set_stats", "template")


def warm_up() -> None:
    """Load all that a playbook usually needs; nothing of any playbook."""
    context.CLIARGS = _arguments("")
    plugins.init_plugin_loader([])
    plugins.connection_loader.add_directory(str(Path(__file__).parent / "connections"))
    for kind in ("become", "callback", "connection", "filter", "shell", "test"):
        for _ in getattr(plugins, f"{kind}_loader").all(class_only=True):
            pass
    for name in _USED_BY_MOST:
        plugins.action_loader.get(name, class_only=True)
        plugins.module_loader.find_plugin(name)
    plugins.strategy_loader.get("linear", class_only=True)


def play(job: Job) -> int:
    """Run the playbook; the exit code is that of ``ansible-playbook``."""
    sys.dont_write_bytecode = True  # the archive is not ours to write into
    folders = list(_folders(job))
    modules = PackedModules(Path(constants.DEFAULT_LOCAL_TMP), Path(job.scratch), folders)
    try:
        recorder = Recorder(job)
        modules.borrow()
        executor = _executor(job, folders)
        executor._tqm.load_callbacks()
        executor._tqm._callback_plugins.append(recorder)
        code = executor.run()
    except AnsibleError as error:
        Display().error(error)
        job.reason.write_text(reason(str(error)))
        return int(getattr(error, "_exit_code", 1)) or 1
    modules.lend()
    if code:
        job.reason.write_text(recorder.reason or f"ansible ended with code {code}")
    return int(code)


def _executor(job: Job, folders: list[str]) -> PlaybookExecutor:
    context.CLIARGS = _arguments(json.dumps(dict(job.variables)))
    constants.DEFAULT_LOCAL_TMP = job.scratch
    constants.DEFAULT_ROLES_PATH = [*_roles(job, folders), *constants.DEFAULT_ROLES_PATH]
    plugins.add_all_plugin_dirs(folders[0])
    AnsibleCollectionConfig.playbook_paths = folders
    files = Files(job.dependencies)
    inventory = _inventory(job, files)
    variables = VariableManager(files, inventory, version_info=CLI.version_info(gitinfo=False))
    return PlaybookExecutor([job.playbook], inventory, variables, files, {})


def _inventory(job: Job, files: Files) -> InventoryManager:
    inventory = InventoryManager(files, parse=False)
    for host in job.hosts:
        for group in host.groups:
            inventory.add_group(group)
            inventory.add_host(host.name, group)
        for name, value in host.variables.items():
            inventory.get_host(host.name).set_variable(name, value)
    inventory.add_group(_OWN)
    inventory.add_host(job.hosts[0].name, _OWN)
    inventory.reconcile_inventory()
    inventory.subset(_OWN)
    return inventory


def _folders(job: Job) -> Iterator[str]:
    """The folder of the playbook and those above it, up to the archive's: each may have roles and collections."""
    archive = Path(job.archive)
    for folder in Path(job.playbook).parents:
        yield str(folder)
        if folder == archive or archive not in folder.parents:
            return


def _roles(job: Job, folders: list[str]) -> Iterator[str]:
    """Where roles are; a dependency may be one, or a folder of them."""
    yield from (f"{folder}/roles" for folder in folders)
    for path in filter(os.path.isdir, job.dependencies):
        yield path if os.path.basename(path) == "roles" else os.path.dirname(path)


def _arguments(variables: str) -> CLIArgs:
    """What the command line would have said.  A text among the variables is no template: it is taken as it is."""
    return CLIArgs(
        {
            "become": False,
            "become_ask_pass": False,
            "become_method": None,
            "become_user": None,
            "check": False,
            "connection": "ssh",
            "diff": False,
            "extra_vars": (variables,) if variables else (),
            "flush_cache": False,
            "force_handlers": False,
            "forks": 5,
            "inventory": (),
            "listhosts": False,
            "listtags": False,
            "listtasks": False,
            "module_path": (),
            "private_key_file": None,
            "remote_user": None,
            "skip_tags": (),
            "start_at_task": None,
            "step": False,
            "subset": None,
            "syntax": False,
            "tags": ("all",),
            "timeout": constants.DEFAULT_TIMEOUT,
            "verbosity": 0,
        }
    )
