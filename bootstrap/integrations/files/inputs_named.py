"""The inputs that a reference of a file leads to."""

from collections.abc import Iterator

from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.template import holes


def inputs_named(definition: Definition, reference: str) -> tuple[str, ...]:
    """By name, as input.NAME names one, text.NAME those of the text, and an output those of its resource."""
    return tuple(dict.fromkeys(_named(definition, reference)))


def inputs_in(definition: Definition, text: str) -> tuple[str, ...]:
    """Those that a template names."""
    return tuple(dict.fromkeys(name for reference in holes_in(text) for name in inputs_named(definition, reference)))


def holes_in(text: str) -> list[str]:
    """What a text names; nothing if that cannot be read, which `reference_problems` reports."""
    try:
        return list(holes(text))
    except ValueError:
        return []


def _named(definition: Definition, reference: str) -> Iterator[str]:
    head, name, *_ = [*reference.split("."), ""]
    if head == "input" and name in definition.inputs:
        yield name
    elif head == "list":
        yield from (each for part in definition.lists.get(name, ()) for each in _named(definition, part.value))
    elif head == "text" and name in definition.texts:
        found = [each for template in definition.texts[name].first_of for each in holes_in(template)]
        yield from (
            each for reference in found if not reference.startswith("text.") for each in _named(definition, reference)
        )
    elif head in definition.resources:
        template = definition.resources[head].properties.get(name, "")
        inner = holes_in(template) if isinstance(template, str) else []
        ours = (each for each in inner if each.partition(".")[0] in ("input", "list", "text"))
        yield from (name for each in ours for name in _named(definition, each))
