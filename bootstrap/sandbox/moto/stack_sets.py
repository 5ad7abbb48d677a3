"""Plays StackSets: which accounts are meant, and what is done in each.
Source: CloudFormation API reference (StackSets); user guide stacksets-concepts, stacksets-orgs-manage-auto-deployment.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

from bootstrap.sandbox.moto.patching import many
from bootstrap.sandbox.moto.stack_operations import SUSPENDED, Instance, Operation
from bootstrap.sandbox.moto.stack_types import Failure
from bootstrap.sandbox.moto.stacks import Refused, Stack, parsed

EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
Params = dict[str, Any]
_CREATING = {
    "AWS::IAM::Role": "iam:CreateRole",
    "AWS::IAM::ManagedPolicy": "iam:CreatePolicy",
    "AWS::S3::Bucket": "s3:CreateBucket",
}


@dataclass
class StackSet:
    """`settings` are the parameters of the creating call, with what updates changed; `account` is the administrator's, and
    `members` are the accounts that were seen in the units."""

    account: str
    region: str
    settings: Params
    id: str
    instances: dict[tuple[str, str], Instance] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    deleted: bool = False

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stackset/{self.id}"

    @property
    def template(self) -> Params:
        return parsed(self.settings["TemplateBody"])

    @property
    def tags(self) -> dict[str, str]:
        return {item["Key"]: item["Value"] for item in self.settings.get("Tags", [])}

    @property
    def values(self) -> dict[str, str]:
        return {item["ParameterKey"]: item.get("ParameterValue", "") for item in self.settings.get("Parameters", [])}

    @property
    def active(self) -> list[Operation]:
        return [item for item in self.operations if item.ended is None]

    @property
    def is_service_managed(self) -> bool:
        return bool(self.settings.get("PermissionModel") == "SERVICE_MANAGED")

    def look(self) -> None:
        """The first operation that is active goes on, and then the next one is no longer queued."""
        if not self.active and self.settings.get("AutoDeployment", {}).get("Enabled"):
            self._follow_the_organization()
        if self.active:
            if self.active[0].status == "QUEUED":
                self.active[0].status = "RUNNING"
            self.active[0].look()

    def begin(self, action: str, given: Params, instances: list[Instance], work: Callable[[Instance], None]) -> str:
        name = given.get("OperationId") or str(uuid.uuid4())
        if name in [item.id for item in self.operations]:
            raise Failure("OperationIdAlreadyExistsException", f"The operation {name} already exists")
        self.check_idle()
        status = "QUEUED" if self.active else "RUNNING"
        preferences = given.get("OperationPreferences", {})
        self.operations.append(Operation(name, action, instances, work, preferences, status))
        return name

    def check_idle(self) -> None:
        if self.active and not self.settings.get("ManagedExecution", {}).get("Active"):
            text = f"Another Operation on StackSet {self.arn} is in progress: {self.active[0].id}"
            raise Failure("OperationInProgressException", text)

    def targets(self, given: Params) -> dict[str, str]:
        """The accounts that a call means, each with the unit that named it. The administrator's account is in no unit of a
        service-managed set."""
        where = given.get("DeploymentTargets") or {}
        accounts = where.get("Accounts") or given.get("Accounts") or []
        if not self.is_service_managed:
            if where.get("OrganizationalUnitIds"):
                text = "StackSets with SELF_MANAGED permission model can only have accounts as target"
                raise Failure("ValidationError", text)
            return dict.fromkeys(accounts, "")
        units = where.get("OrganizationalUnitIds")
        if not units:
            text = "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target"
            raise Failure("ValidationError", text)
        chosen = where.get("AccountFilterType", "NONE")
        found = {account: unit for unit in units for account in self._in_unit(unit)}
        keep = {"INTERSECTION": lambda each: each in accounts, "DIFFERENCE": lambda each: each not in accounts}
        return {account: unit for account, unit in found.items() if keep.get(chosen, lambda each: True)(account)}

    def instance(self, given: Params) -> Instance:
        found = self.instances.get((given["StackInstanceAccount"], given["StackInstanceRegion"]))
        if found is None:
            raise Failure("StackInstanceNotFoundException", "The specified stack instance doesn't exist.")
        return found

    def known(self, given: Params) -> list[Instance]:
        """The instances that there are in the targets. One can be given up though its account is no longer in its unit."""
        accounts, where = self.targets(given), given.get("DeploymentTargets", {}) if given.get("RetainStacks") else {}
        units, named = where.get("OrganizationalUnitIds", ()), where.get("Accounts", ())
        there = [self.instances[key] for key in sorted(self.instances) if key[1] in given["Regions"]]
        return [
            each for each in there if each.stack.account in accounts or (each.stack.account in named and each.unit in units)
        ]

    def deploy(self, instance: Instance) -> None:
        """The work of creating and updating. What could not be deleted stays so until it is deleted."""
        if instance.status == "INOPERABLE":
            instance.detail = instance.status
        if instance.status == "INOPERABLE" or self._skips(instance):
            return
        try:
            self._check_account(instance.stack.account)
            instance.stack.deploy(self.template, {**self.values, **instance.overrides}, self.tags)
        except Refused as refused:
            instance.ended("OUTDATED", "FAILED", str(refused))
            return
        instance.ended("CURRENT", "SUCCEEDED")

    def undeploy(self, instance: Instance) -> None:
        """The work of deleting."""
        if self._skips(instance):
            return
        try:
            instance.stack.delete(self.template)
        except ServiceException as error:
            instance.ended("INOPERABLE", "INOPERABLE", str(error.message))
            return
        instance.ended("CURRENT", "SUCCEEDED")
        self.instances.pop(instance.key, None)  # another operation may have deleted it meanwhile

    def release(self, instance: Instance) -> None:
        """The work of a delete that retains the stacks."""
        instance.ended("CURRENT", "SUCCEEDED")
        del self.instances[instance.key]

    def compare(self, instance: Instance) -> None:
        """The work of drift detection."""
        found = instance.stack.drifts(self.template, {**self.values, **instance.overrides}, self.tags)
        instance.drifts = [
            {
                "StackId": self.stack_id(instance),
                "LogicalResourceId": name,
                "PhysicalResourceId": physical,
                "ResourceType": kind,
                "PropertyDifferences": [
                    {"PropertyPath": f"/{path}", "ExpectedValue": "", "ActualValue": "", "DifferenceType": "NOT_EQUAL"}
                    for path in paths
                ],
                "StackResourceDriftStatus": "MODIFIED" if paths else "DELETED",
                "Timestamp": datetime.now(UTC),
            }
            for name, kind, physical, paths in found
        ]
        instance.drift, instance.checked = "DRIFTED" if instance.drifts else "IN_SYNC", datetime.now(UTC)

    def settle(self, units: list[str]) -> None:
        """From now on these units are followed."""
        self.units, self.members = units, {account for unit in units for account in self._in_unit(unit)}

    def stack_id(self, instance: Instance) -> str:
        where = f"arn:aws:cloudformation:{instance.stack.region}:{instance.stack.account}:stack"
        return f"{where}/StackSet-{self.settings['StackSetName']}-{instance.id}/{instance.id}"

    def _follow_the_organization(self) -> None:
        """Accounts that came into a unit get a stack, also if they are left out, and those that left lose it, or keep what
        nobody then looks after."""
        region = next((each for _, each in self.instances), self.region)
        wanted = {account: unit for unit in self.units for account in self._in_unit(unit)}
        added = [Instance(Stack(each, region), wanted[each]) for each in wanted if each not in self.members]
        self.members = {*wanted}
        for instance in added:
            self.instances[instance.key] = instance
        if added:
            self.begin("CREATE", {}, added, self.deploy)
        for key in [key for key in self.instances if key[0] not in wanted]:
            if self.settings["AutoDeployment"].get("RetainStacksOnAccountRemoval"):
                del self.instances[key]
            else:
                self.undeploy(self.instances[key])

    def _in_unit(self, unit: str) -> Iterator[str]:
        organization = organizations_backends[self.account]["aws"]
        if unit not in [each.id for each in organization.ou]:
            raise Failure("ValidationError", f"OrganizationalUnit {unit} does not exist")
        for account in organization.accounts:
            if account.parent_id == unit and account.id != self.account:
                yield account.id
        for below in [each.id for each in organization.ou if each.parent_id == unit]:
            yield from self._in_unit(below)

    def _skips(self, instance: Instance) -> bool:
        """In an account that is closed nothing is changed."""
        known = organizations_backends[self.account]["aws"].accounts
        if (instance.stack.account, "SUSPENDED") not in [(each.id, each.status) for each in known]:
            return False
        why = "This account is suspended: only DeleteStackInstances with RetainStacks takes it off the StackSet."
        instance.ended("OUTDATED", SUSPENDED, why)
        return True

    def _check_account(self, account: str) -> None:
        """Raises Refused."""
        role = self.settings.get("ExecutionRoleName", EXECUTION_ROLE)
        if not self.is_service_managed and role not in [each.name for each in iam_backends[account]["aws"].roles.values()]:
            raise Refused(
                f"Account {account} should have '{role}' role with trust relationship to the administrator's role."
            )
        for each in organizations_backends[self.account]["aws"].accounts:
            for policy in each.attached_policies if each.id == account else ():
                if policy.type == "SERVICE_CONTROL_POLICY" and (action := _denied(str(policy.content), self.template)):
                    raise Refused(f"Not authorized to perform: {action} with an explicit deny in a service control policy")


def _denied(content: str, template: Params) -> str:
    needed = {_CREATING.get(item["Type"], "") for item in template["Resources"].values()} - {""}
    for statement in many(json.loads(content)["Statement"]):
        for pattern in many(statement.get("Action", [])):
            if statement["Effect"] == "Deny" and (hit := [each for each in needed if fnmatchcase(each, pattern)]):
                return hit[0]
    return ""
