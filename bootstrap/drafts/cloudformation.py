"""A draft from a CloudFormation template. Source: CloudFormation template reference, template anatomy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bootstrap.core.printable import printable
from bootstrap.drafts.conditions import Conditions
from bootstrap.drafts.content import Content, Draft
from bootstrap.drafts.names import Names, Unresolved, address_of, unique
from bootstrap.drafts.parameters import Tables, inputs_of
from bootstrap.drafts.policies import names_accounts
from bootstrap.drafts.resources import KINDS, PARTS, Resources
from bootstrap.errors import UsageError
from bootstrap.integrations.files.parts import all_kinds

_READ = {"AWSTemplateFormatVersion", "Description", "Parameters", "Mappings", "Conditions", "Resources", "Outputs"}


def is_template(content: Any) -> bool:
    return isinstance(content, dict) and isinstance(content.get("Resources"), dict)


def draft_of(template: Mapping[str, Any], name: str, vendor: str) -> Draft:
    """The draft, which may still have what no file can have. Raises UsageError for a template without a form."""
    sections = {key: template.get(key, {}) for key in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")}
    for key, section in sections.items():
        if not isinstance(section, dict):
            raise UsageError(f"{key} of the template is no object", "Correct the template.")
    draft = Draft(empty(name, vendor, str(template.get("Description") or "")))
    for key in sorted(template.keys() - _READ):
        draft.leave(key, "has no counterpart here")
    names = inputs_of(sections["Parameters"], draft)
    tables = Tables(sections["Mappings"], draft, names.inputs)
    names = replace(_addressed(names, sections["Resources"], draft), look_up=tables.look_up)
    conditions = Conditions(sections["Conditions"], names)
    resources = Resources(draft, names, conditions)
    for wanted in (*KINDS, *PARTS):  # what is a part of a role, or names one, comes when that is there
        for logical, entry in sections["Resources"].items():
            if isinstance(entry, dict) and entry.get("Type") == wanted and (wanted in PARTS or logical in names.addresses):
                resources.read(logical, entry)
    _outputs(sections["Outputs"], names, conditions, draft)
    for mapping in sections["Mappings"].keys() - tables.used:
        draft.leave(f"Mappings.{mapping}", "is looked up by nothing that the draft has")
    draft.content["partition"] = next(iter(names_accounts(draft.content)), "")
    return draft


def empty(name: str, vendor: str, title: str) -> Content:
    """What every draft has. The tables that stay empty are left out when it is written."""
    shown = printable(" ".join(title.split()))[:200].replace("@{", "{") or f"{vendor} gets access to this account"
    head = {"format": 1, "name": name, "title": shown, "vendor": vendor, "partition": ""}
    return {**head, "pages": [], "inputs": {}, "tables": {}, "resources": {}, "handoff": {"values": {}}}


def _addressed(names: Names, resources: Mapping[str, Any], draft: Draft) -> Names:
    """With the addresses of the resources that a file can have; the others are listed."""
    addresses: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for logical, entry in resources.items():
        wanted = entry.get("Type") if isinstance(entry, dict) else None
        if KINDS.get(str(wanted)) in all_kinds():
            addresses[logical] = unique(address_of(logical), {*addresses.values()}, "-")
            kinds[logical] = KINDS[str(wanted)]
        elif wanted not in PARTS:
            draft.leave(f"Resources.{logical}", f"{wanted} is no resource of a file")
    return replace(names, addresses=addresses, kinds=kinds)


def _falls_away(value: str, when: str, draft: Draft) -> bool:
    """Whether the value names a resource with this condition: without that resource, the hand-off leaves it out."""
    resources: Mapping[str, Content] = draft.content["resources"]
    return any(each.get("when") == when and f"${{{address}." in value for address, each in resources.items())


def _outputs(outputs: Mapping[str, Any], names: Names, conditions: Conditions, draft: Draft) -> None:
    for label, entry in outputs.items():
        where = f"Outputs.{label}"
        try:
            if not isinstance(entry, dict):
                raise Unresolved("is no object")
            value = names.text(entry.get("Value"))
            if "Condition" in entry and not _falls_away(value, conditions.expression(str(entry["Condition"])), draft):
                raise Unresolved("has a Condition, which a value of the hand-off cannot have")
            draft.content["handoff"]["values"][label] = value
            draft.sources["handoff", "values", label] = where
        except Unresolved as error:
            draft.leave(where, str(error))
            continue
        if described := " ".join(str(entry.get("Description") or "").split()):
            step = f"{label}: {described}"
            if printable(step) == step and "${" not in step and "@{" not in step:
                draft.content["handoff"].setdefault("steps", []).append(step)
            else:
                draft.leave(f"{where}.Description", "has characters that a step cannot have")
        for odd in sorted(entry.keys() - {"Value", "Description", "Condition"}):
            draft.leave(f"{where}.{odd}", "has no counterpart here")
