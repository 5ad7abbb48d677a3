"""The fleet of an integration: loaded only where one is asked for, as it takes what writes templates."""

from bootstrap.core.integration import Integration
from bootstrap.fleet.integration import fleet_of


def in_many_accounts(integration: type[Integration]) -> type[Integration]:
    """Raises UsageError for one that cannot be a fleet."""
    return fleet_of(integration)
