"""Writes share/, which the wheel puts where man and the shells look: `python scripts/write_share.py`. A test compares.

The man pages come from the help, the completion from typer. Source: groff_man(7), man-pages(7), mandoc -T lint.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from typer._completion_shared import get_completion_script

from bootstrap import __version__
from bootstrap.cli.help import HelpPage
from scripts.help_pages import help_pages

ROOT = Path(__file__).parents[1]
SHARE = ROOT / "share"
COMPLETION = {
    "bash": "bash-completion/completions/bootstrap",
    "zsh": "zsh/site-functions/_bootstrap",
    "fish": "fish/vendor_completions.d/bootstrap.fish",
}
EXIT_CODES = (
    ("0", "done, or no difference"),
    ("1", "failed"),
    ("2", "differences, only if an option asks for this code"),
    ("64", "usage error"),
    ("130", "interrupted"),
)


def files() -> dict[str, str]:
    """The content of each file, by its path below share/."""
    scripts = {
        path: get_completion_script(prog_name="bootstrap", complete_var="_BOOTSTRAP_COMPLETE", shell=shell).rstrip() + "\n"
        for shell, path in COMPLETION.items()
    }
    scripts[COMPLETION["zsh"]] = (
        f"#compdef bootstrap\n{scripts[COMPLETION['zsh']].removeprefix('#compdef bootstrap').lstrip()}"
    )
    pages = help_pages()
    verbs = [words for words in pages if words.count(" ") < 2]
    manual = {f"man/man1/{_name(words)}.1": manual_page(words, pages) for words in verbs}
    return scripts | manual


def manual_page(words: str, pages: Mapping[str, HelpPage]) -> str:
    """The man page of a verb, with the commands of its group. Its date is that of the release before it."""
    released = re.search(r"^## \[[\d.]+] - (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert released, "CHANGELOG.md has no release"
    page = pages[words]
    inner = {name: each for name, each in pages.items() if name.startswith(f"{words} ") and words != "bootstrap"}
    usages = [f".B {_word(_usage(each))}" for each in (page, *inner.values())]
    lines = [
        f'.TH {_name(words).upper()} 1 "{released[1]}" "bootstrap {__version__}" "bootstrap manual"',
        ".SH NAME",
        rf"{_name(words)} \- {_word(_summary(page))}",
        ".SH SYNOPSIS",
        "\n.br\n".join(usages),
        ".SH DESCRIPTION",
        *_paragraphs(page.paragraphs),
        *_panels(page, ".SH"),
        *(line for name, each in inner.items() for line in _command(name, each)),
        ".SH EXIT STATUS",
        *_rows(EXIT_CODES),
        ".SH SEE ALSO",
        *_references([_name(other) for other in pages if other.count(" ") < 2 and other != words]),
    ]
    return "\n".join(lines) + "\n"


def _references(names: list[str]) -> list[str]:
    """`.BR name (1),` for each; no comma behind the last."""
    return [f".BR {_word(name)} (1){',' if name != names[-1] else ''}" for name in names]


def _command(name: str, page: HelpPage) -> Iterator[str]:
    yield f".SH {_word(name.removeprefix('bootstrap ').upper())}"
    yield from _paragraphs(page.paragraphs)
    yield from _panels(page, ".SS")


def _panels(page: HelpPage, heading: str) -> Iterator[str]:
    for title, rows in page.panels.items():
        yield f"{heading} {_word(title.upper() if heading == '.SH' else title)}"
        yield from _rows(rows)


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, text in rows:
        yield f".TP\n.B {_word(name)}\n{_text(text) or '(no text)'}"


def _paragraphs(paragraphs: list[str]) -> Iterator[str]:
    for number, paragraph in enumerate(paragraphs):
        yield from [".PP"] * bool(number)
        yield _text(paragraph)


def _summary(page: HelpPage) -> str:
    """The first clause of the help: man and its index show it in one line."""
    return re.split(r"[.,:;] ", page.paragraphs[0])[0].rstrip(".")


def _usage(page: HelpPage) -> str:
    return " ".join(page.usage.split()).removeprefix("Usage: ")


def _name(words: str) -> str:
    return words.replace(" ", "-")


def _text(text: str) -> str:
    """As it stands, in lines of a usual length: what roff would obey is escaped."""
    lines = textwrap.wrap(text, 76, break_long_words=False, break_on_hyphens=False)
    return "\n".join(re.sub(r"^(?=[.'])", r"\\&", line.replace("\\", "\\e").replace("-", "\\-")) for line in lines)


def _word(text: str) -> str:
    """On one line: what is the argument of a macro."""
    return _text(text).replace("\n", " ")


def main() -> None:
    for path in SHARE.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, content in files().items():
        path = SHARE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
