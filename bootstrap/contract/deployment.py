"""A whole deployment in the AWS that moto plays, as the command line would run it."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bootstrap.aws.client import Aws
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session
from bootstrap.backends.file import FileBackend
from bootstrap.contract.broken import expect, expect_none
from bootstrap.contract.documents import allow, trust
from bootstrap.core.account import DEFAULT
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration
from bootstrap.core.live import Outputs
from bootstrap.core.owner import Owner
from bootstrap.engine import graphs, prepare
from bootstrap.integrations.existing.buckets import Use
from bootstrap.resources.iam.role import IamRole

OTHER_ACCOUNT = "210987654321"


@runtime_checkable
class UsesPlaces(Protocol):
    """An integration that looks at existing buckets instead of naming them as existing: those of its last account, and those
    of other owners."""

    @property
    def uses(self) -> tuple[Use, ...]: ...

    @property
    def named_owners(self) -> Mapping[str, str]: ...


class Deployment:
    """One deployment in the AWS of the test, as the command line would run it."""

    def __init__(
        self,
        wanted: Integration,
        scope: Scope,
        folder: Path,
        *,
        name: str = "test",
        later: Callable[[], None] = lambda: None,
    ) -> None:
        """`later` lets time pass after what the user brings was made."""
        self.name = name
        aws = aws_of(wanted, scope)
        self.scope = scope
        self.session = Session(aws, aws.identities(["iam", "s3"]))
        self.bring(wanted, later)
        later()
        self.wanted = graphs.resolve_lookups(self.session, wanted)
        self.backend = FileBackend(folder / f"{name}.json")

    def bring(self, wanted: Integration, later: Callable[[], None] = lambda: None) -> None:
        """Makes what the inputs name as there already, where it is not."""
        graph, _ = graphs.draft_graph(wanted, self.session.accounts.values())
        for alias, resource in graph.existing:
            if resource.kind == "s3_bucket":
                self.bring_buckets(alias, [resource.label], later)
            elif resource.read(self.scope_of(alias), {}) is not None:
                continue
            elif isinstance(resource, IamRole):  # its trust is not known
                self.scope_of(alias).client("iam").create_role(
                    RoleName=resource.name, Path=resource.path, AssumeRolePolicyDocument=json.dumps(trust())
                )
            else:
                resource.create(replace(self.scope_of(alias), owner=Owner("theirs", resource.kind, "0" * 16)))
        if isinstance(wanted, UsesPlaces):
            named = wanted.named_owners
            for name, owner in named.items():
                bucket_of_others(in_account(self.scope, owner), name, later)
            self.bring_buckets(
                [*self.session.accounts][-1], [use.name for use in wanted.uses if use.name not in named], later
            )

    def bring_buckets(self, alias: str, names: Iterable[str], later: Callable[[], None]) -> None:
        scope = self.scope_of(alias)
        there = {item["Name"] for item in scope.client("s3").list_buckets()["Buckets"]}
        for name in sorted({*names} - there):
            with suppress(scope.client("s3").exceptions.BucketAlreadyExists):  # another account of ours has it
                bucket_of_others(scope, name, later)

    def scope_of(self, alias: str) -> Scope:
        """What a resource in that account is given."""
        return replace(self.scope, aws=self.session.aws, account=self.session.accounts[alias])

    def create(self, *flags: str) -> list[str]:
        """Returns the addresses that were worked on."""
        allowed = frozenset(flags)
        return self._run(prepare.prepare_create(self.session, self.backend, self.name, self.wanted, allowed=allowed))

    def destroy(self, *flags: str) -> list[str]:
        return self._run(prepare.prepare_destroy(self.session, self.backend, allowed=frozenset(flags)))

    def nodes(self) -> dict[str, Node]:
        """The graph, with what it refers to filled in as far as it is known."""
        graph = Graph(self.session.accounts.values())
        self.wanted.build(graph)
        state = self.backend.load()
        lookup = state.output if state else graph.predicted_output
        return {
            address: Node(address, node.resource.resolved(lookup), node.account, node.depends_on)
            for address, node in graph.nodes.items()
        }

    def outputs(self, address: str) -> Outputs:
        state = self.backend.load()
        assert state is not None
        return state.records[address].outputs

    def _run(self, prepared: prepare.Prepared) -> list[str]:
        report = prepare.apply(prepared, self.backend, lambda event: None)
        expect_none(f"{item.change.address}: {item.error}" for item in report.outcome.failed)
        expect(report.outcome.complete, "the run stopped before it was done")
        return [change.address for change in prepared.plan.work]


def aws_of(wanted: Integration, scope: Scope) -> Aws:
    """The connection to all accounts that it is about; the first is the one of the scope."""
    first, *others = wanted.sign_ins
    if not others and first == DEFAULT:
        return scope.aws
    login = replace(next(iter(scope.aws.logins.values())), region=scope.account.region)
    entrance = f"arn:{scope.account.partition}:iam::{OTHER_ACCOUNT}:role/OrganizationAccountAccessRole"
    return Aws({first: login, **{alias: replace(login, role_arn=entrance) for alias in others}}, scope.aws.timing)


def in_account(scope: Scope, number: str) -> Scope:
    """The scope in another account, through the role with which an organization enters it."""
    [login] = {replace(each, role_arn=None) for each in scope.aws.logins.values()}
    entrance = f"arn:{scope.account.partition}:iam::{number}:role/OrganizationAccountAccessRole"
    aws = Aws({DEFAULT: replace(login, region=scope.account.region, role_arn=entrance)}, scope.aws.timing)
    return replace(scope, aws=aws, account=replace(scope.account, alias=DEFAULT, id=number))


def bucket_of_others(here: Scope, name: str, later: Callable[[], None] = lambda: None) -> None:
    s3, bucket, region = here.client("s3"), {"Bucket": name}, here.account.region
    where: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
    s3.create_bucket(**bucket, **where)
    later()
    s3.put_bucket_tagging(**bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    later()
    theirs = json.dumps({**allow("s3:GetObject"), "Id": "theirs"}, separators=(",", ":"))  # as S3 gives it back
    s3.put_bucket_policy(**bucket, Policy=theirs)
    s3.put_object(**bucket, Key="precious", Body=b"x")
