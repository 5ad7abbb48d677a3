"""Rebuild a lost state from what AWS has."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from bootstrap.aws.session import Session
from bootstrap.core import commands
from bootstrap.core.backend import Backend
from bootstrap.core.deployment_name import check_deployment_name
from bootstrap.core.input import EXTERNAL_ID, LATER, PREVIOUS
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.recovered import Contradicted, Recovered
from bootstrap.core.state import State
from bootstrap.discovery import recovery
from bootstrap.errors import StateError, UsageError, lines
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.run import holding
from bootstrap.operations.state_location import check_state_location


def check_lost(backend: Backend) -> None:
    """Raises StateError if there is a state, because it would be replaced."""
    if stored := backend.load():
        raise StateError(
            f"{backend.where} already has {len(stored.records)} records of {stored.deployment}; nothing was recorded",
            "Use it as it is. To rebuild it anyway, move it away first.",
        )


def recover(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    lineage: str | None = None,
    keep_inputs: bool = False,
    confirm: Callable[[Recovered, State], bool] | None = None,
    invocation: Invocation | None = None,
) -> State | None:
    """Records what AWS has of the deployment, by owner tags, names and ids. Changes nothing in AWS. None where `confirm`,
    which gets what was found, said no.

    `lineage` says which lost state is meant, where several had this name. Raises StateError where there is a state, and
    UsageError for inputs with which the next create would lock out whom the roles let in now, or with which resources would
    have other names than they have, unless `keep_inputs`.
    """
    invocation = invocation or Invocation.of("recover", deployment, session.flags, integration=integration.word())
    with holding(backend, f"recover {deployment}"):
        check_lost(backend)
        check_deployment_name(None, deployment, backend.where)
        rebuilt = recovery.rebuild(session, deployment, integration, lineage)
        if rebuilt.found.contradicted and not keep_inputs:
            raise _contradiction(integration, rebuilt.found.contradicted, invocation)
        if (flags := rebuilt.found.omitted) and not keep_inputs:
            raise UsageError(
                f"AWS has what {' and '.join(flags)} leave{'' if flags[1:] else 's'}, and these inputs grant more; "
                "nothing was recorded",
                lines(
                    f"To record what AWS has, run: {invocation.again(flags)}",
                    "To record your inputs all the same, add --keep-inputs.",
                ),
            )
        check_state_location(backend.where, rebuilt.state, "Nothing was recorded. Name another place with --state.")
        if confirm and not confirm(rebuilt.found, rebuilt.state):
            return None
        return backend.save(rebuilt.state)


def _contradiction(integration: Integration, contradicted: Sequence[Contradicted], invocation: Invocation) -> UsageError:
    """What AWS has in place of these inputs, and the command that records that."""
    known = {item.name: item for item in inputs_of(type(integration))}
    fixed = [each for each in contradicted if each.fixed]
    trusts = len(fixed) < len(contradicted)
    says, values = [], dict[str, str]()
    for each in contradicted:
        only = "only " if {*each.given} & {*each.found} else ""
        given = f", not {only}{' and '.join(each.given)}" if each.given else ", and these inputs would lock the role"
        where = f"as {each.fixed.replace('_', ' ')} of {each.address}" if each.fixed else f"in the trust of {each.address}"
        about = f"{known[each.name].flag}: " if each.name else ""
        says.append(f"{about}AWS has {' and '.join(each.found)} {where}{given}")
        if not each.name:
            continue
        names = (EXTERNAL_ID, PREVIOUS) if each.name == EXTERNAL_ID and PREVIOUS in known else (each.name,)
        if len(each.found) <= len(names):
            with suppress(UsageError):  # somebody put there what cannot be an input
                for value in each.found:
                    known[each.name].checked(value)
                values |= dict(zip(names, [*each.found, *[""] * (len(each.given) - len(each.found))], strict=False))
    way = invocation.instead(values) if invocation.instead and values else ""
    if integration.external_id_later and EXTERNAL_ID in values:
        later = known[LATER].flag
        way = f"omit {later} and add: {commands.quoted(*known[EXTERNAL_ID].words(values[EXTERNAL_ID]))}"
    return UsageError(
        f"{'; '.join(says)}; nothing was recorded",
        lines(
            *(["With these inputs, the next create would lock out whoever gets in now."] if trusts else ()),
            *(["Give the inputs with which it was created: create cannot change that of what exists."] if fixed else ()),
            f"To record what AWS has, {way}" if way else "",
            *(
                ["If AWS has the wrong one, add --keep-inputs: the next create then puts yours in its place."]
                if trusts
                else ()
            ),
            *(["To record your inputs all the same, add --keep-inputs."] if fixed and not trusts else ()),
        ),
    )
