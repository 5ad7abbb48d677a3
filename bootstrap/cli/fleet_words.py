"""Words of a command line that make a fleet of the integration that it names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bootstrap.core.commands import option_value
from bootstrap.core.source import FLEET

if TYPE_CHECKING:
    from bootstrap.core.integration import Integration

_OF_FLEETS = ("organizational_unit", "admin_role", "execution_role")
"""The inputs that say where the accounts are: no fleet does without them."""


def as_meant(integration: "type[Integration]", words: Sequence[str]) -> "type[Integration]":
    """The integration, or the fleet of it if the words have an option that it lacks and that says where the accounts are.
    Raises UsageError for one that cannot be a fleet."""
    named = [name for name in _OF_FLEETS if option_value("--" + name.replace("_", "-"), words) is not None]
    if not named or integration.name.endswith(FLEET):
        return integration
    from bootstrap.core.integration import inputs_of
    from bootstrap.fleet.integration import fleet_of

    own = {item.name for item in inputs_of(integration)}
    return integration if own.issuperset(named) else fleet_of(integration)


def word_of(integration: "type[Integration] | None", word: str | None) -> str | None:
    """The word that names the integration, where the user has named what it is a fleet of."""
    is_fleet = integration is not None and word is not None and integration.word() == word + FLEET
    return f"{word}{FLEET}" if is_fleet else word


def flags_of_fleets() -> set[str]:
    """The options that only a fleet has."""
    from bootstrap.core.integration import Integration, inputs_of
    from bootstrap.fleet.inputs import FleetInputs

    return {item.flag for item in inputs_of(FleetInputs)} - {item.flag for item in inputs_of(Integration)}
