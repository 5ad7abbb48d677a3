"""The picture of a terminal in the docs is a real run of now, and loads nothing."""

import re
from xml.etree import ElementTree

from scripts.demo import CREATE, colored_run
from scripts.record import TARGET, recording, words


def test_it_shows_what_a_terminal_shows_now() -> None:
    assert words(TARGET.read_text(encoding="utf-8")) == words(recording(colored_run())), "run: python -m scripts.record"


def test_it_is_a_picture_that_loads_nothing() -> None:
    svg = TARGET.read_text(encoding="utf-8")
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert re.findall(r"url\((?!#)|<image|xlink:href", svg) == []
    said = words(svg)
    assert said.startswith("$" + "".join(CREATE.split()))
    assert "Plan:4tocreate." in said
