"""Writes docs/integration-format.md from the classes of the format: `python -m scripts.write_format`. A test compares."""

import dataclasses
import types
from collections.abc import Iterator, Mapping
from inspect import getdoc
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from bootstrap.core.json_types import hints_of
from bootstrap.integrations.files import entries, format as tables, handoff_entries, keys
from bootstrap.integrations.files.checks import CHECKS, EXAMPLES, parts_of
from bootstrap.integrations.files.expression import ALLOWED
from bootstrap.integrations.files.parts import all_kinds, holds, property_names, shape_of
from bootstrap.integrations.files.structure import key_names
from bootstrap.resources import resource_kind
from bootstrap.views.markdown import escaped, rows

TARGET = Path(__file__).parents[1] / "docs" / "integration-format.md"
HEAD = f"""# The format of an integration

A file describes what one vendor needs in an AWS account. It is TOML 1.0, or JSON of the same shape (a name that ends with
`.json`). It holds data only: nothing in it is run or fetched. Every key is known; an unknown one is an error, with its line.
A file has at most {keys.LARGEST:,} bytes, {keys.DEEPEST} levels of tables and lists, and {keys.MOST} resources and
statements. This page is written by `scripts/write_format.py`.

## What is implied

- `--role-prefix`, `--path`, `--permissions-boundary` and `--tag` are inputs of every file. They apply to each IAM resource,
  and tags to each resource that can have them. `${{input.role_prefix}}` and `${{input.path}}` are there.
- If a statement has `harden`, the file has the flag `--harden`.
- An attachment to a role of the file (`role = "${{role.name}}"`) knows the role's id and path.
- Resources are created after those that they name.

## References

`${{...}}` stands for a value. It is replaced once: a reference within a value stays as it is.

| reference | what it is |
|---|---|
| `${{input.NAME}}` | the user's value; `${{input.NAME.PART}}` is a part of it, which its check knows |
| `${{input.NAME.first}}` | the first value of a list; also behind a part that is a list |
| `${{text.NAME}}` | a text of the file, which it needs in several places |
| `${{list.NAME}}` | the values of a list that is made of inputs; `${{list.NAME.PART}}`, a part of each |
| `${{table.NAME}}` | the row of the table; `${{table.NAME.COLUMN}}` where rows are tables |
| `${{vendor.NAME}}` | the id of an account of the vendor |
| `${{account.id}}`, `${{partition}}`, `${{region}}` | of the account that the resource is in |
| `${{account.ALIAS.id}}` | the id of another account |
| `${{region.word}}` | the region as a word of SQL: us_east_1 |
| `${{input.role_prefix.suffix}}` | the end of a name in SQL that differs with `--role-prefix`: _acme for acme- |
| `${{each}}`, `${{each.PART}}` | the value of `for_each` |
| `${{ADDRESS.OUTPUT}}` | an output of a resource, such as `${{role.arn}}` |
| `${{self.arn}}` | in a statement, the ARN of the resource itself |
| `${{command.NAME}}` | at the end of a step, a command of bootstrap that works as it is printed |
| `${{aws:username}}` | a variable of IAM, which stays |

In a list, an element that names a list, or a resource with `for_each`, becomes one element for each value; so does what
has quotes in a file with `quote`. An element
that names a value which the user did not give is left out; so is a statement whose resources are then none, and so are
values and steps of the hand-off. Anywhere else such a value is an error: give the statement or resource a `when`.

A condition (`when`) can have: `{ALLOWED}`.
An input alone holds if it is on, or has a value; a list alone, if it has a value. Two statements of a
policy can have the same sid if each has a `when`, and never both hold.
"""


def page() -> str:
    parts = [HEAD, *_tables(), *_types(), *_checks()]
    return "\n".join(parts).rstrip() + "\n"


def _tables() -> Iterator[str]:
    for kind, place in _places().items():
        yield f"## {place}\n"
        yield f"{escaped(' '.join((getdoc(kind) or '').split()))}\n"
        hints = get_type_hints(kind)
        cells = [
            (name, _type(hints[item.name], item.metadata), "yes" if _is_required(item) else "", item.metadata["doc"])
            for name, item in key_names(kind).items()
        ]
        yield from rows(("Key", "Value", "Required", "What it is"), cells)
        yield ""


