"""The result of a command that prints one document: JSON with --json, else text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bootstrap.cli import terminal
from bootstrap.core.warning import is_warning


@dataclass(frozen=True)
class Printer:
    """Prints the result to stdout, and messages to stderr."""

    json: bool = False
    quiet: bool = False

    def result(self, content: Any, lines: Iterable[str], *, wraps: bool = False) -> None:
        """The content as one JSON document, or these lines; with `wraps`, they are sentences that a terminal wraps."""
        if self.json:
            terminal.say_data(content)
            return
        for line in lines:
            terminal.say(line, wraps=wraps)

    def message(self, text: str) -> None:
        """Text for a person, in both formats."""
        if not self.quiet or is_warning(text):
            terminal.say(text, err=True)

    def hint(self, text: str) -> None:
        """Text that explains a result to a person; it is omitted with --json."""
        if not self.json:
            self.message(text)
