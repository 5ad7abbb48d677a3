"""The screen. All text goes through here, whoever wrote it: it stays on its line, and control characters have no effect."""

import os
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from bootstrap.core.printable import lines_of, printable
from bootstrap.views.color import VARIABLES, color_system
from bootstrap.views.wrapping import wrapped


class Line(Text):
    """Text of one line: no value in it can start another line."""

    def __init__(self, text: str = "", style: str | Style = "", **options: Any) -> None:
        super().__init__(printable(text), style, **options)

    def append(self, text: str | Text, style: str | Style | None = None) -> "Line":
        super().append(printable(text) if isinstance(text, str) else Line(text.plain, text.style), style)
        return self


class Screen(Console):
    """rich's console. Only on a terminal it wraps lines: in a pipe, a fact stays on one line."""

    def __init__(self, **options: Any) -> None:
        plain: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}  # "[red]" and ":key:" may be in a name
        # rich would show nothing at all on a screen without columns.
        seen = {name: value for name, value in os.environ.items() if name != "COLUMNS" or value.strip("0")}
        for name in VARIABLES:
            # rich would still write bold and dim with the one, and take a pipe for a terminal with the other.
            seen.pop(name, None)
        super().__init__(soft_wrap=True, color_system=color_system(), _environ=seen, **plain, **options)

    @property
    def columns(self) -> int | None:
        """The width of the terminal; None for a file, a pipe and a dumb terminal, whatever FORCE_COLOR says."""
        return self.width if self.is_terminal and not self.is_dumb_terminal else None

    def print(self, *objects: Any, **options: Any) -> None:
        """Each object on a line of its own; only `Lines` takes several."""
        for shown in objects or ("",):
            for part in lines_of(shown) if isinstance(shown, str) else [shown]:
                is_text = isinstance(part, (str, Text)) and not isinstance(part, Line)
                line = Line(str(part)) if is_text else part
                pieces = wrapped(line, self.columns or 0) if isinstance(line, Line) and not line.no_wrap else [line]
                for piece in pieces:
                    super().print(piece, **options)

    def on_broken_pipe(self) -> None:
        """rich would end the process, also in the middle of a run."""
        raise BrokenPipeError
