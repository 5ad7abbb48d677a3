"""The template of a fleet: what `export` writes for one account, if it means the same in each of them.

Source: CloudFormation user guide, cloudformation-limits (TemplateBody).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bootstrap.core.account import ANY, EXAMPLE, Account
from bootstrap.core.account_rows import HERE
from bootstrap.core.integration import Integration
from bootstrap.core.reference import references, resolve
from bootstrap.errors import UsageError, lines
from bootstrap.export.cloudformation import template as content_of
from bootstrap.export.exported import Exported, check_exportable, exported
from bootstrap.export.kinds import check_kinds
from bootstrap.export.parameters import Parameter
from bootstrap.export.symbols import filled, marker
from bootstrap.resources.cloudformation.stack_set import LONGEST_TEMPLATE

_REGION = marker("here", "region")
_ALONE = "Create it in each account with bootstrap, without --organizational-unit."


@dataclass(frozen=True)
class Template:
    """`text` is the JSON; `parameters` are the inputs that may differ by account, by their names, and `names` their names in
    the template; `texts` is what to hand over for one account, with `HERE` and the markers of parameters in it."""

    text: str
    exported: Exported
    names: dict[str, str]
    texts: dict[str, str]

    @property
    def parameters(self) -> dict[str, Parameter]:
        return {each.item.name: each for each in self.exported.parameters}

    def handed_over(self, account: Account, values: dict[str, str]) -> dict[str, str]:
        """`texts` with the values of the parameters, which are those of `values` or else the same everywhere."""
        known = {marker("input", name): values.get(name, each.value) for name, each in self.parameters.items()}
        found: dict[str, str] = filled(self.texts, {**known, _REGION: account.region})
        return found


def template(integration: Integration, account: Account) -> Template:
    """Raises UsageError, with the reason, for what cannot be made in many accounts."""
    check_account_free(integration)
    found = exported(integration, _stand_in(account))
    check_kinds(integration.name, found.nodes.values())
    if wrong := list(_bound(found)):
        raise UsageError(f"{integration.name} cannot be a fleet with these inputs", lines(*wrong, _ALONE))
    written = content_of(found)
    for each in written.get("Parameters", {}).values():
        del each["Default"]  # the StackSet has the values: another value is no other template
    text = json.dumps(written, separators=(",", ":"))
    if (size := len(text.encode())) > LONGEST_TEMPLATE:
        raise UsageError(
            f"the template has {size:,} bytes, and CloudFormation takes {LONGEST_TEMPLATE:,} of a StackSet in the call",
            "Name fewer things in the inputs, such as buckets; a template in S3 (TemplateURL) is not supported.",
        )
    names = dict(zip((each.item.name for each in found.parameters), written.get("Parameters", {}), strict=True))
    handoff = found.handoff
    texts = resolve({**handoff.values, **handoff.files}, found.graph.predicted_output)
    return Template(text, found, names, {label: value for label, value in texts.items() if not any(references(value))})


def _stand_in(account: Account) -> Account:
    """The account, or an example where AWS did not say which it is: the template has symbols in its place."""
    return replace(EXAMPLE, alias=account.alias) if account.id == ANY.id else account


def check_account_free(integration: Integration) -> None:
    """Raises UsageError for what reads the one account, or is made in several."""
    check_exportable(integration)
    if reads := sorted({each.action for found in integration.lookup_permissions.values() for each in found}):
        raise UsageError(
            f"{integration.name} looks something up in the account with these inputs ({', '.join(reads)}), and a fleet is "
            "the same in all accounts",
            lines("Give inputs that need no look-up, such as no existing bucket.", _ALONE),
        )


def _bound(found: Exported) -> Iterator[str]:
    """Why it is not the same, or would fail, in the other accounts."""
    for place in found.only_for:
        if place.startswith("account"):
            yield f"Something in it is made from the id of the {place}, in a way that a template cannot repeat."
    for _, resource in found.graph.existing:
        yield f"{resource.kind.replace('_', ' ')} {resource.label} would have to exist in each account."
    for node in found.nodes.values():
        resource = node.resource
        if resource.identifiers.globally_unique and HERE not in resource.label:
            yield f"{node.address}: all accounts of AWS share its name, so that only one can have {_spoken(resource.label)}."


def _spoken(label: str) -> str:
    return label if "@{" not in label else "the name that the inputs give"
