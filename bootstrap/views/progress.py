"""The progress of a run: live lines on a terminal, plain lines in a pipe. One line for each resource, with its seconds if
it took long."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import assert_never

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from bootstrap.core.events import Event, Failed, Progress, Skipped, Started, Stopping, Succeeded
from bootstrap.core.plan import Action
from bootstrap.core.printable import lines_of
from bootstrap.core.rollout import Rollout
from bootstrap.views.rollout import rollout_rows
from bootstrap.views.screen import Line

DOING = {
    Action.CREATE: "creating",
    Action.UPDATE: "changing",
    Action.ADOPT: "adopting",
    Action.DELETE: "deleting",
    Action.FORGET: "forgetting",
    Action.NOOP: "comparing",
}
WORTH_TELLING = 1
"""Seconds: what took less has no time behind it."""
DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "changed",
    Action.ADOPT: "adopted",
    Action.DELETE: "deleted",
    Action.FORGET: "forgotten",
    Action.NOOP: "compared",
}


@dataclass
class _Working:
    """A resource that is being worked on, since `began` (seconds of the monotonic clock)."""

    doing: str
    began: float
    spinner: Spinner
    waits_for: str = ""


class Progressing:
    """Shows events. `clock` gives seconds."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self.console, self.clock = console, clock
        self.running: dict[str, _Working] = {}
        self.live: Live | None = None
        self.painting = threading.Lock()
        self.stopped = threading.Event()
        self.can_redraw = console.is_terminal and not console.is_dumb_terminal

    def event(self, event: Event) -> None:
        match event:
            case Started(change):
                line = _Working(DOING[change.action], self.clock(), Spinner("dots"))
                self.running[change.address] = line
                if self.can_redraw:
                    self._start()
                else:
                    self.console.print(f"{change.address}: {line.doing}", markup=False)
            case Progress(address, text):
                waiting = self.running.get(address)
                if not (self.can_redraw and waiting) and not (waiting and _is_same(waiting.waits_for, text)):
                    with self.painting:
                        self.console.print(f"{address}: {text}", markup=False)  # the same again would fill a log
                if waiting:
                    waiting.waits_for = text
            case Succeeded(change, _):
                seconds = self._end(change.address)
                self._line(change.action.symbol, "green", f"{change.address} {DONE[change.action]}{seconds}")
            case Failed(change, error, advice, _):
                seconds = self._end(change.address)
                self._line("!", "red", f"{change.address} failed{seconds}: {error}")
                for each in lines_of(advice) if advice else ():
                    self._line(" ", "default", f"  {each}")
            case Skipped(change, because):
                self._line("o", "dim", f"{change.address} not tried: {because}")
            case Stopping(running):
                text = f"Stopping: waiting for {', '.join(running)}; nothing else starts. Ctrl-C again leaves at once."
                self._line("!", "yellow", text)
            case _:
                assert_never(event)

    def stop(self) -> None:
        if self.live:
            self.stopped.set()
            with self.painting:
                self.live.stop()
            self.live = None

    def _start(self) -> None:
        if self.live is None:
            self.live = Live(get_renderable=self._render, console=self.console, transient=True, auto_refresh=False)
            self.live.start()
            self.stopped.clear()
            threading.Thread(target=self._repaint, args=(self.live,), daemon=True).start()

    def _repaint(self, live: Live) -> None:
        """Ten times a second. Rich's own thread may paint in the middle of a print, and then leaves lines on the screen."""
        while not self.stopped.wait(0.1):
            with self.painting:
                if live is self.live:
                    live.refresh()

    def _end(self, address: str) -> str:
        line = self.running.pop(address, None)
        seconds = self.clock() - line.began if line else 0
        return f" ({seconds:.1f} s)" if seconds > WORTH_TELLING else ""

    def _line(self, symbol: str, style: str, text: str) -> None:
        with self.painting:
            self.console.print(Line(f"{symbol} ", style=style).append(text, "default"))

    def _render(self) -> Group:
        return Group(*self._rows())

    def _rows(self) -> Iterator[Table | Line]:
        now = self.clock()
        for address, line in list(self.running.items()):
            grid = Table.grid(padding=(0, 1))
            text = line.waits_for
            waits = f", {text.counts if isinstance(text, Rollout) else text}" if text else ""
            grid.add_row(line.spinner, Line(f"{address} {line.doing}, {now - line.began:.0f} s{waits}"))
            yield grid
            if isinstance(text, Rollout):
                yield from rollout_rows(text)


def _is_same(before: str, now: str) -> bool:
    """Whether the one says nothing that is worth a line after the other."""
    if isinstance(before, Rollout) and isinstance(now, Rollout):
        return before.step == now.step
    return before == now
