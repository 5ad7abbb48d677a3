"""A page for each integration, from the data that makes its resources: the same as `bootstrap integrations NAME` shows."""

from collections.abc import Iterable, Iterator
from typing import Any

from bootstrap.core.integration import Integration
from bootstrap.views.explanation import explain


def integration_page(integration: type[Integration], guides: Iterable[str]) -> str:
    """Markdown. `guides` are the names of the pages beside it that explain one integration in full."""
    return "\n".join(_lines(explain(integration), set(guides))) + "\n"


def _lines(content: dict[str, Any], guides: set[str]) -> Iterator[str]:
    name = content["name"]
    yield f"# {name}\n\n{content['title']}.\n"
    yield "The vendor's pages: " + ", ".join(f"<{page}>" for page in content["pages"]) + ".\n"
    if name in guides:
        yield f"The guide [{name}](../guides/{name}.md) shows how to use it.\n"
    yield f"```console\n$ bootstrap integrations {name}\n$ bootstrap create --integration {name} --help\n```\n"
    yield "The names below are those of an example: account 123456789012 stands for yours.\n"
    yield from _table("Inputs", ("Option", "What it is", "Default"), map(_input, content["inputs"]))
    yield from _table(
        "Resources",
        ("Address", "Type", "Name"),
        ((_code(item["address"]), _code(item["kind"]), _code(item["name"])) for item in content["resources"]),
    )
    yield from _permissions(content)
    yield from _table(
        "Where it deviates from the vendor's page",
        ("The vendor's page", "What bootstrap does", "Why"),
        (
            (cell(item["page"]), cell(item["sent"]), f"{cell(item['why'])} ({cell(item['source'])})")
            for item in content["deviations"]
        ),
    )


def _permissions(content: dict[str, Any]) -> Iterator[str]:
    roles = dict.fromkeys(item["role"] for item in (*content["permissions"], *content["policies"]))
    for role in roles:
        yield from _table(
            f"What {role} may do",
            ("Statement", "Actions", "On", "Why"),
            (
                (
                    _code(item["sid"]),
                    _codes(item["actions"]),
                    _codes(_subjects(item)),
                    f"{cell(item['why'])} ({cell(item['source'])})",
                )
                for item in content["permissions"]
                if item["role"] == role
            ),
        )
        for item in content["policies"]:
            if item["role"] == role:
                yield f"Attached: {_code(item['policy'])}. {cell(item['why'])} ({cell(item['source'])})\n"


def _subjects(item: dict[str, Any]) -> list[str]:
    """What a statement is about: its resources, or who may assume the role."""
    return [*item["resources"], *(name for names in item["principals"].values() for name in names)]


def _input(item: dict[str, Any]) -> tuple[str, str, str]:
    flag = _code(f"{item['flag']} {item['metavar'] or ''}".strip())
    default = (
        "required" if item["required"] else "" if item["default"] in (None, "", [], False) else _code(str(item["default"]))
    )
    return flag, cell(item["help"]), default


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    found = list(rows)
    if found:
        yield f"## {title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
        yield from (f"| {' | '.join(row)} |" for row in found)
        yield ""


def _codes(texts: Iterable[str]) -> str:
    return "<br>".join(map(_code, texts))


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def cell(text: str) -> str:
    """As it stands, whatever Markdown would make of `*`, `_`, `<` or `|`."""
    for letter in "\\*_<>|":
        text = text.replace(letter, f"\\{letter}")
    return text
