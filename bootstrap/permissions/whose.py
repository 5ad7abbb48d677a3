"""Whose the accounts and external ids in a trust are: which page proves it, or who chose them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bootstrap.core.entrant import Entrant
from bootstrap.core.input import EXTERNAL_ID
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.pending import pending
from bootstrap.core.policy import as_list
from bootstrap.core.resource import plain

_ACCOUNT = re.compile(r"arn:[^:]+:iam::([0-9]{12}):")


@dataclass(frozen=True)
class ExternalId:
    """Whose it is: `generated` by bootstrap, or else shown by the vendor. `value` is "" while nobody gave one."""

    value: str
    generated: bool


def with_proof(chosen: Integration, each: Entrant) -> Entrant:
    """The entrant with the page that proves whose account it is, if the integration has one."""
    page = chosen.vendor_accounts.get(each.account)
    return replace(each, who=each.who or chosen.vendor, source=page) if page else each


def chosen_accounts(chosen: Integration) -> Mapping[str, str]:
    """The accounts that inputs name, each with the option: no page says whose they are."""
    found = dict[str, str]()
    for item in inputs_of(type(chosen)):
        for value in as_list(plain(getattr(chosen, item.name))):
            found |= dict.fromkeys(_ACCOUNT.findall(value) if isinstance(value, str) else [], item.flag)
    return found


def external_id(chosen: Integration, *, recorded: bool) -> ExternalId | None:
    item = next((each for each in inputs_of(type(chosen)) if each.name == EXTERNAL_ID), None)
    if item is None:
        return None
    value = chosen.current_external_id
    is_real = (recorded or EXTERNAL_ID in chosen.given) and not pending(value)
    return ExternalId(value if is_real else "", item.generated)
