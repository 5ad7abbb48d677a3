"""Text in HTML and SVG: nothing that others wrote becomes markup, and nothing in it is hidden."""

from html import escape

from bootstrap.core.printable import printable


def text(content: str) -> str:
    """The text on one line, between tags or in an attribute with quotes."""
    return escape(printable(content), quote=True)


def several_lines(content: str) -> str:
    """A text of ours that has lines of its own."""
    return "\n".join(map(text, content.split("\n")))


def attribute(name: str) -> str:
    """A name for an id or a class: letters, digits and dashes only."""
    return "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
