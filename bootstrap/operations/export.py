"""What create would make, as a document of another tool. AWS is asked only for what create looks up before it plans."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from bootstrap.aws.session import Session, check_same_accounts
from bootstrap.core import commands, validators
from bootstrap.core.account import Account
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.partitions import check_inputs, check_vendor, partition_of, stand_ins
from bootstrap.core.state import State
from bootstrap.engine.graphs import build_graph, resolve_lookups
from bootstrap.errors import UsageError, lines
from bootstrap.export import FORMATS, TAKE_OVER
from bootstrap.export.cloudformation import about_sizes
from bootstrap.export.exported import check_exportable, exported, given_words
from bootstrap.export.kinds import check_kinds
from bootstrap.export.recorded import check_recorded, nothing_recorded as nothing_recorded
from bootstrap.fleet.integration import Fleet


def export(
    integration: Integration,
    format: str,
    sign_in: Callable[[], AbstractContextManager[Session]],
    *,
    stored: State | None = None,
    region: str | None = None,
) -> Mapping[str, str]:
    """The texts of the files, by their names. `stored` is the state of a deployment that exists: where the format can, the
    files take it over. Raises UsageError for what the format cannot express, and PlanRefused for what AWS would refuse."""
    if isinstance(integration, Fleet):
        raise _is_a_fleet(integration, format)
    check_exportable(integration)
    if stored and region:
        named = {alias: replace(each, region=region) for alias, each in stored.accounts.items()}
        check_same_accounts(stored, named, f"deployment {stored.deployment}")
    [account] = stand_ins(integration)
    graph, _ = build_graph(integration, [account])
    check_kinds(integration.name, graph.nodes.values())
    looks_up = any(integration.lookup_permissions.values())
    integration, account = _looked_up(integration, account, sign_in if looks_up else None, stored, region)
    check_vendor(type(integration), [account])
    check_inputs(integration, [account])
    build_graph(integration, [account])
    found = exported(integration, account, stored)
    if found.only_for.keys() - {"partition"} and not (looks_up or stored):  # then the real account has to be known
        integration, account = _looked_up(integration, account, sign_in, stored, region)
        found = exported(integration, account, stored)
    if stored and stored.records and format == "terraform":
        check_recorded(found)
    return FORMATS[format](found)


def _is_a_fleet(fleet: Fleet, format: str) -> UsageError:
    """With the command that exports what each account has."""
    one = fleet.inner
    again = commands.bootstrap("export", integration=one.word(), format=format, flags=given_words(one))
    files = [item.flag for item in inputs_of(type(one)) if item.file and getattr(one, item.name)]
    return UsageError(
        f"{fleet.name} is a StackSet, and the other tools have no form for the stacks that it brings into accounts",
        lines(
            f"What one account gets is exported by: {again}",
            f"Add the files of these options to it: {', '.join(files)}" if files else "",
        ),
    )


def remarks(format: str, files: Mapping[str, str], stored: State | None, flags: Sequence[str]) -> Iterator[str]:
    """What whoever exports should know about these files."""
    if stored and stored.records and format in TAKE_OVER:
        see = commands.bootstrap("status", name=stored.deployment, flags=flags)
        yield f"Note: the other tool sets back what was changed in AWS, which is not asked here. To see it, run: {see}"
    if format.startswith("cloudformation"):
        yield from about_sizes(files)


def _looked_up(
    integration: Integration,
    stand_in: Account,
    sign_in: Callable[[], AbstractContextManager[Session]] | None,
    stored: State | None,
    region: str | None,
) -> tuple[Integration, Account]:
    """The integration as create would have it, and the account: the stand-in, or the one that is signed in to."""
    if sign_in:
        with sign_in() as session:
            [account] = session.accounts.values()
            return resolve_lookups(session, integration), account
    [account] = stored.accounts.values() if stored else [stand_in]
    if region and not stored:
        try:
            account = replace(account, region=validators.region(region), partition=partition_of(region))
        except ValueError as error:
            raise UsageError(f"--region: {error}") from error
    return integration.resolve_lookups({account.alias: account}, _nobody), account


def _nobody(*queries: Any, **options: Any) -> list[Any]:
    """Answers no query: there is none without lookup_permissions."""
    assert not queries, "an integration asks without lookup_permissions"
    return []
