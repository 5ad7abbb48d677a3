"""A report as Markdown for a comment on a pull request: the verdict first, the rest folded, never more than `LONGEST`."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bootstrap.core.printable import printable
from bootstrap.permissions.report import Report
from bootstrap.views import markdown
from bootstrap.views.report_blocks import Block, Cell, Code, Drawing, Items, Paragraph, Part, Section, Table, Terms
from bootstrap.views.report_diagram import mermaid
from bootstrap.views.report_inputs import stand_ins
from bootstrap.views.report_sections import WORDS_KEY, sections
from bootstrap.views.report_words import ABOUT, heading

LONGEST = 30_000
"""Characters of the page. GitHub takes 65,536 in a comment, and shows long ones badly."""
_LONGEST_PIECE = 3_000
_KEEPS = ((False, 9), (True, 20), (False, 4), (True, 4), (False, 0), (True, 0))
"""What is cut, in this order: sections that are `first` or not, as long as one has more pieces than this. Of a table, the
head and the worst of its rows stay."""
_WORST_FIRST = ("dangers", "deviations", "changes")
_FOLDED = (LONGEST, 3_000, 600, 0)
"""So many characters stay folded in a cell, the first number with which the page is short enough: long lists go first. With
none, policies, reasons and the meaning of words go, too, before what they are about."""
_FENCE = "```"


@dataclass(frozen=True)
class _Folded:
    """A section as pieces that stand alone: a paragraph, a row of a table, a whole code block. `left_out` are cut."""

    section: Section
    pieces: tuple[str, ...]
    left_out: int = 0

    @property
    def text(self) -> str:
        least = ", the least severe" if self.section.key in _WORST_FIRST else ""
        total = self.left_out + _counted(self.pieces)
        note = f"\nNot shown: {self.left_out} of {total} lines and rows{least}. The command at the end shows all of them."
        inside = "\n".join([*self.pieces, *([note] if self.left_out else [])])
        title = markdown.escaped(self.section.title)
        if self.section.key == "verdict":
            return f"{inside}\n"
        return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>\n"

    def shortened(self, by: int, least: int) -> "_Folded":
        """The same, at least so many characters shorter as far as that is possible with so many pieces."""
        kept, goal = list(self.pieces[:-1]), max(0, len(self.text) - by - 200)  # one less each time, so that it ends
        while len(kept) > least and sum(len(each) + 1 for each in kept) > goal:
            kept.pop()
        return _Folded(self.section, tuple(kept), self.left_out + _counted(self.pieces[len(kept) :]))


def _counted(pieces: Sequence[str]) -> int:
    """Those that say something: neither the heads of tables nor empty lines."""
    return sum(bool(each.strip()) and "\n|---" not in each for each in pieces)


def page_of(report: Report, whole: str) -> str:
    """The page. `whole` is the command that shows all of it, for a page that is cut."""
    head = f"# {_escaped(heading(report))}\n\n{_escaped(report.integration.title)}.\n"
    if given := stand_ins(report):
        head += f"\n{_bold(given)}\n"
    about = f"\n{_escaped(ABOUT)}\n"
    cut = f"\nThis page is cut to {LONGEST:,} characters. To see all of it, run: `{whole}`\n"
    room = LONGEST - len(head) - len(about) - len(cut)
    for most in _FOLDED:
        found = [_Folded(each, tuple(_pieces(_blocks(each, most), most))) for each in sections(report)]
        if _length(found) <= room:
            break
    is_cut = most != _FOLDED[0]
    while (over := _length(found) - room) > 0:
        longer, least = next((longer, least) for first, least in _KEEPS if (longer := _longer(found, least, first=first)))
        longest = max(longer, key=lambda each: len(each.text))
        found[found.index(longest)] = longest.shortened(over, least)
    return head + "\n" + "\n".join(each.text for each in found) + about + (cut if is_cut else "")


def _blocks(section: Section, most: int) -> Sequence[Block]:
    """What a reader may know is the first to go."""
    return section.blocks if most or section.key != WORDS_KEY else (Paragraph("In the HTML page."),)


def _longer(found: Iterable[_Folded], pieces: int, *, first: bool) -> list[_Folded]:
    return [each for each in found if each.section.first == first and len(each.pieces) > pieces]


def _length(found: Iterable[_Folded]) -> int:
    return sum(len(each.text) + 1 for each in found)


def _pieces(blocks: Sequence[Block], most: int) -> Iterator[str]:
    """With `most` characters folded in a cell; 0 leaves out all that the HTML page folds."""
    listed = False
    for block in blocks:
        ends, listed = listed, isinstance(block, Code) and (block.detail or not most)
        if ends and not listed:
            yield ""  # or it would be part of the list
        match block:
            case Paragraph():
                yield f"{_bold(block.text) if block.tone in ('bad', 'warn') else _escaped(block.text)}\n"
            case Items():
                yield from (f"- {_escaped(entry)}" for entry in block.entries)
                yield ""
            case Terms():
                yield from (f"- **{_escaped(word)}**: {_escaped(means)}" for word, means in block.entries)
                yield ""
            case Table():
                yield f"{_row(block.headings)}\n{'|---' * len(block.headings)}|"
                yield from (_row([_cell(each, most) for each in row], escape=False) for row in block.rows)
                yield ""
            case Code() if listed:
                yield f"- {_escaped(block.title)}: in the HTML page"
            case Code():
                yield f"{_escaped(block.title)}:\n\n{_FENCE}json\n{_fenced(_short(block.text))}\n{_FENCE}\n"
            case Drawing():
                yield "\n".join([f"{_FENCE}mermaid", *mermaid(block.picture), _FENCE, ""])
            case Part():
                yield f"### {_escaped(block.title)}\n"
                yield from _pieces(block.blocks, most)
    yield from [""] * listed


def _cell(cell: Cell, most: int) -> str:
    shown, title = "; ".join(map(_escaped, cell.lines)), _escaped(cell.title)
    if not cell.more:
        return shown
    if sum(map(len, cell.more)) > most:
        return f"{shown}; {title}: in the HTML page".removeprefix("; ")
    return f"{shown} <details><summary>{title}</summary>{'; '.join(map(_escaped, cell.more))}</details>".strip()


def _row(cells: Sequence[str], *, escape: bool = True) -> str:
    return f"| {' | '.join(map(_escaped, cells) if escape else cells)} |"


def _bold(text: str) -> str:
    return f"**{_escaped(text)}**"


def _escaped(text: str) -> str:
    return _clipped(markdown.escaped(printable(text)))


def _clipped(text: str) -> str:
    """No piece is so long that nothing else has room. The cut does not split an escape."""
    return text if len(text) <= _LONGEST_PIECE else f"{text[:_LONGEST_PIECE].rstrip(chr(92))} [...]"


def _short(policy: str) -> str:
    """A policy with each statement on a line of its own, or a statement on one."""
    content = json.loads(policy)
    if "Statement" not in content:
        return json.dumps(content, ensure_ascii=False)
    statements = ",\n".join(json.dumps(each, ensure_ascii=False) for each in content["Statement"])
    return f'{{"Version": "{content["Version"]}", "Statement": [\n{statements}\n]}}'


def _fenced(text: str) -> str:
    """A text within a fence, which nothing in it can end."""
    return "\n".join(printable(line).replace(_FENCE, "` ` `") for line in text.split("\n"))
