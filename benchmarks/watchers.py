"""How long does it take from a commit to the clients that watch, when there are many, and what does that cost?

``python -m benchmarks.watchers [--watchers 200] [--json FILE]``: a manager and two workers install the reference
example, whose operations last a fifth of a second, watched by one client and then by many.  The history says when each
event was committed, by the same clock as that of the clients.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from benchmarks.deployments import example_archive
from benchmarks.fleet import own_cpu
from benchmarks.report import Rows, table
from tests.acceptance.running import Up
from tests.acceptance.servers import Server

SCRIPT = "#!/bin/sh\nexec sleep 0.2\n"


def measure(watchers: int) -> Rows:
    """A row for one watcher and one for many."""
    with tempfile.TemporaryDirectory(prefix="ditrit-watchers-") as folder:
        up = Up(Path(folder), "--workers", "2", "--slots", "8")
        try:
            up.until("end +Ctrl-C")
            server = Server(up.url, {})
            server.deploy(example_archive(SCRIPT).data, "m")
            return [_row(server, up, count, workflow) for count, workflow in ((1, "install"), (watchers, "uninstall"))]
        finally:
            up.end()


def _row(server: Server, up: Up, count: int, workflow: str) -> dict[str, object]:
    execution = server.put("/exec", params={"model": "m", "instance": "one", "workflow": workflow})["id"]
    began, cpu = time.monotonic(), sum(map(own_cpu, _manager(up)))
    delays, threads = asyncio.run(_all(up, execution, count))
    seconds, cpu = time.monotonic() - began, sum(map(own_cpu, _manager(up))) - cpu
    delays.sort()
    return {
        "watchers": count,
        "events seen": len(delays),
        "median, ms": round(statistics.median(delays)),
        "95 %, ms": round(delays[int(len(delays) * 0.95)]),
        "longest, ms": round(delays[-1]),
        "threads": threads,
        "CPU, %": round(100 * cpu / seconds),
    }


async def _all(up: Up, execution: str, count: int) -> tuple[list[float], int]:
    """The delays that all watchers saw, in milliseconds, and how many threads the manager had meanwhile."""
    watching = [asyncio.create_task(_watch(up.port, execution)) for _ in range(count)]
    await asyncio.sleep(2)
    threads = max(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in _manager(up))
    return [delay for task in watching for delay in await task], threads


async def _watch(port: int, execution: str) -> list[float]:
    """The delays that one client sees; what was committed before it was connected does not count."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"GET /exec/{execution}/events HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    connected, delays = time.time(), []
    while line := await reader.readline():
        if line.startswith(b"data: ") and (item := json.loads(line[6:])).get("time"):
            committed = datetime.fromisoformat(item["time"]).timestamp()
            if committed > connected:
                delays.append((time.time() - committed) * 1000)
    writer.close()
    return delays


def _manager(up: Up) -> list[int]:
    """The processes of the manager."""
    return [pid for pid in _below(up.process.pid) if b"worker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _below(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        yield from _below(int(child))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchers", type=int, default=200, help="clients that watch the same execution")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    rows = measure(options.watchers)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
