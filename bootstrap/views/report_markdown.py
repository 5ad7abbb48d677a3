"""A report as Markdown for a comment on a pull request: the verdict first, the rest folded, never more than `LONGEST`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bootstrap.core.printable import printable
from bootstrap.permissions.report import Report
from bootstrap.views import markdown
from bootstrap.views.report_blocks import SHOW_ALL, Block, Cell, Code, Drawing, Items, Paragraph, Part, Section, Table
from bootstrap.views.report_diagram import mermaid
from bootstrap.views.report_inputs import stand_ins
from bootstrap.views.report_sections import sections
from bootstrap.views.report_words import ABOUT, heading

LONGEST = 30_000
"""Characters of the page. GitHub takes 65,536 in a comment, and shows long ones badly."""
_LONGEST_PIECE = 3_000
_FENCE = "```"


@dataclass(frozen=True)
class _Folded:
    """A section as pieces that stand alone: a paragraph, a row of a table, a whole code block. `left_out` are cut."""

    section: Section
    pieces: tuple[str, ...]
    left_out: int = 0

    @property
    def text(self) -> str:
        note = [f"\nCut: {self.left_out} more lines or rows of this section."] if self.left_out else []
        inside = "\n".join([*self.pieces, *note])
        title = markdown.escaped(self.section.title)
        if self.section.key == "verdict":
            return f"{inside}\n"
        return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>\n"

    def shortened(self, by: int) -> "_Folded":
        """The same, at least so many characters shorter as far as that is possible."""
        kept, goal = list(self.pieces[:-1]), max(0, len(self.text) - by - 100)  # one less each time, so that it ends
        while kept and sum(len(each) + 1 for each in kept) > goal:
            kept.pop()
        return _Folded(self.section, tuple(kept), self.left_out + len(self.pieces) - len(kept))


def page_of(report: Report, whole: str) -> str:
    """The page. `whole` is the command that shows all of it, for a page that is cut."""
    found = [_Folded(each, tuple(_pieces(each.blocks))) for each in sections(report)]
    head = f"# {_escaped(heading(report))}\n\n{_escaped(report.integration.title)}.\n"
    if given := stand_ins(report):
        head += f"\n{_bold(given)}\n"
    about = f"\n{_escaped(ABOUT)}\n"
    cut = f"\nThis page is cut to {LONGEST:,} characters. To see all of it, run: `{whole}`\n"
    while sum(len(each.text) + 1 for each in found) > LONGEST - len(head) - len(about) - len(cut):
        over = sum(len(each.text) + 1 for each in found) - (LONGEST - len(head) - len(about) - len(cut))
        longest = max((each for each in found if each.pieces), key=lambda each: (not each.section.first, len(each.text)))
        found[found.index(longest)] = longest.shortened(over)
    return (
        head + "\n" + "\n".join(each.text for each in found) + about + (cut if any(each.left_out for each in found) else "")
    )


def _pieces(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph():
                yield f"{_bold(block.text) if block.tone in ('bad', 'warn') else _escaped(block.text)}\n"
            case Items():
                yield from (f"- {_escaped(entry)}" for entry in block.entries)
                yield ""
            case Table():
                yield f"{_row(block.headings)}\n{'|---' * len(block.headings)}|"
                yield from (_row([_cell(each) for each in row], escape=False) for row in block.rows)
                yield ""
            case Code(detail=True):
                yield f"- {_escaped(block.title)}: in the HTML page"
            case Code():
                yield f"{_escaped(block.title)}:\n\n{_FENCE}json\n{_fenced(_short(block.text))}\n{_FENCE}\n"
            case Drawing():
                yield "\n".join([f"{_FENCE}mermaid", *mermaid(block.picture), _FENCE, ""])
            case Part():
                yield f"### {_escaped(block.title)}\n"
                yield from _pieces(block.blocks)


def _cell(cell: Cell) -> str:
    more = [f"and {len(cell.more)} more"] if cell.more and cell.title == SHOW_ALL else map(_escaped, cell.more)
    return "; ".join([*map(_escaped, cell.lines), *more])


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
