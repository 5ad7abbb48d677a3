"""The life of one deployment, as its contract has it: `runner` names the steps."""

import json

from botocore.exceptions import ClientError

from bootstrap.aws.scope import Scope
from bootstrap.contract.accounts import everything_in
from bootstrap.contract.broken import Broken, expect, expect_none
from bootstrap.contract.deployment import Deployment, bucket_of_others
from bootstrap.contract.documents import allow, trust
from bootstrap.contract.vandalism import vandalise
from bootstrap.contract.wire import Wire
from bootstrap.contract.world import World, differing
from bootstrap.core.integration import Integration
from bootstrap.core.pending import is_locked
from bootstrap.resources.iam.role import IamRole


class Life:
    """One deployment among things of others."""

    def __init__(self, deployment: Deployment, wire: Wire) -> None:
        self.deployment, self.wire = deployment, wire
        for alias in deployment.session.accounts:
            neighbors(deployment.scope_of(alias))
        self.addresses = tuple(deployment.nodes())
        self.before = self.everything()

    def everything(self) -> list[object]:
        return [everything_in(self.deployment.scope_of(alias)) for alias in self.deployment.session.accounts]

    def create(self) -> None:
        made = self.deployment.create()
        shared = {address for address, node in self.deployment.nodes().items() if node.resource.identifiers.shared}
        expect_none(f"{address} was not created" for address in self.addresses if address not in {*made, *shared})

    def create_again(self) -> None:
        before = self.everything()
        expect_none(f"{address} is planned again" for address in self.deployment.create())
        expect_none(differing(self.everything(), before))

    def repair(self, address: str) -> str:
        """Others change each thing that can be changed about it; each time a create repairs just that. Returns why nothing
        was changed, or ""."""
        node = self.deployment.nodes()[address]
        scope = self.deployment.scope_of(node.account)
        changed = 0
        for number, change in enumerate(vandalise(node, scope, self.deployment.outputs(address)), start=1):
            before = (node.resource.read(scope, self.deployment.outputs(address)), self.everything())
            try:
                change()
            except ClientError:  # there is no such thing to change, as a boundary of a role that has none
                continue
            if (node.resource.read(scope, self.deployment.outputs(address)), self.everything()) == before:
                continue
            changed += 1
            planned = self.deployment.create("retag")
            if planned != [address]:
                raise Broken([f"after change {number}, {', '.join(planned) or 'nothing'} was planned, and not {address}"])
            expect_none(f"{each} is planned again after the repair" for each in self.deployment.create())
        return "" if changed else "others can change nothing about it"

    def completed_later(self, locked: Integration) -> None:
        """A create without what the vendor shows later locks the roles; the next one completes the same roles."""
        wanted, self.deployment.wanted = self.deployment.wanted, locked
        self.deployment.create()
        nodes = self.deployment.nodes()
        roles = {
            address: self.deployment.outputs(address)
            for address, node in nodes.items()
            if isinstance(node.resource, IamRole)
        }
        expect(any(map(self._is_locked, nodes)), "no role is locked until the vendor has shown everything")
        self.deployment.wanted = wanted
        self.deployment.create()
        expect_none(f"{address} is still locked" for address in nodes if self._is_locked(address))
        expect_none(
            f"{each} is another role now" for each, before in roles.items() if self.deployment.outputs(each) != before
        )
        expect_none(f"{address} is planned again" for address in self.deployment.create())
        self.destroy()

    def _is_locked(self, address: str) -> bool:
        node, outputs = self.deployment.nodes()[address], self.deployment.outputs(address)
        live = node.resource.read(self.deployment.scope_of(node.account), outputs)
        return isinstance(node.resource, IamRole) and live is not None and is_locked(live.properties["trust"])

    def destroy(self) -> None:
        self.deployment.destroy()
        state = self.deployment.backend.load()
        expect(not (state and state.records), "the state is not empty after destroy")
        expect_none(differing(self.everything(), self.before))

    def killed(self, verb: str) -> None:
        """Once at each of its changing calls: dead when the call had its effect, and the next run before its first."""
        world = World(self.deployment, self.wire, lambda there: None)
        names = [call.name for call in world.calls[verb] if call.changes]
        for at, name in enumerate(names, start=1):
            try:
                world.lives(*((at, None) if verb == "create" else (None, at)))
            except Broken as error:
                raise Broken([f"killed after call {at} of {len(names)}, {name}:", *error.lines]) from error


def neighbors(there: Scope) -> None:
    """What others have in the account, which no run may touch."""
    iam = there.client("iam")
    if iam.list_users()["Users"]:
        return
    theirs = {"RoleName": "Theirs"}
    iam.create_role(**theirs, AssumeRolePolicyDocument=json.dumps(trust()), Tags=[{"Key": "a", "Value": "b"}])
    iam.put_role_policy(**theirs, PolicyName="theirs", PolicyDocument=json.dumps(allow("s3:*")))
    policy = iam.create_policy(PolicyName="Theirs", PolicyDocument=json.dumps(allow("s3:*")))["Policy"]["Arn"]
    iam.attach_role_policy(**theirs, PolicyArn=policy)
    iam.create_user(UserName="Theirs")
    bucket_of_others(there, f"theirs-{there.account.id}")
