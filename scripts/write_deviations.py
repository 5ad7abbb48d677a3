"""Writes docs/deviations.md from the integrations' own data: `python scripts/write_deviations.py`. A test compares."""

from collections.abc import Iterator
from pathlib import Path

from bootstrap.core.deviation import Deviation, ranked
from bootstrap.integrations import integrations
from bootstrap.views.markdown import escaped, rows

TARGET = Path(__file__).parents[1] / "docs" / "deviations.md"
HEAD = """# Where we deviate from the vendors' pages

Each place where a vendor's page is wrong or unsafe: what the page says, what bootstrap does (which may be the same), the
reason and its source. The risk is what is left of it with what bootstrap sends; the worst comes first.
`bootstrap integrations NAME` shows the same. This page is written by `scripts/write_deviations.py`.
"""


def page() -> str:
    return "\n".join([HEAD, *_sections()]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    """What several integrations share is listed with the first of them."""
    listed: dict[Deviation, str] = {}
    for name, integration in integrations().items():
        yield f"## {name}\n"
        yield from (f"{url}  " for url in integration.pages)
        yield ""
        own: list[tuple[str, ...]] = []
        shared: dict[str, list[str]] = {}
        for item in ranked(integration.deviations):
            if item in listed:
                shared.setdefault(listed[item], []).append(f"- {escaped(item.page)}")
                continue
            listed[item] = name
            why = f"{item.why}. Danger: {item.danger}" if item.danger else item.why
            own.append((item.risk, item.page, item.described, why, item.source))
        yield from rows(("Risk", "The vendor's page", "What bootstrap does", "Why", "Source"), own)
        yield ""
        for other, pages in shared.items():
            yield f"As under `{other}`, where you find the details:\n"
            yield "\n".join(pages) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
