"""A deployment whose runs are in cages, in an AWS that holds each call against the policies of its session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.contract.authorization_cage import Bars
from bootstrap.contract.vandalism import vandalise
from bootstrap.contract.wire import straight_on
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.events import Event, Failed
from bootstrap.core.integration import Integration
from bootstrap.engine import prepare
from bootstrap.operations import create, destroy
from bootstrap.operations.callbacks import Silent
from bootstrap.permissions.cage import Cage
from tests.conftest import FAST, MakeScope
from tests.support.deployments import Deployment
from tests.support.inputs import WAYS
from tests.support.wire import Wire

ENTRANCE = f"arn:aws:iam::{EXAMPLE.id}:role/OrganizationAccountAccessRole"
SMALL = "upsolver-vpc"


@contextmanager
def role_assumed() -> Iterator[Aws]:
    """Whoever runs it has assumed a role: these credentials are temporary, and renewed by themselves."""
    found = Aws({DEFAULT: Login(region="us-east-1", role_arn=ENTRANCE)}, FAST)
    yield found
    found.close()


class Shown(Silent):
    """Keeps the cages, and what failed."""

    def __init__(self) -> None:
        self.cages: list[Cage] = []
        self.failed: list[Failed] = []

    def cage(self, found: Cage) -> None:
        self.cages.append(found)

    def event(self, event: Event) -> None:
        self.failed += [event] if isinstance(event, Failed) else []


class Life:
    """One deployment, all of whose runs are in cages. `bars` tell what came of each call."""

    def __init__(self, way: str | Integration, scope: MakeScope, aws: Aws, cloud: Wire, folder: Path) -> None:
        self.wanted = WAYS[way] if isinstance(way, str) else way
        self.deployment = Deployment(self.wanted, replace(scope(), aws=aws), folder)
        self.bars = Bars(self.wanted.path)
        cloud.between = self.bars

    def create(self, **how: Any) -> None:
        here = self.deployment
        create(here.session, here.backend, "test", self.wanted, cage=True, check_permissions=False, **how)

    def destroy(self, **how: Any) -> None:
        destroy(self.deployment.session, self.deployment.backend, cage=True, check_permissions=False, **how)

    @property
    def escaped(self) -> list[str]:
        """What the last run changed without a cage, and what its cage did not allow: nothing should be there."""
        assert self.bars.used
        return [*self.bars.outside, *map(str, self.bars.denied)]

    def drift(self, cloud: Wire) -> list[str]:
        """Others change each resource; gives what a repair has to do."""
        cloud.between, before = straight_on, cloud.between
        here = self.deployment
        for address, node in here.nodes().items():
            for change in list(vandalise(node, here.scope_of(node.account), here.outputs(address)))[:2]:
                try:
                    change()
                except ClientError:  # there is nothing to change, as a boundary of a role that has none
                    continue
        prepared = prepare.prepare_create(here.session, here.backend, "test", here.wanted, allowed=frozenset({"retag"}))
        cloud.between = before
        return [change.address for change in prepared.plan.work]

    def store(self, cloud: Wire) -> None:
        """Somebody puts data into the buckets."""
        cloud.between, before = straight_on, cloud.between
        for node in self.deployment.nodes().values():
            if node.resource.kind == "s3_bucket":
                s3 = self.deployment.scope_of(node.account).client("s3")
                s3.put_object(Bucket=node.resource.label, Key="data", Body=b"x")
        cloud.between = before
