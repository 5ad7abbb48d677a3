"""What is wrong with how a file uses the external id: a rotation must be able to let in two, and no two customers may have
the same.

Source: IAM user guide, id_roles_create_for-user_externalid.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.input import EXTERNAL_ID
from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.files.format import Definition
from bootstrap.integrations.files.parts import Part
from bootstrap.integrations.files.structure import Report
from bootstrap.integrations.files.template import reference_of, variables

_KEY = "sts:externalid"
_NAME = f"input.{EXTERNAL_ID}"


def external_id_problems(definition: Definition, parts: Sequence[Part], report: Report) -> None:
    for name, entry in definition.inputs.items():
        if entry.default is not None and (name == EXTERNAL_ID or entry.check == EXTERNAL_ID):
            text = "would give every customer the same external id, which then keeps nobody out"
            report(("inputs", name, "default"), text, "Delete it; generated = true lets bootstrap generate one.")
    for where, value in external_ids(parts):
        for found in variables(value):
            text = f"has the variable {found[:100]}, which is what the caller sends: it would keep nobody out"
            report(where, text, "Delete it, and name the input.")
    if EXTERNAL_ID not in definition.inputs:
        return
    path: KeyPath = ("inputs", EXTERNAL_ID)
    if definition.inputs[EXTERNAL_ID].type != "text":
        report((*path, "type"), f"must be text: it is the external id that {definition.vendor} sends", "")
        return
    is_used = False
    for where, value in external_ids(parts):
        if _NAME not in value:
            continue
        if reference_of(value) == _NAME:
            is_used = True
        else:
            text = f"has ${{{_NAME}}} as a part of a value, and a rotation could not let in two"
            report(where, text, "Let it be the whole value, and give the input a check or pattern for its form.")
            is_used = True
    if not is_used:
        report(
            path,
            "is in no trust: nothing would require it",
            f'Write conditions = {{ StringEquals = {{ "sts:ExternalId" = "${{{_NAME}}}" }} }}, or choose another name.',
        )


def external_ids(parts: Sequence[Part]) -> Iterator[tuple[KeyPath, str]]:
    """What the statements compare the external id with, with its places."""
    for part in parts:
        for path, each in part.statements():
            yield from _tested(each.conditions, (*path, "conditions"))
            if each.harden:
                yield from _tested(each.harden.conditions, (*path, "harden", "conditions"))


def _tested(conditions: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for operator, tests in conditions.items():
        for key, value in tests.items() if isinstance(tests, Mapping) else ():
            if key.lower() == _KEY:
                texts = value if isinstance(value, list) else [value]
                yield from (((*path, operator, key), text) for text in texts if isinstance(text, str))
