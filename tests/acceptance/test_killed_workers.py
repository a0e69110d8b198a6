"""Workers die by ``kill -9`` all the time; nothing is lost, nothing is done twice, nothing comes too early."""

from __future__ import annotations

import random
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from engine.executions.presence import end_sessions
from engine.space import open_space
from example.pack import pack
from tests.acceptance.checker import check
from tests.acceptance.servers import Server, running, start_worker
from tests.acceptance.topologies import appli

EXAMPLE = Path(__file__).parents[2] / "example/appli"


def slow_example(folder: Path) -> bytes:
    """The reference example, each operation lasting long enough to be hit."""
    shutil.copytree(EXAMPLE, folder)
    for script in (folder / "scripts").rglob("*.sh"):
        script.write_text(script.read_text() + "sleep 0.1\n")
    return pack(folder)


@contextmanager
def dying_workers(server: Server, lives: tuple[float, float] = (0.5, 2.0)) -> Iterator[list[int]]:
    """Two workers, one or the other of which is killed and replaced after so many seconds; the pids of the dead.

    Consul is told of their deaths by who started them, as by ``ditrit up``; the embedded space notices by itself.
    """
    over, dead = threading.Event(), list[int]()
    workers = [start_worker(server) for _ in range(2)]

    def kill() -> None:
        while not over.wait(random.uniform(*lives)):
            victim = random.randrange(2)
            workers[victim].kill()
            workers[victim].wait()
            dead.append(workers[victim].pid)
            if "DITRIT_SPACE" in server.settings:
                with closing(open_space(server.settings["DITRIT_SPACE"])) as space:
                    end_sessions(space, socket.gethostname(), workers[victim].pid)
            workers[victim] = start_worker(server)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield dead
    finally:
        over.set()
        killer.join()
        for worker in workers:
            worker.kill()
            worker.wait()


def test_the_history_is_that_of_workers_that_live(tmp_path: Path, space_flags: Sequence[str]) -> None:
    (tmp_path / "up").mkdir()
    with running(tmp_path / "up", 0, *space_flags) as server, dying_workers(server) as dead:
        server.deploy(slow_example(tmp_path / "slow"), "appli")
        for workflow, end in (("install", "started"), ("uninstall", "deleted")):
            execution = server.execute("appli", workflow, seconds=120)
            history = server.all(f"/exec/{execution}/history")
            assert check(history, appli(), workflow) == []
            assert server.states("appli") == Counter({end: 19})
        assert len(dead) >= 3
