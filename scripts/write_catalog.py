"""Writes docs/catalog.md from the files of the catalog: `python -m scripts.write_catalog`. A test compares."""

from collections.abc import Iterator
from pathlib import Path

from bootstrap.integrations import integrations
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.permissions.review import review
from bootstrap.views.markdown import escaped, rows
from bootstrap.views.review_words import summary

TARGET = Path(__file__).parents[1] / "docs" / "catalog.md"
HEAD = """# The catalog

Integrations that are data files of this package, each from its vendor's public pages. `bootstrap integrations NAME` shows
one in full: every permission with its reason and page, and each place where the page is wrong or unsafe. Nobody tried them
against the vendors' own services; what could not be verified is listed below, and every plan repeats it.

An integration for another vendor can be a file of your own. This page is written by `scripts/write_catalog.py`.
"""


def page() -> str:
    return "\n".join([HEAD, *_sections()]).rstrip() + "\n"


def catalog() -> dict[str, type[FileIntegration]]:
    return {name: each for name, each in integrations().items() if issubclass(each, FileIntegration)}


def _sections() -> Iterator[str]:
    about = {name: dict(summary(review(each.example()))) for name, each in catalog().items()}
    entries = ((f"`{name}`", each.definition.vendor, each.title) for name, each in catalog().items())
    yield "| integration | vendor | what you get |"
    yield "|---|---|---|"
    yield from (f"| {name} | {escaped(vendor)} | {escaped(title)} |" for name, vendor, title in entries)
    for name, each in catalog().items():
        yield f"\n## {name}\n"
        seen = ((page.url, page.seen) for page in each.definition.pages)
        yield from rows(("Page", "Read on"), seen)
        for heading in ("Who gets in", "What is worst", "Not verified"):
            yield f"\n{heading}:\n"
            yield from (f"- {escaped(entry)}" for entry in about[name].get(heading, ["nothing"]))


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
