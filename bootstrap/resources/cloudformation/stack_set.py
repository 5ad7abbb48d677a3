"""A StackSet: a template, and what CloudFormation needs to know in order to deploy it to other accounts.

Its tags propagate to every stack and to all that the stacks create, so the owner tags are there, too. An update starts an
operation that changes the stacks in all accounts.
Source: CloudFormation API reference CreateStackSet, UpdateStackSet, DescribeStackSet, DeleteStackSet; user guide
stacksets-orgs-delegated-admin, stacksets-orgs-manage-auto-deployment, stacksets-prereqs-self-managed; Service authorization
reference.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference, with_entries
from bootstrap.core.live import Live, Obstacle, Outputs, Properties
from bootstrap.core.owner import Owner, tagless
from bootstrap.core.query import Query
from bootstrap.core.resource import Taggable
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.core.strictness import Ranked, Repaired
from bootstrap.errors import AwsError, lines
from bootstrap.resources.cloudformation import fleet
from bootstrap.resources.cloudformation.fleet import Row
from bootstrap.resources.cloudformation.operations import (
    DELEGATED_ADMIN,
    GONE,
    SELF,
    SELF_MANAGED,
    SERVICE_MANAGED,
    StackSet,
    preference_problems,
    preferences_of,
    settle,
    start,
)
from bootstrap.resources.cloudformation.organization import account_obstacles, organization_obstacles
from bootstrap.resources.cloudformation.permissions import STACK_SET, placed
from bootstrap.resources.iam import shared as iam

LONGEST_TEMPLATE = 51_200
"""The most bytes of a template that a call carries."""
NAME = re.compile("[A-Za-z][A-Za-z0-9-]{0,127}")


@dataclass(frozen=True, kw_only=True)
class CloudFormationStackSet(Taggable):
    """`template` is JSON text; equal JSON is no difference, however it is written. `admin_role_arn` and
    `execution_role_name` are for self-managed permissions only; with service-managed ones, CloudFormation has its own roles
    in the accounts of the organization. `preferences` are for the operations that an update starts; `canary` is the
    account that these change before all others."""

    kind = "cloudformation_stack_set"
    services = ("cloudformation", "organizations")
    identifiers = Identifiers(
        outputs=("name", "id"),
        unique_id="id",
        if_taken="Choose another name with --stack-set.",
        arn_prefixes={"cloudformation:stackset": "id"},
    )
    updates = Updates(
        force_new={"name", "permission_model", "call_as"},
        unreported={"preferences", "canary"},
        precheck_on_update=frozenset({"template", "parameters"}),
        strictness={
            "template": Repaired("what the accounts are to have"),
            "description": Repaired("for people only"),
            "parameters": Repaired("values of the template"),
            "capabilities": Repaired("what the template needs"),
            "admin_role_arn": Repaired("as whom CloudFormation works"),
            "execution_role_name": Repaired("as whom CloudFormation works"),
            "auto_deployment": Ranked((True, False)),
            "retain_on_account_removal": Ranked((True, False)),
            "managed_execution": Ranked((True, False)),
        },
    )
    permissions = STACK_SET

    name: str
    template: str
    description: str = "Managed by bootstrap"
    parameters: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    permission_model: str = SERVICE_MANAGED
    admin_role_arn: str = ""
    execution_role_name: str = ""
    auto_deployment: bool = False
    retain_on_account_removal: bool = False
    managed_execution: bool = True
    call_as: str = SELF
    preferences: dict[str, int | str] = field(default_factory=dict)
    canary: str = ""

    @property
    def label(self) -> str:
        return self.name

    def canonical(self, name: str, value: Any) -> Any:
        if name == "template":
            return _parsed(value)
        return sorted(value) if name == "capabilities" and value else value

    def validate(self, account: Account) -> Sequence[str]:
        found = [*iam.tag_problems(self.tags), *preference_problems(self.preferences)]
        if not NAME.fullmatch(self.name):
            found.append(
                f"StackSet name {self.name!r}: CloudFormation accepts 1 to 128 letters, digits and -, a letter first"
            )
        if not isinstance(_parsed(self.template), dict):
            found.append("template: it is not a JSON object")
        if (size := len(self.template.encode())) > LONGEST_TEMPLATE:
            found.append(f"template: it has {size:,} bytes; a call carries up to {LONGEST_TEMPLATE:,}")
        if not 1 <= len(self.description) <= 1024:
            found.append("description: CloudFormation accepts 1 to 1,024 characters")
        if self.permission_model not in (SERVICE_MANAGED, SELF_MANAGED):
            found.append(f"permission model {self.permission_model!r}: it is {SERVICE_MANAGED} or {SELF_MANAGED}")
        if self.call_as not in (SELF, DELEGATED_ADMIN):
            found.append(f"called as {self.call_as!r}: it is {SELF} or {DELEGATED_ADMIN}")
        own_roles = bool(self.admin_role_arn or self.execution_role_name)
        if own_roles and self.permission_model == SERVICE_MANAGED:
            found.append("admin and execution role: only for self-managed permissions")
        if self.permission_model == SELF_MANAGED and (self.auto_deployment or self.call_as != SELF):
            found.append("automatic deployment and a delegated administrator: only for service-managed permissions")
        if self.retain_on_account_removal and not self.auto_deployment:
            found.append("retaining stacks of accounts that leave: only with automatic deployment")
        return found

    def arn_variables(self) -> Properties:
        return {**self.properties(), **placed(self.call_as)}

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name}

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        answer = aws.read(self._of(outputs).query("describe_stack_set"))[0]
        return _live(answer["StackSet"], self) if answer and answer["StackSet"]["Status"] != "DELETED" else None

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterator[tuple[Outputs, Mapping[str, str]]]:
        """The list has no tags, so each StackSet is read. A delegated administrator has two lists, and others one."""
        listed = [
            Query("cloudformation", "list_stack_sets", {"Status": "ACTIVE", "CallAs": SELF}),
            Query(
                "cloudformation", "list_stack_sets", {"Status": "ACTIVE", "CallAs": DELEGATED_ADMIN}, ("ValidationError",)
            ),
        ]
        found = [
            StackSet(item["StackSetName"], query.parameters["CallAs"])
            for query, answer in zip(listed, aws.read(*listed), strict=True)
            for item in (answer["Summaries"] if answer else ())
        ]
        for answer in aws.read_each([each.query("describe_stack_set") for each in found], "StackSets"):
            if answer:
                yield _outputs(answer["StackSet"]), _tags(answer["StackSet"])

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether StackSets may act in the organization: somebody has to have allowed that once. Later, whether the canary
        can still show whether an update works."""
        if self.permission_model == SELF_MANAGED:
            return ()
        if not aws.planned.changed_fields:
            return organization_obstacles(aws, self.call_as)
        return [*account_obstacles(aws, [self.canary] if self.canary else [], (), comes_first=True)]

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("NameAlreadyExistsException"):
            answer = aws.call(
                "cloudformation",
                "create_stack_set",
                **StackSet(self.name, self.call_as).named,
                **self._settings(),
                TemplateBody=self.template,
                PermissionModel=self.permission_model,
                ManagedExecution={"Active": self.managed_execution},
                Tags=aws.tags(self.tags),
                ClientRequestToken=aws.client_token,
            )
        outputs = {"name": self.name, "id": answer["StackSetId"]}
        return Live(outputs=outputs, properties=self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        if not differences:
            return outputs
        fields = {item.field for item in differences}
        of = self._of(outputs)
        changed: dict[str, Any] = {
            **({"TemplateBody": self.template} if "template" in fields else {"UsePreviousTemplate": True}),
            **({"ManagedExecution": {"Active": self.managed_execution}} if "managed_execution" in fields else {}),
            **({"Tags": self._all_tags(aws, of, differences)} if "tags" in fields else {}),  # they take a permission
        }
        sent = {**self._settings(), **changed, **preferences_of(self.preferences)}
        if fields & {"template", "parameters"} and (there := self._canary(aws, of)):
            # All stacks are OUTDATED from now on, so that a run that is killed before the next call is completed by another.
            first = {key: value for key, value in sent.items() if key != "AutoDeployment"}  # not together with targets
            start(aws, of, "update_stack_set", **first, **self._only(there))
            what = f"updating the stack in {self.canary}"
            fleet.settled(aws, of, what)
            fleet.check(aws, of, self._canary(aws, of), what, comes_first=True)
        start(aws, of, "update_stack_set", **sent)
        what = f"updating the stacks of StackSet {self.name}"
        fleet.check(aws, of, fleet.settled(aws, of, what), what)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        of = self._of(outputs)
        settle(aws, of, f"deleting StackSet {self.name}")
        try:
            with ignore_missing(GONE):
                aws.call("cloudformation", "delete_stack_set", **of.named)
        except ClientError as error:
            if code_of(error) != "StackSetNotEmptyException":
                raise
            left = fleet.rows(aws.fresh(), of.name, of.call_as)
            advice = "Whoever added them has to delete these stack instances first. Then run the same command again."
            many = "1 account" if len(left) == 1 else f"{len(left)} accounts"
            what = f"StackSet {self.name} still has stacks in {many} that this deployment did not add"
            raise AwsError(what, lines(*fleet.listed(left), advice)) from error

    def _all_tags(self, aws: Cloud, of: StackSet, differences: Sequence[Difference]) -> list[dict[str, str]]:
        """An update replaces the tags as a whole; those of others are kept."""
        answer = of.look(aws, of.query("describe_stack_set"))
        tags = with_entries(_tags(answer["StackSet"]), "tags", differences) if answer else {}
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    def _canary(self, aws: Cloud, of: StackSet) -> list[Row]:
        """What the account that comes first has; nothing if it has no stack yet."""
        return [row for row in fleet.rows(aws.fresh(), of.name, of.call_as) if row.account == self.canary]

    def _only(self, found: Sequence[Row]) -> dict[str, Any]:
        where = {"Accounts": [self.canary]}
        targets = where if self.permission_model == SELF_MANAGED else {"DeploymentTargets": where}
        return {**targets, "Regions": sorted({row.region for row in found})}

    def _of(self, outputs: Outputs) -> StackSet:
        """By the recorded name; a search by tags finds an id, which begins with it."""
        name = outputs.get("name") or outputs.get("id", "").partition(":")[0]
        return StackSet(name or self.name, self.call_as)

    def _settings(self) -> dict[str, Any]:
        """What the creating call and an update have in common; an update that omits one of them would reset it."""
        service_managed = self.permission_model == SERVICE_MANAGED
        auto = {"Enabled": self.auto_deployment}
        if self.auto_deployment:
            auto["RetainStacksOnAccountRemoval"] = self.retain_on_account_removal
        roles = {"AdministrationRoleARN": self.admin_role_arn, "ExecutionRoleName": self.execution_role_name}
        return {
            "Description": self.description,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()],
            "Capabilities": self.capabilities,
            **({"AutoDeployment": auto} if service_managed else {name: role for name, role in roles.items() if role}),
        }


