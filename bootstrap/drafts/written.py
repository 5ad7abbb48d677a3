"""A draft as the text of a file, with what it does not have in comments."""

from collections.abc import Mapping

from bootstrap.drafts.content import Draft
from bootstrap.drafts.toml_text import toml_text


def written(draft: Draft, source: str) -> str:
    """The file. `source` is the name of what the draft was made from."""
    head = [f"A first draft, made from {source}. Nobody reviewed it: read each line, and write the reasons and pages."]
    if draft.left:
        head += ["", "Not carried over:", *(f"- {each.path}: {each.reason}" for each in draft.left)]
    content = {name: value for name, value in draft.content.items() if value not in ({}, "", {"values": {}})}
    comments: dict[tuple[str, ...], list[str]] = {(): head}
    for path, where in draft.sources.items():
        if len(path) == 2 and path[0] in ("resources", "inputs", "tables"):
            comments[path[0], str(path[1])] = [f"From {where}."]
    if isinstance(content.get("handoff"), Mapping):
        content["handoff"] = {name: value for name, value in content["handoff"].items() if value}
    return toml_text(content, comments)
