"""Whether the screen is colored: --color wins over NO_COLOR, and NO_COLOR over FORCE_COLOR; otherwise a terminal is, unless
it is a dumb one. Bold and dim count as colors.

Source: no-color.org, force-color.org (set and not empty).
"""

import os
from typing import Literal

CHOICES = ("auto", "always", "never")
VARIABLES = ("NO_COLOR", "FORCE_COLOR")
_CHOSEN = ["auto"]


def choose(color: str) -> None:
    """What --color says, for all screens of this process."""
    _CHOSEN[:] = [color]


def color_system() -> Literal["auto", "standard"] | None:
    """rich's name for the colors to use; "auto" leaves it to what the screen is, and None means none."""
    [color] = _CHOSEN
    if color == "never" or (color != "always" and os.environ.get("NO_COLOR")):
        return None
    return "standard" if color == "always" or os.environ.get("FORCE_COLOR") else "auto"
