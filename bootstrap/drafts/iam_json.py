"""A draft from policy documents: those of a trust go into the trust of one role, the others become its policies."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bootstrap.core.policy_text import placeholders as placeholders_in, texts
from bootstrap.drafts.cloudformation import empty
from bootstrap.drafts.conditions import Conditions
from bootstrap.drafts.content import Content, Draft
from bootstrap.drafts.names import Names, snake, unique
from bootstrap.drafts.parameters import inputs_of
from bootstrap.drafts.policies import NOT_STATED, Policies, names_accounts
from bootstrap.permissions.lint import kind_of

ROLE = "role"


def draft_of(documents: Sequence[tuple[str, Any]], name: str, vendor: str) -> Draft:
    """`documents` are with their places. A placeholder in them, such as <BUCKET>, becomes an input."""
    draft = Draft(empty(name, vendor, ""))
    placeholders, names = _inputs(documents, draft)
    policies = Policies(draft, Conditions({}, names))
    trust: list[Content] = []
    inline: dict[str, list[Content]] = {}
    for where, document in documents:
        content = _filled(document, placeholders)
        match kind_of(document):
            case "trust":
                found = policies.statements(content, where, ("resources", ROLE, "trust"), names, begun=len(trust))
                for each in found:
                    each["sid"] = unique(each["sid"], {other["sid"] for other in trust}, "")
                    trust.append(each)
            case "identity":
                called = unique(re.sub(r"[^\w+=,.@-]+", "-", where).strip("-")[:60] or name, inline, "-")
                place = ("resources", ROLE, "inline_policies", called)
                if found := policies.statements(content, where, place, names):
                    inline[called] = found
            case _:
                draft.leave(where, "is the policy of a resource, which the draft does not have")
    if not trust:
        trust = [_asked_for(draft)]
    role = {"type": "iam_role", "name": name, "trust": trust, **({"inline_policies": inline} if inline else {})}
    draft.content["resources"][ROLE] = role
    draft.content["handoff"]["values"]["Role ARN"] = f"${{{ROLE}.arn}}"
    draft.content["partition"] = next(iter(names_accounts(draft.content)), "")
    return draft


def _asked_for(draft: Draft) -> Content:
    """A trust of whom the user names."""
    draft.leave("the trust policy", "is not among the documents; the draft asks for the vendor's principal and external id")
    draft.content["inputs"] |= {
        "vendor_principal": {"type": "text", "help": "Let this role of the vendor in.", "check": "principal_arn"},
        "external_id": {
            "type": "text",
            "help": "Require the external id of the vendor.",
            "check": "external_id",
        },
    }
    return {
        "sid": "Vendor",
        "principals": {"AWS": ["${input.vendor_principal}"]},
        "actions": ["sts:AssumeRole"],
        "conditions": {"StringEquals": {"sts:ExternalId": "${input.external_id}"}},
        "why": NOT_STATED,
        "page": "",
    }


def _inputs(documents: Sequence[tuple[str, Any]], draft: Draft) -> tuple[Mapping[str, str], Names]:
    """An input for each placeholder, as a parameter of a template."""
    found = dict.fromkeys(each for _, document in documents for _, text in texts(document) for each in placeholders_in(text))
    parameters: dict[str, str] = {}
    for placeholder in found:
        parameters[placeholder] = unique(snake(placeholder), {*parameters.values()})
    names = inputs_of({word: {"Type": "String"} for word in parameters.values()}, draft)
    for placeholder, word in parameters.items():
        draft.content["inputs"][names.inputs[word]]["help"] = f"Set what the policies have as {placeholder}."
    return parameters, names


def _filled(value: Any, parameters: Mapping[str, str]) -> Any:
    """The document, with Fn::Sub for each text that has a placeholder."""
    match value:
        case str():
            filled = value
            for placeholder, word in parameters.items():
                filled = filled.replace(placeholder, f"${{{word}}}")
            return value if filled == value else {"Fn::Sub": filled}
        case list():
            return [_filled(each, parameters) for each in value]
        case dict():
            return {key: _filled(each, parameters) for key, each in value.items()}
    return value
