"""An integration from what the user gave, once all of it is verified. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from bootstrap.core import commands
from bootstrap.core.input import EXTERNAL_ID, PREVIOUS, Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.near import did_you_mean
from bootstrap.core.pending import later_hint, later_inputs, marker, missing_until_later
from bootstrap.errors import InputsMissing, UsageError, all_of


def checked(integration: type[Integration], given: Mapping[str, Any], now: Collection[str] = ()) -> dict[str, Any]:
    """The inputs, trimmed and verified. Raises UsageError, with everything that is wrong, for unknown or invalid inputs, and
    for examples of values among those of `now`, which this run gives."""
    known = {item.name: item for item in inputs_of(integration)}
    wrong = []
    if unknown := sorted(set(given) - set(known)):
        near = "".join(did_you_mean(name, known) for name in unknown)
        see = commands.bootstrap("integrations", integration.word())
        what = f"{integration.name} has no input {', '.join(unknown)}"
        wrong.append(UsageError(what, f"{near}It has: {', '.join(sorted(known))}. Run: {see}"))
    found = {}
    for name in known.keys() & {name for name, value in given.items() if value is not None}:
        try:
            found[name] = known[name].given(given[name]) if name in now else known[name].checked(given[name])
        except UsageError as error:
            wrong.append(error)
    if wrong:
        raise all_of(wrong, "inputs are wrong")
    return {name: found[name] for name in given if name in found}


def from_inputs(
    integration: type[Integration], given: Mapping[str, Any], wishes: Collection[str] | None = None
) -> Integration:
    """The integration with checked inputs. `wishes` names those that the user gave; None means all. Raises UsageError for an
    unknown, missing or invalid input."""
    known = {item.name: item for item in inputs_of(integration)}
    values = checked(integration, given)
    if contradiction := integration.contradiction(values, ()):
        raise contradiction
    later = missing_until_later(known, integration.required(values), values, may_be_later(integration))
    if missing := [name for name in integration.required(values) if not values.get(name) and name not in later]:
        ways = [_ways(integration, name, known) for name in missing]
        between = ", and " if any(" or " in each for each in ways) else ", "
        raise InputsMissing(
            f"{integration.name} needs {between.join(ways)}",
            later_hint(known, missing, integration.vendor),
            integration.word(),
            commands.bootstrap("create", integration=integration.word(), flags=["--help"]),
        )
    previous = values.get(PREVIOUS)
    if previous and values.get(EXTERNAL_ID, "" if known[EXTERNAL_ID].generated else None) in (None, previous):
        raise UsageError(f"{known[PREVIOUS].flag} is not replaced: --external-id does not name another one", "Omit it.")
    values |= {name: marker(name) for name in later}
    return integration(**values, given=frozenset(values.keys() - later if wishes is None else wishes))


def may_be_later(integration: type[Integration]) -> set[str]:
    """The inputs that a create can do without at first."""
    return later_inputs(inputs_of(integration), integration.alternatives)


def lasting(integration: type[Integration]) -> set[str]:
    """The inputs that stay as the last run had them, also where an inputs file is the whole truth: what bootstrap generated,
    and what the vendor showed after the file was written. Without them, the role would be locked again."""
    kept = {item.name for item in inputs_of(integration) if item.generated or item.name == PREVIOUS}
    return kept | may_be_later(integration)


def _ways(integration: type[Integration], name: str, known: Mapping[str, Input]) -> str:
    """The input's flag, with the flags that can replace it: "--bucket or --existing-bucket"."""
    alone = [[way[0] for way in choice.ways.values() if len(way) == 1] for choice in integration.alternatives]
    return " or ".join(known[way].flag for way in next((names for names in alone if name in names), [name]))
