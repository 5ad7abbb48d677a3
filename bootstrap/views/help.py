"""The help of a command, on the screen."""

from collections.abc import Mapping, Sequence

from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from bootstrap.views.screen import Line, Screen

WIDEST_NAME = 34
"""Columns for an option and its negative form; a longer one takes a second line."""


def print_page(usage: str, paragraphs: Sequence[str], panels: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Prints the usage, the paragraphs, and each panel that has rows: names, and what they are for."""
    screen = Screen()
    screen.print(Padding(_text(usage, "bold"), 1), soft_wrap=False)
    for number, paragraph in enumerate(paragraphs):
        screen.print(Padding(_text(paragraph, "dim" if number else ""), (0, 1, 1, 1)), soft_wrap=False)
    for title, rows in panels.items():
        if rows:
            table = Table(box=None, show_header=False, expand=True, padding=(0, 1), pad_edge=False)
            table.add_column(style="bold cyan", max_width=WIDEST_NAME)
            table.add_column(ratio=1)
            for name, text in rows:
                table.add_row(_text(name), _text(text))
            screen.print(Panel(table, title=title, title_align="left", border_style="dim"), soft_wrap=False)


def _text(text: str, style: str = "") -> Line:
    return Line(" ".join(text.split()), style=style)
