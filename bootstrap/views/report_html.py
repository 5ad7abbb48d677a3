"""A report as one HTML file: it has no scripts and loads nothing, and its policy for the browser (CSP) allows neither."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from importlib import resources

from bootstrap.permissions.report import Report
from bootstrap.views.html_text import attribute, several_lines, text
from bootstrap.views.report_blocks import Block, Cell, Code, Drawing, Items, Paragraph, Part, Section, Table, Terms
from bootstrap.views.report_diagram import svg
from bootstrap.views.report_inputs import stand_ins
from bootstrap.views.report_sections import sections
from bootstrap.views.report_words import ABOUT, heading

_URL = re.compile(r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/#?=&%+,-]*)?")

_WORD = re.compile(r"(?<![\w-])--[a-z]+(-[a-z]+)*|(?<![\w&#])\d{12}(?!\w)")
"""An option or the number of an account."""


def page_of(report: Report) -> Iterator[str]:
    """The lines of the file."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    found = list(sections(report))
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{text(heading(report))}</title>"
    yield f"<style>{style}</style>"
    yield "</head>"
    yield "<body>"
    yield '<a class="skip" href="#main">Skip to the verdict</a>'
    yield "<header>"
    yield f"<h1>{text(heading(report))}</h1>"
    yield f"<p>{text(report.integration.title)}. bootstrap {text(report.made.version)}, {text(report.made.date)}.</p>"
    if given := stand_ins(report):
        yield f'<p class="warn">{_whole(text(given))}</p>'
    yield f"<p>{text(ABOUT)}</p>"
    yield "</header>"
    yield '<nav aria-label="Contents"><ol>'
    yield from (f'<li><a href="#{each.key}">{text(each.title)}</a></li>' for each in found)
    yield "</ol></nav>"
    yield '<main id="main">'
    for section in found:
        yield from _section(section)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _style() -> str:
    return resources.files("bootstrap.views").joinpath("report.css").read_text(encoding="utf-8")


def _section(section: Section) -> Iterator[str]:
    key = attribute(section.key)
    yield f'<section id="{key}" aria-labelledby="{key}-title">'
    yield f'<h2 id="{key}-title">{text(section.title)}</h2>'
    for block in section.blocks:
        yield from _block(block, 3)
    yield "</section>"


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Paragraph():
            yield f"<p{_class(block.tone)}>{_linked(block.text)}</p>"
        case Items():
            yield "<ul>"
            yield from (f"<li>{_linked(entry)}</li>" for entry in block.entries)
            yield "</ul>"
        case Terms():
            yield "<dl>"
            yield from (f"<dt><dfn>{text(word)}</dfn></dt> <dd>{_linked(means)}</dd>" for word, means in block.entries)
            yield "</dl>"
        case Table():
            yield from _table(block)
        case Code():
            yield f"<details><summary>{text(block.title)}</summary>"
            yield f'<pre tabindex="0"><code>{several_lines(block.text)}</code></pre></details>'
        case Drawing():
            label = "Accounts, roles and what they reach"  # another name than that of the section
            yield f'<figure tabindex="0" role="region" aria-label="{label}">{svg(block.picture)}</figure>'
            whole = zip(block.picture.sentences, block.picture.lists, strict=True)
            yield from _folded(
                "The arrows in words", [f"{line}: {', '.join(all_of)}" if all_of else line for line, all_of in whole]
            )
        case Part(folded=True):
            yield f"<details><summary>{text(block.title)}</summary>"
            for each in block.blocks:
                yield from _block(each, level)
            yield "</details>"
        case Part():
            yield f"<h{level}>{text(block.title)}</h{level}>"
            for each in block.blocks:
                yield from _block(each, level + 1)


def _table(block: Table) -> Iterator[str]:
    label = text(block.caption)
    yield f'<div class="table" tabindex="0" role="region" aria-label="{label}"><table>'
    yield f"<caption>{label}</caption>"
    headings = " ".join(f'<th scope="col">{text(each)}</th>' for each in block.headings)
    yield f"<thead><tr>{headings}</tr></thead>"
    yield "<tbody>"
    for first, *others in block.rows:
        cells = " ".join(f"<td{_class(each.tone)}>{_cell(each)}</td>" for each in others)
        yield f'<tr><th scope="row"{_class(first.tone)}>{_cell(first)}</th> {cells}</tr>'
    yield "</tbody></table></div>"


def _cell(cell: Cell) -> str:
    shown = " <br>".join(map(_linked, cell.lines))
    return f"{shown} {''.join(_folded(cell.title, cell.more))}" if cell.more else shown


def _folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"<details><summary>{text(title)}</summary><ul>"
    yield from (f"<li>{_linked(line)}</li>" for line in lines)
    yield "</ul></details>"


def _linked(content: str) -> str:
    """The text, in which addresses are links: they lead where they say, and nowhere but to https."""
    parts, end = list[str](), 0
    for found in _URL.finditer(content):
        address = found[0].rstrip(".,")
        parts += [
            _whole(text(content[end : found.start()])),
            f'<a href="{text(address)}" rel="noreferrer">{text(address)}</a>',
        ]
        end = found.start() + len(address)
    return "".join([*parts, _whole(text(content[end:]))])


def _whole(escaped: str) -> str:
    """Options and numbers of accounts stay on one line: a browser would break them wherever it likes."""
    return _WORD.sub(r"<span>\g<0></span>", escaped)


def _class(tone: str) -> str:
    return f' class="{attribute(tone)}"' if tone else ""
