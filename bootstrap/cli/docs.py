"""`bootstrap docs`: the guides that come with this copy, read without a network."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bootstrap.cli.command import command
from bootstrap.core import commands
from bootstrap.core.near import did_you_mean, nearest
from bootstrap.errors import BootstrapError, UsageError, lines

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer


def pages() -> dict[str, Path]:
    """The file of each topic. The wheel has the pages inside of the package, a source folder beside it."""
    package = Path(__file__).parents[1]
    root = next(folder for folder in (package / "pages", package.parent) if (folder / "docs").is_dir())
    return {"readme": root / "README.md", **{page.stem: page for page in sorted((root / "docs").glob("*.md"))}}


def topics() -> list[str]:
    """For completion."""
    return list(pages())


@command()
def docs(
    *,
    topic: Annotated[
        str | None, typer.Argument(help="Print the page of this topic.", metavar="TOPIC", autocompletion=topics)
    ] = None,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in a browser instead.", metavar="")] = False,
    printer: "Printer",
) -> int:
    """List the guides, or print one of them. Nothing is fetched: they come with this copy of bootstrap.

    At a terminal the page is laid out; elsewhere it is printed as Markdown.
    """
    known = pages()
    if topic is not None and topic not in known:
        raise UsageError(
            f"there is no page about {topic!r}", lines(did_you_mean(topic, known).strip(), f"Run: {_advice(topic, known)}")
        )
    if browser:
        _open(topic or "readme", known)
    elif topic is None:
        titles = {name: _title(page) for name, page in known.items()}
        width = max(map(len, titles))
        printer.result(titles, (f"{name:<{width}}  {title}" for name, title in titles.items()))
        printer.hint("")
        printer.hint(f"To read one: {commands.bootstrap('docs', 'TOPIC')}")
    else:
        _print(topic, known[topic].read_text(encoding="utf-8"), printer)
    return 0


def _advice(topic: str, known: Iterable[str]) -> str:
    """What an integration is, its own verb explains."""
    from bootstrap.integrations import names

    if topic in names():
        return commands.bootstrap("integrations", topic)
    return commands.bootstrap("docs", *filter(None, [nearest(topic, known)]))


def _print(topic: str, text: str, printer: "Printer") -> None:
    if not printer.json:
        from bootstrap.views import guide

        if guide.is_terminal():
            guide.print_markdown(text)
            return
    printer.result({"topic": topic, "markdown": text}, text.rstrip("\n").split("\n"))


def _title(page: Path) -> str:
    with page.open(encoding="utf-8") as lines:
        return next(lines).removeprefix("# ").strip()


def _open(topic: str, known: dict[str, Path]) -> None:
    """Writes all pages as HTML into a new folder, which the browser reads after this command has ended."""
    import webbrowser
    from tempfile import mkdtemp

    from bootstrap.cli import terminal
    from bootstrap.views.guide import html

    folder = Path(mkdtemp(prefix="bootstrap-docs-"))
    titles = {f"{name}.html": name for name in known}
    for name, page in known.items():

        def link(address: str, page: Path = page) -> str:
            """To another page in the folder; to a file that comes along, where it is."""
            path, _, anchor = address.partition("#")
            if not path or re.match(r"[a-z]+:", path):
                return address
            file = (page.parent / path).resolve()
            where = next((f"{each}.html" for each, other in known.items() if other.resolve() == file), file.as_uri())
            return f"{where}#{anchor}" if anchor else where

        content = html(page.read_text(encoding="utf-8"), _title(page), titles, link)
        (folder / f"{name}.html").write_text(content, encoding="utf-8")
    shown = folder / f"{topic}.html"
    if not webbrowser.open(shown.as_uri()):
        raise BootstrapError(
            f"no browser could be started; the page is {shown}", f"Run: {commands.bootstrap('docs', topic)}"
        )
    terminal.say(f"Opened {shown}.", err=True)
