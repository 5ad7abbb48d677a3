"""Take over resources that exist: made by hand, by Terraform or by a stack."""

import uuid
from collections.abc import Mapping
from itertools import chain, repeat

from bootstrap.aws.session import Session
from bootstrap.checks.simulation import looking
from bootstrap.core.backend import Backend
from bootstrap.core.integration import Integration
from bootstrap.discovery import adoption
from bootstrap.discovery.named_resources import parse_named as parse_named
from bootstrap.engine.graphs import resolve_lookups
from bootstrap.engine.prepare import Prepared
from bootstrap.operations.callbacks import SILENT, Confirm, Interruptible, Show, uninterruptible
from bootstrap.operations.create import Created
from bootstrap.operations.invocation import Invocation
from bootstrap.operations.run import agreed, holding, review, run_plan
from bootstrap.operations.state_location import check_state_location, moving


def adopt(
    session: Session,
    backend: Backend,
    deployment: str,
    integration: Integration,
    *,
    named: Mapping[str, str] | None = None,
    from_stack: bool = False,
    only_plan: bool = False,
    confirm: Confirm | None = None,
    check_permissions: bool = True,
    accept_edited_state: bool = False,
    show: Show = SILENT,
    invocation: Invocation | None = None,
    interruptible: Interruptible = uninterruptible,
) -> Created | None:
    """Gives what exists the owner tags, and records it. Changes nothing else. None if `confirm` said no, or with
    `only_plan`, which shows the plan.

    `named` has names, ids or ARNs by address; with `from_stack`, it also takes what a CloudFormation stack manages. Raises
    PlanRefused for what belongs to another deployment or is not what the inputs describe, StateError if nothing exists.
    """
    invocation = invocation or Invocation.of("adopt", deployment, session.flags, integration=integration.word())
    first = looking(session, simulating=check_permissions)
    named = named or {}
    with holding(backend, f"adopt {deployment}"):
        wanted = adoption.with_values_of(first, integration, resolve_lookups(first, integration), named)
        asked = adoption.Asked(wanted, named, from_stack, uuid.uuid4().hex[:16])
        sessions = chain([first], repeat(session))

        def propose() -> Prepared:
            found = adoption.prepare_adopt(next(sessions), backend, deployment, asked)
            check_state_location(backend.where, found.state, moving(deployment, invocation.state_flags), found.plan)
            return found

        def check(prepared: Prepared) -> None:
            review(
                prepared,
                backend.where,
                show,
                invocation,
                asked=confirm is not None,
                accept_edited_state=accept_edited_state or only_plan,
                check_permissions=check_permissions,
            )

        if only_plan:
            prepared = propose()
            check(prepared)
            prepared.plan.check_feasible()
            return None
        agreed_on = agreed(propose, check, confirm)
        if agreed_on is None:
            return None
        return Created(agreed_on, run_plan(agreed_on, backend, show, invocation, interruptible))