def _places() -> Mapping[type, str]:
    return {
        tables.Definition: "The file",
        entries.VendorAccount: "[vendor_accounts.NAME]",
        entries.Page: "[[pages]]",
        tables.InputEntry: "[inputs.NAME]",
        tables.Table: "[tables.NAME]",
        entries.ListPart: "[[lists.NAME]]",
        entries.TextEntry: "[texts.NAME]",
        tables.Rule: "[[rules]]",
        entries.QuestionEntry: "[[questions]]",
        tables.FurtherAccount: "[accounts.ALIAS]",
        tables.ExistingEntry: "[existing.NAME]",
        tables.ResourceEntry: "[resources.ADDRESS]",
        tables.StatementEntry: "Statements: [[resources.ADDRESS.trust]], [[resources.ADDRESS.inline_policies.NAME]]",
        tables.Narrower: "harden, of a statement",
        handoff_entries.HandoffEntry: "[handoff]",
        handoff_entries.StepEntry: "Steps of [handoff], as { text = ..., when = ... }",
        handoff_entries.HandoffFile: '[handoff.files."NAME"]',
        handoff_entries.FilePart: '[[handoff.files."NAME".parts]]',
        handoff_entries.HopEntry: "[[handoff.chain]]",
        tables.DeviationEntry: "[[deviations]]",
    }


def _is_required(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def _type(hint: Any, about: Mapping[str, Any]) -> str:
    inner, origin = get_args(hint), get_origin(hint)
    if origin is types.UnionType:
        return " or ".join(_type(each, about) for each in inner if each is not type(None))
    if origin is Literal:
        return ", ".join(str(each) for each in inner if each != "")
    if origin is tuple:
        tables_too = [each for each in get_args(inner[0]) or inner if dataclasses.is_dataclass(each)]
        return "list of tables" if inner[0] in tables_too else "list of texts or tables" if tables_too else "list of texts"
    if origin is Mapping or dataclasses.is_dataclass(hint):
        return "table"
    if about.get("choices"):
        return "the name of a check"
    return {str: "text", int: "whole number", bool: "true or false"}.get(hint, "value")


def _property(hint: Any) -> str:
    """The type of a property, as short as a table needs it."""
    inner = [each for each in get_args(hint) if each is not type(None)]
    origin = get_origin(hint)
    if origin is types.UnionType:
        return " or ".join(map(_property, inner))
    if hint is tables.StatementEntry or tables.StatementEntry in inner:
        return "statement" if hint is tables.StatementEntry else "statements"
    if origin is not None and issubclass(origin, Mapping):
        return f"table of {_property(inner[-1])}" if inner and inner[-1] is not Any else "table"
    if origin is not None or hint in (list, tuple):
        return f"list of {_property(inner[0])}" if inner and inner[0] is not Any else "list"
    return {str: "text", int: "whole number", bool: "true or false", dict: "table"}.get(hint, "value")


def _types() -> Iterator[str]:
    yield "## Types of resources\n"
    yield "The properties of each type; an output is `${ADDRESS.OUTPUT}`.\n"
    cells = []
    for kind in all_kinds():
        found = resource_kind(kind)
        names, hints = property_names(found), {**hints_of(found), **{name: shape_of(found, name) for name in holds(found)}}
        required, others = (
            [f"{name} ({_property(hints[name])})" for name in names if names[name] is wanted] for wanted in (True, False)
        )
        cells.append((kind, ", ".join(required), ", ".join(others), ", ".join(found.identifiers.outputs)))
    yield from rows(("Type", "Required", "Other properties", "Outputs"), cells)
    yield ""


def _checks() -> Iterator[str]:
    yield "## Checks\n"
    cells = [(name, EXAMPLES[name], ", ".join(parts_of(name))) for name in CHECKS]
    yield from rows(("Check", "Example of a value", "Parts"), cells)


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