def _parsed(template: Any) -> Any:
    try:
        return json.loads(template)
    except (TypeError, ValueError):
        return template


def _tags(found: Mapping[str, Any]) -> dict[str, str]:
    return iam.tag_map(found.get("Tags", []))


def _outputs(found: Mapping[str, Any]) -> Outputs:
    return {"name": found["StackSetName"], "id": found["StackSetId"]}


def _live(found: Mapping[str, Any], wanted: CloudFormationStackSet) -> Live:
    auto = found.get("AutoDeployment", {})
    service_managed = found.get("PermissionModel") == SERVICE_MANAGED
    properties: Properties = {
        "name": found["StackSetName"],
        "template": found.get("TemplateBody", ""),
        "description": found.get("Description", ""),
        "parameters": {item["ParameterKey"]: item.get("ParameterValue", "") for item in found.get("Parameters", [])},
        "capabilities": found.get("Capabilities", []),
        "permission_model": found.get("PermissionModel", SELF_MANAGED),
        "auto_deployment": auto.get("Enabled", False),
        "retain_on_account_removal": auto.get("RetainStacksOnAccountRemoval", False),
        "managed_execution": found.get("ManagedExecution", {}).get("Active", False),
        "call_as": wanted.call_as,
        "admin_role_arn": "" if service_managed else found.get("AdministrationRoleARN", ""),
        "execution_role_name": "" if service_managed else found.get("ExecutionRoleName", ""),
        "tags": tagless(_tags(found)),
    }
    return Live(outputs=_outputs(found), properties=properties, owner=Owner.from_tags(_tags(found)))
