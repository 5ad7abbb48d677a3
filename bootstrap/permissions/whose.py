"""Whose the accounts and external ids in a trust are: which page proves it, or who chose them. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bootstrap.core.entrant import Entrant
from bootstrap.core.input import EXTERNAL_ID, Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.pending import pending
from bootstrap.core.policy import as_list
from bootstrap.core.resource import plain

_ACCOUNT = re.compile(r"(?:^|arn:[^:]+:iam::)([0-9]{12})(?=:|$)")


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
    """The accounts that inputs name, each with the option, but for those that a page proves to be the vendor's."""
    found = {account: item.flag for item, value in _texts(chosen) for account in _ACCOUNT.findall(value)}
    return {account: flag for account, flag in found.items() if account not in chosen.vendor_accounts}


def named_by_inputs(chosen: Integration, entrants: Iterable[Entrant]) -> Iterator[Entrant]:
    """The entrants, without the vendor's name at accounts of which only an input says that they are the vendor's."""
    named = chosen_accounts(chosen)
    for each in entrants:
        yield replace(each, who="", named_by=named[each.account]) if each.account in named else each


def names_whole_account(chosen: Integration, entrant: Entrant) -> bool:
    """Whether an input, and no page, lets in everybody of an account."""
    is_whole = entrant.principal.endswith(":root") and not entrant.limits
    return is_whole and bool(entrant.named_by) and any(entrant.principal in value for _, value in _texts(chosen))


def _texts(chosen: Integration) -> Iterator[tuple[Input, str]]:
    for item in inputs_of(type(chosen)):
        yield from ((item, value) for value in as_list(plain(getattr(chosen, item.name))) if isinstance(value, str))


def external_id(chosen: Integration, *, recorded: bool) -> ExternalId | None:
    item = next((each for each in inputs_of(type(chosen)) if each.name == EXTERNAL_ID), None)
    if item is None:
        return None
    value = chosen.current_external_id
    is_real = (recorded or EXTERNAL_ID in chosen.given) and not pending(value)
    return ExternalId(value if is_real else "", item.generated)
