"""Single records of a state: forget some, or record what it does not know. What is in AWS stays as it is."""

from collections.abc import Callable, Sequence

from bootstrap.aws.session import Session, check_same_accounts
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.core.recovered import Recovered
from bootstrap.core.state import State
from bootstrap.discovery import recovery
from bootstrap.engine.prepare import stored_state
from bootstrap.errors import StateError
from bootstrap.operations import edited_state
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.run import holding


def forget(
    backend: Backend,
    addresses: Sequence[str],
    *,
    confirm: Callable[[State], bool] | None = None,
    accept_edited_state: bool = False,
    invocation: Invocation | None = None,
) -> State | None:
    """Removes records; destroy then leaves these resources alone. None where `confirm`, which gets the state, said no.

    Raises StateError for an unknown address, or one on which others depend.
    """
    with holding(backend, "state rm"):
        stored = stored_state(backend)
        remaining = stored.without(addresses)
        invocation = invocation or Invocation.of("state rm", stored.deployment)
        edited_state.check(stored, backend.where, invocation, asked=confirm is not None, accepted=accept_edited_state)
        if confirm and not confirm(stored):
            return None
        return backend.save(remaining)


def check_unrecorded(stored: State, address: str, flags: Sequence[str]) -> None:
    """Raises StateError if the address has a record."""
    if record := stored.records.get(address):
        has = ", ".join(record.outputs.values())
        remove = commands.bootstrap("state", "rm", arguments=[address], name=stored.deployment, flags=flags)
        raise StateError(
            f"{address} is recorded already: {record.kind} {has}", f"To record another one there, first run: {remove}"
        )


def import_record(
    session: Session,
    backend: Backend,
    integration: Integration,
    address: str,
    which: str = "",
    *,
    show: Callable[[Recovered], None] = lambda found: None,
    confirm: Callable[[State, Recovered], bool] | None = None,
    accept_edited_state: bool = False,
    invocation: Invocation | None = None,
) -> tuple[State, Recovered] | None:
    """Records a resource that carries the deployment's owner tags at this address; `which` is its id, name or ARN
    where there are several. None where `confirm` said no.

    Raises UnmanagedResource for a resource without these tags, StateError where the address has a record or nothing carries
    the tags.
    """
    with holding(backend, "state import"):
        stored = stored_state(backend)
        invocation = invocation or Invocation.of("state import", stored.deployment, session.flags)
        check_unrecorded(stored, address, session.flags)
        check_same_accounts(stored, session.accounts, backend.where)
        after, taken = recovery.import_resource(session, stored, integration, address, which)
        found = Recovered(stored.deployment, stored.lineage, taken)
        show(found)
        edited_state.check(stored, backend.where, invocation, asked=confirm is not None, accepted=accept_edited_state)
        if confirm and not confirm(stored, found):
            return None
        return backend.save(after), found
