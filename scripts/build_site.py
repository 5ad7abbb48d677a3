"""Builds the documentation site into build/site: `python -m scripts.build_site`, or `make docs`. Strict: a link or an anchor
that leads nowhere ends it.

README.md and the pages of docs/ are copied; a page for each integration and each verb comes from the code. Nothing in the
pages is loaded from another host.

Source: zensical.org, docs (it reads the configuration of MkDocs, of which JSON is one form).
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bootstrap.cli.app import VERBS
from bootstrap.cli.help import HelpPage
from bootstrap.core.integration import Integration
from bootstrap.integrations import integrations
from bootstrap.operations.review import review
from bootstrap.views.markdown import escaped
from bootstrap.views.review_markdown import page_of
from scripts.help_pages import help_pages

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
GUIDES = ("review", "team-state", "ci", "troubleshooting")
"""The first ones in the menu; the others follow."""
TRUST = ("safety", "deviations", "design")
"""Those that stand under "Trust and design"."""


def build(folder: Path = BUILD) -> Path:
    """The folder of the site. Raises CalledProcessError, with what is wrong in its output, for a broken link."""
    source, site = folder / "site-source", folder / "site"
    for old in (source, site):
        shutil.rmtree(old, ignore_errors=True)
    pages = _pages()
    for name, text in pages.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "ci", source / "guides" / "ci")
    for picture in (ROOT / "docs").glob("*.svg"):
        shutil.copy(picture, source / "guides")
    configuration = folder / "mkdocs.yml"
    configuration.write_text(json.dumps(_configuration(pages), indent=2), encoding="utf-8")
    zensical = Path(sys.executable).with_name("zensical")
    ran = subprocess.run([zensical, "build", "--clean", "--strict", "-f", configuration], capture_output=True, text=True)
    if ran.returncode:
        raise subprocess.CalledProcessError(ran.returncode, "zensical build --strict", ran.stdout, ran.stderr)
    return site


def _pages() -> dict[str, str]:
    """The text of each page, by its path."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    guides = {page.stem: page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))}
    moved = {"docs/": "guides/", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
    found = {
        "index.md": _linked(readme, {**moved, "LICENSE": "license.md"}),
        "contributing.md": _linked((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), moved),
        "changelog.md": _linked((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), moved),
        "license.md": f"# License\n\n```text\n{(ROOT / 'LICENSE').read_text(encoding='utf-8')}```\n",
    }
    found |= {f"guides/{name}.md": _linked(text, {"../README.md": "../index.md"}) for name, text in guides.items()}
    found |= {f"integrations/{name}.md": _integration(each, guides) for name, each in integrations().items()}
    help_of = help_pages()
    for verb in VERBS:
        inner = [words for words in help_of if f"{words} ".startswith(f"bootstrap {verb} ")]
        found[f"reference/{verb}.md"] = f"# bootstrap {verb}\n\n" + "\n".join(
            reference(words, help_of[words], is_inner=number > 0) for number, words in enumerate(inner)
        )
    return found


def _integration(integration: type[Integration], guides: Iterable[str]) -> str:
    """What `bootstrap integrations NAME --markdown` prints, with links to the pages beside it."""
    title, *rest = page_of(review(integration, {}))
    name = integration.name
    guide = [f"\nThe guide [{name}](../guides/{name}.md) shows how to use it."] if name in guides else []
    typed = [f"\n```console\n$ bootstrap integrations {name}\n$ bootstrap create --integration {name} --help\n```"]
    return "\n".join([title, *guide, *typed, *rest]) + "\n"


def reference(words: str, page: HelpPage, *, is_inner: bool) -> str:
    """The help of a command as Markdown; a command of a group gets a heading of its own."""
    parts = [f"## {words}\n"] if is_inner else []
    parts += [f"```text\n{' '.join(page.usage.split()).removeprefix('Usage: ')}\n```\n"]
    parts += [f"{escaped(paragraph)}\n" for paragraph in page.paragraphs]
    for title, rows in page.panels.items():
        table = "\n".join(f"| `{name.replace('|', chr(92) + '|')}` | {escaped(text)} |" for name, text in rows)
        parts += [f"**{title}**\n\n| | |\n|---|---|\n{table}\n"]
    return "\n".join(parts)


def _linked(text: str, moved: dict[str, str]) -> str:
    """The text with its links to where the pages are in the site, and as Python-Markdown reads it."""
    for old, new in moved.items():
        text = re.sub(rf"\]\({re.escape(old)}", f"]({new}", text)
    return "\n".join(_lists(text.split("\n")))


def _lists(lines: list[str]) -> Iterator[str]:
    """A list begins after an empty line, and what belongs to an item is indented by four columns.

    Source: Python-Markdown, differences from Markdown.pl.
    """
    in_code, in_list, before = False, False, ""
    for line in lines:
        in_code ^= line.startswith("```")
        is_item = not in_code and bool(re.match(r"[-*] |\d\. ", line))
        if is_item and before and (not in_list or before.startswith("  ")):
            yield ""
        in_list = is_item or (in_list and (not line or line.startswith("  ")))
        yield f"  {line}" if in_list and line.startswith("  ") else line
        before = line


def _configuration(pages: dict[str, str]) -> dict[str, Any]:
    guides = sorted((Path(name).stem for name in pages if name.startswith("guides/")), key=_place)
    return {
        "site_name": "bootstrap",
        "docs_dir": "site-source",
        "site_dir": "site",
        "use_directory_urls": False,  # pages that a browser opens from a folder, too
        "theme": {
            "name": "material",
            "font": False,  # those of the reader's machine: nothing is loaded from elsewhere
            "features": ["navigation.sections", "content.code.copy", "search.highlight", "toc.follow"],
            "palette": [
                {"scheme": "default", "media": "(prefers-color-scheme: light)", "toggle": _toggle("night", "Dark mode")},
                {"scheme": "slate", "media": "(prefers-color-scheme: dark)", "toggle": _toggle("sunny", "Light mode")},
            ],
        },
        "markdown_extensions": ["tables", "toc", "admonition", "pymdownx.superfences", "md_in_html"],
        "nav": [
            {"Start": "index.md"},
            {"Integrations": [name for name in pages if name.startswith("integrations/")]},
            {"Guides": [f"guides/{name}.md" for name in guides if name not in TRUST]},
            {"Trust and design": [f"guides/{name}.md" for name in guides if name in TRUST]},
            {"Reference": [{Path(name).stem: name} for name in pages if name.startswith("reference/")]},
            {"Project": ["contributing.md", "changelog.md", "license.md"]},
        ],
    }


def _place(name: str) -> tuple[int, str]:
    """In the menu: first what is named above."""
    order = (*GUIDES, *TRUST)
    return (order.index(name) if name in order else len(order), name)


def _toggle(sky: str, name: str) -> dict[str, str]:
    return {"icon": f"material/weather-{sky}", "name": name}


if __name__ == "__main__":
    try:
        print(f"{build() / 'index.html'}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.stdout}{error.stderr}")
