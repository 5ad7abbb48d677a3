"""Writes docs/recording.svg, a terminal with a real run in the embedded AWS: `python -m scripts.record`. A test compares.

The run is that of the README (`scripts/demo.py`), with the colors that a terminal gets.
"""

import re
from html import unescape
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from scripts.demo import CREATE, WIDTH, colored_run

TARGET = Path(__file__).parents[1] / "docs" / "recording.svg"
_FONT_OF_ANOTHER_HOST = re.compile(r"\s*@font-face \{\{.*?\}\}", re.DOTALL)


def recording(transcript: str) -> str:
    """The SVG: the same in each run, and without a font that a reader's browser would load from elsewhere.

    `transcript` may have colors as ANSI sequences. A long line goes on in the next, as in a terminal.
    """
    console = Console(
        record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False
    )
    console.print(Text.from_ansi(transcript), highlight=False)
    form = _FONT_OF_ANOTHER_HOST.sub("", CONSOLE_SVG_FORMAT).replace("Fira Code", "Menlo, Consolas")
    return console.export_svg(title=" ".join(CREATE.split()[:2]), code_format=form, unique_id="bootstrap")


def words(svg: str) -> str:
    """What the picture says, without durations and spaces, so that it is the same in each run."""
    texts = re.findall(r"<text[^>]*clip-path[^>]*>(.*?)</text>", svg, re.DOTALL)
    return re.sub(r"\(\d+\.\ds\)", "", "".join(unescape("".join(texts)).split()))


if __name__ == "__main__":
    TARGET.write_text(recording(colored_run()), encoding="utf-8")
