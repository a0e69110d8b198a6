"""The node instances of an execution as a tree by their hosts, while it runs.

Place in the flow: what is known of an execution (`manager.display`) → **tree** → terminal.  What does not fit is drawn
with less detail: each topmost host in a line, or, where these are too many as well, each node template.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from manager.naming import printed

Place: TypeAlias = tuple[str, tuple[int, ...]]
AIMS = {"install": "started", "uninstall": "deleted"}  # the state that all nodes are to reach
COLOURS = {"started": "green", "deleted": "dim", "initial": "dim", "failed": "red", "error": "red"}
SIGNS = {"started": "✔", "deleted": "✔", "initial": "·", "failed": "✘", "error": "✘"}
BAR = 12  # columns


class HostTree:
    """Draws node instances under what hosts them."""

    def __init__(self, nodes: list[dict[str, Any]], workflow: str) -> None:
        self._aim = AIMS.get(workflow)
        self._spinner = Spinner("dots", style="yellow")  # one for all: they turn together
        self._guests: dict[Place | None, list[Place]] = {}
        for node in nodes:
            host = node["host"]
            above = None if host is None else (host["node"], tuple(host["index"]))
            self._guests.setdefault(above, []).append((node["node"], tuple(node["index"])))
        self._size = len(nodes)

    def drawn(self, states: Mapping[Place, str], failed: set[Place], rows: int) -> RenderableType:
        """The tree, in at most so many rows."""
        roots = self._guests.get(None, [])
        if self._size <= rows:
            return self._whole(roots, states, failed)
        if len(roots) <= rows:
            return self._hosts(roots, states, failed)
        return self._templates(states, rows)

    def _whole(self, roots: list[Place], states: Mapping[Place, str], failed: set[Place]) -> RenderableType:
        tree = Tree("", hide_root=True, guide_style="dim")
        waiting = [(tree, place) for place in reversed(roots)]
        while waiting:  # no recursion: chains of hosts may be long
            branch, place = waiting.pop()
            mine = branch.add(self._line(place, states, failed))
            waiting += [(mine, guest) for guest in reversed(self._guests.get(place, []))]
        return tree

    def _line(self, place: Place, states: Mapping[Place, str], failed: set[Place]) -> RenderableType:
        state = "failed" if place in failed else states[place]
        name = Text.assemble((printed(place[0], list(place[1])), "bold"), " ", (state, COLOURS.get(state, "yellow")))
        row: list[RenderableType] = [self._sign(state), name]
        if place in self._guests:
            row.append(self._bar(list(self._below(place)), states))
        grid = Table.grid(padding=(0, 1))
        grid.add_row(*row)
        return grid

    def _sign(self, state: str) -> RenderableType:
        if state in SIGNS:
            return Text(SIGNS[state], style=COLOURS[state])
        return self._spinner if state.endswith("ing") else Text("•", style="yellow")

    def _hosts(self, roots: list[Place], states: Mapping[Place, str], failed: set[Place]) -> RenderableType:
        shown = Table.grid(padding=(0, 1))
        for place in roots:
            below = list(self._below(place))
            under_way = [states[one] for one in below if states[one].endswith("ing")]
            state = "failed" if failed.intersection(below) else (under_way or [states[place]])[0]
            counts = Counter(states[one] for one in below)
            name = Text(printed(place[0], list(place[1])), style="bold")
            shown.add_row(self._sign(state), name, self._bar(below, states), summed_up(counts))
        return shown

    def _templates(self, states: Mapping[Place, str], rows: int) -> RenderableType:
        counts: dict[str, Counter[str]] = {}
        for (node, _), state in states.items():
            counts.setdefault(node, Counter())[state] += 1
        shown = Table.grid(padding=(0, 1))
        room = rows if len(counts) <= rows else rows - 1
        for node, found in list(counts.items())[:room]:
            bar = self._progress(found[self._aim or ""], found.total())
            shown.add_row(Text(node, style="bold"), Text(str(found.total())), bar, summed_up(found))
        if len(counts) > room:
            shown.add_row(Text(f"… and {len(counts) - room} more"))
        return shown

    def _below(self, place: Place) -> Iterator[Place]:
        """A host and all that stands on it."""
        waiting = [place]
        while waiting:
            one = waiting.pop()
            yield one
            waiting += self._guests.get(one, [])

    def _bar(self, places: list[Place], states: Mapping[Place, str]) -> RenderableType:
        return self._progress(sum(states[place] == self._aim for place in places), len(places))

    def _progress(self, done: int, total: int) -> RenderableType:
        """How many are where they shall be; nothing where nobody says where that is."""
        return Text() if self._aim is None else ProgressBar(total=max(total, 1), completed=done, width=BAR)


def summed_up(states: Counter[str]) -> Text:
    """How many have which state."""
    text = Text()
    for state, count in states.items():
        text.append(f"{count} {state}  ", style=COLOURS.get(state, "yellow"))
    return text
