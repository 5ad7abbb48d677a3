"""Writes docs/deviations.md from the integrations' own data: `python scripts/write_deviations.py`. A test compares."""

from collections.abc import Iterator
from pathlib import Path

from bootstrap.core.integration import Deviation
from bootstrap.integrations import integrations

TARGET = Path(__file__).parents[1] / "docs" / "deviations.md"
HEAD = """# Where we deviate from the vendors' pages

Each place where a vendor's page is wrong or unsafe: what the page says, what bootstrap does (which may be the same), the
reason and its source. `bootstrap integrations NAME` shows the same. This page is written by `scripts/write_deviations.py`.
"""


def page() -> str:
    return "\n".join([HEAD, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    """What several integrations share is listed with the first of them."""
    listed: dict[Deviation, str] = {}
    for name, integration in integrations().items():
        yield f"## {name}\n"
        yield from (f"{url}  " for url in integration.pages)
        yield "\n| The vendor's page | What bootstrap does | Why | Source |\n|---|---|---|---|"
        shared: dict[str, list[str]] = {}
        for item in integration.deviations:
            if item in listed:
                shared.setdefault(listed[item], []).append(f"- {_cell(item.page)}")
                continue
            listed[item] = name
            cells = (item.page, item.sent, item.why, item.source)
            yield f"| {' | '.join(_cell(text) for text in cells)} |"
        yield ""
        for other, pages in shared.items():
            yield f"As under `{other}`, where you find the details:\n"
            yield "\n".join(pages) + "\n"


def _cell(text: str) -> str:
    """As it stands, whatever Markdown would make of `*`, `_`, `<` or `|`."""
    for letter in "\\*_<>|":
        text = text.replace(letter, f"\\{letter}")
    return text


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
