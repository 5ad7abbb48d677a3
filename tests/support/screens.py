"""What a person sees: a command in this process on a real pseudo-terminal, and what is on the screen then."""

import fcntl
import os
import re
import struct
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

ROWS = 60
_TOKEN = re.compile(r"\x1b\[\??(?P<number>[0-9;]*)(?P<code>[A-Za-z])|\r|\n|[^\x1b\r\n]")


@dataclass
class Screen:
    """A terminal of so many columns. `answers` has what the person types, by the end of the question."""

    columns: int
    answers: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""

    def run(self, command: Callable[[], int]) -> int:
        """The exit code of a command that reads from and writes to this terminal."""
        with self._in_place():
            return command()

    @property
    def text(self) -> str:
        """The lines of the screen, without colors: what was painted over is gone."""
        lines, row, column = [list[str]()], 0, 0
        for token in _TOKEN.finditer(self.raw):
            match token[0], token["code"]:
                case "\r", _:
                    column = 0
                case "\n", _:
                    row += 1
                case _, "A":
                    row = max(0, row - int(token["number"] or 1))
                case _, "K":
                    lines[row] = []
                case character, None:
                    if column == self.columns:
                        row, column = row + 1, 0
                    lines += [[] for _ in range(row + 1 - len(lines))]
                    lines[row] += [" "] * (column + 1 - len(lines[row]))
                    lines[row][column] = character
                    column += 1
            lines += [[] for _ in range(row + 1 - len(lines))]
        return "\n".join("".join(line).rstrip() for line in lines).rstrip() + "\n"

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        person, program = os.openpty()
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, self.columns, 0, 0))
        reader = threading.Thread(target=self._read, args=(person,), daemon=True)
        reader.start()
        before = [os.dup(number) for number in range(3)]
        streams = sys.stdin, sys.stdout, sys.stderr
        for number in range(3):
            os.dup2(program, number)
        sys.stdin, sys.stdout, sys.stderr = (open(os.dup(program), mode) for mode in ("r", "w", "w"))  # noqa: SIM115
        try:
            yield
        finally:
            for stream in (sys.stdout, sys.stderr, sys.stdin):
                stream.close()
            sys.stdin, sys.stdout, sys.stderr = streams
            for number, saved in enumerate(before):
                os.dup2(saved, number)
                os.close(saved)
            termios.tcdrain(program)
            os.close(program)
            reader.join(10)
            os.close(person)

    def _read(self, person: int) -> None:
        read, answered = b"", 0
        while True:
            try:
                part = os.read(person, 65_536)
            except OSError:  # the program has closed its side
                break
            if not part:
                break
            read += part
            self.raw = read.decode(errors="replace")
            for question, answer in self.answers.items():
                if self.raw.endswith(question) and len(self.raw) > answered:
                    answered = len(self.raw)
                    os.write(person, answer.encode() + b"\n")
