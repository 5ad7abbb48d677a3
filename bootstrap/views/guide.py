"""A page of ours, which is Markdown: laid out on the screen, or as a web page."""

from collections.abc import Callable, Mapping

from markdown_it import MarkdownIt
from rich.markdown import Markdown

from bootstrap.views.screen import Screen

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><meta name="viewport" content="width=device-width">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 56rem; padding: 1rem }}
nav a {{ margin-right: 1rem }}
pre, code {{ background: color-mix(in srgb, currentColor 8%, transparent); border-radius: .2rem }}
pre {{ overflow-x: auto; padding: .7rem }}
td, th {{ border-bottom: 1px solid; padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top }}
</style></head><body>
<nav>{nav}</nav>
<main>
{content}</main></body></html>
"""


def is_terminal() -> bool:
    return Screen().is_terminal


def print_markdown(text: str) -> None:
    """Prints the page, wrapped to the screen. The text is ours: nobody else's values are in it."""
    Screen().print(Markdown(text, code_theme="ansi_dark", hyperlinks=False), soft_wrap=False)


def html(text: str, title: str, pages: Mapping[str, str], link: Callable[[str], str]) -> str:
    """The page with links to all `pages` (titles by address). Links and pictures in it go where `link` says."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    for token in (child for each in tokens for child in each.children or ()):
        for name in ("href", "src"):
            if address := token.attrGet(name):
                token.attrSet(name, link(str(address)))
    content = markdown.renderer.render(tokens, markdown.options, {})
    nav = "\n".join(f'<a href="{address}">{name}</a>' for address, name in pages.items())
    return _PAGE.format(title=title, nav=nav, content=content)
