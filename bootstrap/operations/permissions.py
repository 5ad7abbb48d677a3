"""The IAM permissions that the operator needs for a deployment: declared by its resources, and nothing else."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from bootstrap.aws.session import Session
from bootstrap.backends.address import S3Address
from bootstrap.core import validators
from bootstrap.core.account import ANY, EXAMPLE, HOMES, Account, SignIn
from bootstrap.core.graph import Node
from bootstrap.core.integration import Integration
from bootstrap.core.partitions import check_inputs, check_vendor, partition_of
from bootstrap.core.state import State
from bootstrap.engine.graphs import build_graph
from bootstrap.errors import BootstrapError, PlanRefused, UsageError
from bootstrap.permissions.cage import exchange_needs
from bootstrap.permissions.caller import is_principal
from bootstrap.permissions.operator import Need, Verb as Verb, check_needs, needs_of_integration, needs_of_nodes, of_verb
from bootstrap.permissions.operator_policy import named as named, policies as policies
from bootstrap.resources import restore


@dataclass(frozen=True)
class Permissions:
    """The accounts by alias, with `*` for each part that is not known, and what the operator needs in them."""

    accounts: Mapping[str, Account]
    needs: list[Need]


def permissions(
    integration: Integration,
    deployment: str,
    verb: Verb,
    sign_in: Callable[[], AbstractContextManager[Session]],
    *,
    stored: State | None = None,
    region: str | None = None,
    operator: str | None = None,
    address: S3Address | None = None,
    cage: bool = False,
    note: Callable[[str], None] = lambda text: None,
) -> Permissions:
    """What the operator needs for the verb.

    `sign_in` may fail: then accounts and callers are patterns, and a note says so. `operator` is the ARN of another user or
    role that will run it; `address` is the place of a state in S3; `cage` says that it runs in a cage. Raises UsageError,
    and PlanRefused for what create would refuse.
    """
    accounts, callers = _accounts_and_callers(integration, sign_in, stored, region, operator, note)
    if not stored or verb not in ("status", "destroy"):  # what exists can be deleted, whatever its inputs were
        check_vendor(type(integration), accounts.values())
        _check_offline(integration, accounts.values())
    needs = needs_for(integration, accounts, callers, stored, deployment, verb)
    if cage:
        needs += of_verb(exchange_needs(accounts), verb)
    if address:  # `outputs`, which shows the hand-off, reads the state
        needs += of_verb(address.needs(next(iter(accounts.values()))), "status" if verb == "handoff" else verb)
    return Permissions(accounts, needs)


def administrator_accounts(
    integration: Integration, accounts: Mapping[str, Account], profile: str | None, endpoint: str | None
) -> dict[str, Account]:
    """The accounts as an administrator signs in to them: by a profile where one is known, never by a role that bootstrap
    assumes."""
    found = {}
    for alias, account in accounts.items():
        way = integration.sign_ins[alias]
        region = "" if account.region == "*" else account.region
        own = SignIn(profile=None if way.role_arn else profile or way.profile)
        found[alias] = replace(account, region=region, sign_in=own, endpoint=endpoint)
    return found


def _accounts_and_callers(
    integration: Integration,
    sign_in: Callable[[], AbstractContextManager[Session]],
    stored: State | None,
    given_region: str | None,
    operator: str | None,
    note: Callable[[str], None],
) -> tuple[Mapping[str, Account], dict[str, str]]:
    """The accounts, from the state or STS, else patterns; and the ARNs of who will run it in them, where they are known."""
    try:
        region = validators.region(given_region) if given_region else None
        pattern = replace(ANY, region=region, partition=partition_of(region)) if region else ANY
    except ValueError as error:  # it becomes a part of ARNs, also where AWS is not asked
        raise UsageError(f"--region: {error}") from error
    sign_ins = integration.sign_ins
    callers = {alias: way.role_arn for alias, way in sign_ins.items() if way.role_arn}
    first = next(iter(sign_ins))
    if operator is not None:
        if not is_principal(operator):
            example = "arn:aws:iam::123456789012:role/ci"
            raise UsageError(f"--operator: {operator} is not the ARN of a user or a role", f"Name one, as {example}.")
        callers[first] = operator
    recorded = stored.accounts if stored and set(stored.accounts) == set(sign_ins) else None
    try:
        with sign_in() as session:
            accounts = recorded or session.accounts
            own = {alias: each.arn for alias, each in session.identities.items() if each.account.id == accounts[alias].id}
    except BootstrapError as error:
        unknown = "The account is a pattern" if region else "Account and region are patterns"
        what = "The operator is a pattern" if recorded else unknown
        note(f"{what}, because AWS did not say who you are: {error.message}")
        accounts, own = recorded or {alias: replace(pattern, alias=alias) for alias in sign_ins}, {}
    if operator and accounts[first].id not in ("*", operator.split(":")[4]):
        advice = "Name a user or role of that account."
        raise UsageError(f"--operator: {operator} does not belong to account {accounts[first].id}", advice)
    return accounts, own | callers


def _check_offline(integration: Integration, accounts: Iterable[Account]) -> None:
    """Raises PlanRefused for what create would refuse without asking AWS. Where the partition is not known, that is what
    every partition refuses."""
    parts = [{name: part for name, part in vars(account).items() if part != "*"} for account in accounts]
    refused = list[PlanRefused]()
    for partition, region in HOMES.items():
        possible = [replace(EXAMPLE, **{"partition": partition, "region": region, **known}) for known in parts]
        try:
            check_inputs(integration, possible)
            build_graph(integration, possible)
        except PlanRefused as error:
            refused.append(error)
        else:
            return
    raise refused[0]


def needs_for(
    integration: Integration,
    accounts: Mapping[str, Account],
    callers: Mapping[str, str],
    stored: State | None,
    deployment: str,
    verb: Verb,
) -> list[Need]:
    """What the inputs take and, where the accounts are the same, what the recorded resources take."""
    needs = of_verb([*needs_of_integration(integration, accounts, deployment), *check_needs(accounts, callers)], verb)
    if stored is None or set(stored.accounts) != set(accounts):
        return needs
    nodes = [Node(each.address, restore(each), each.account, ()) for each in stored.records.values()]
    # Status and destroy work on the recorded resources; what create makes in their place has other ids.
    only_recorded = verb in ("status", "destroy")
    ids = stored.output if only_recorded else lambda *_: None
    of_records = needs_of_nodes(nodes, accounts, deployment, stored.output, ids)
    recorded = of_verb(of_records, "destroy" if verb == "create" else verb)
    if only_recorded:
        return [need for need in needs if not need.address or need.on == "find"] + recorded
    if verb == "create":  # also deletes what the inputs no longer ask for
        kept = {need.address for need in needs}
        return needs + [need for need in recorded if need.address not in kept and need.on != "find"]
    return needs + recorded
