"""Which AWS services an operation needs clients for."""

from bootstrap.core.integration import Integration
from bootstrap.core.state import State
from bootstrap.discovery.search import TAGGING
from bootstrap.engine.graphs import services_of
from bootstrap.resources import resource_kind


def needed_services(integration: Integration | None, stored: State | None, *, searches: bool = False) -> set[str]:
    """Those of the integration's resources and of the recorded ones; with `searches` and without an integration, also those
    to delete them. The index of tags is searched with `searches`, and also says which tags an integration's resources need.

    Raises PlanRefused for what AWS would refuse, so far as that is known without the account.
    """
    kinds = {record.kind for record in stored.records.values()} if stored and searches and not integration else set()
    deleting = {service for kind in kinds for service in resource_kind(kind).deletion.services}
    return services_of(integration, stored) | deleting | ({TAGGING} if searches or integration else set())
