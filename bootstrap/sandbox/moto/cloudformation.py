"""Plays CloudFormation's StackSets in the place of moto's whole CloudFormation, which is never loaded (see `stacks.py`).

Source: CloudFormation API reference (StackSets).
"""

import sys
import uuid
from collections.abc import Iterator
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.organizations.models import organizations_backends

from bootstrap.sandbox.moto.described_stacks import described_stack, stack_with
from bootstrap.sandbox.moto.stack_operations import SUSPENDED, Instance, Operation, Params, values_of
from bootstrap.sandbox.moto.stack_sets import StackSet
from bootstrap.sandbox.moto.stack_types import Failure
from bootstrap.sandbox.moto.stacks import Stack, parsed

MODULE = "moto.cloudformation"
_KEPT = ("Description", "Capabilities", "AutoDeployment", "AdministrationRoleARN", "ExecutionRoleName", "ManagedExecution")


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    sys.modules[MODULE] = sys.modules[__name__]


class CloudFormationBackend(BaseBackend):
    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.sets: list[StackSet] = []

    @property
    def _url_module(self) -> Any:
        """This module, which has the addresses, too."""
        return sys.modules[__name__]

    def set_of(self, given: Params) -> StackSet:
        name = given["StackSetName"]
        for item in self.sets:
            if name in (item.settings["StackSetName"], item.id, item.arn) and not item.deleted:
                return item
        raise Failure("StackSetNotFoundException", f"StackSet {name} not found")

    def look(self, given: Params) -> StackSet:
        found = self.set_of(given)
        found.look()
        return found


class CloudFormationResponse(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    @property
    def played(self) -> CloudFormationBackend:
        return cloudformation_backends[self.current_account][self.region]

    @property
    def given(self) -> Params:
        return dict(self._get_params())

    def create_stack_set(self) -> ActionResult:
        given = self.given
        parsed(given.get("TemplateBody", ""))
        if any(item.settings["StackSetName"] == given["StackSetName"] and not item.deleted for item in self.played.sets):
            same = self.played.set_of(given)
            if same.settings == given and given.get("ClientRequestToken"):
                return ActionResult({"StackSetId": same.id})
            raise Failure("NameAlreadyExistsException", f"StackSet {given['StackSetName']} already exists")
        made = StackSet(self.current_account, self.region, given, f"{given['StackSetName']}:{uuid.uuid4()}")
        self.played.sets.append(made)
        return ActionResult({"StackSetId": made.id})

    def describe_stack_set(self) -> ActionResult:
        return ActionResult({"StackSet": _described(self.played.set_of(self.given))})

    def describe_organizations_access(self) -> ActionResult:
        organization = organizations_backends[self.current_account]["aws"].org
        return ActionResult({"Status": "ENABLED" if organization else "DISABLED"})

    def list_stack_sets(self) -> ActionResult:
        status, caller = self.given.get("Status"), self.given.get("CallAs", "SELF")
        found = [_described(item) for item in self.played.sets if item.settings.get("CallAs", "SELF") == caller]
        return ActionResult({"Summaries": [item for item in found if status in (None, item["Status"])]})

    def update_stack_set(self) -> ActionResult:
        given = self.given
        found = self.played.set_of(given)
        found.check_idle()
        if not given.get("UsePreviousTemplate"):
            parsed(given.get("TemplateBody", ""))
        accounts = (given.get("DeploymentTargets") or {}).get("Accounts") or given.get("Accounts")
        if accounts and (given.get("AutoDeployment") or not given.get("Regions")):
            raise Failure("ValidationError", "Targets need Regions, and AutoDeployment cannot be specified with them")
        meant = [item for item in found.instances.values() if not accounts or item.stack.account in accounts]
        if not meant and accounts:
            raise Failure("StackInstanceNotFoundException", "The specified stack instance doesn't exist.")
        before = (found.settings["TemplateBody"], found.values)
        values = values_of(given.get("Parameters", []), found.values)
        begun = found.begin("UPDATE", given, meant, found.deploy)
        changed = {key: given[key] for key in (*_KEPT, "Tags", "TemplateBody") if key in given}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        found.settings = {**found.settings, **changed, "Parameters": parameters}
        if before != (found.settings["TemplateBody"], found.values):
            for instance in found.instances.values():
                instance.ended("OUTDATED", "PENDING" if instance in meant else instance.detail)
        return ActionResult({"OperationId": begun})

    def delete_stack_set(self) -> EmptyResult:
        try:
            found = self.played.look(self.given)
        except ServiceException:
            return EmptyResult()
        if found.active:
            raise Failure("OperationInProgressException", f"Another Operation on StackSet {found.arn} is in progress")
        if found.instances:
            raise Failure("StackSetNotEmptyException", "StackSet is not empty")
        found.deleted = True
        return EmptyResult()

    def create_stack_instances(self) -> ActionResult:
        given = self.given
        found = self.played.set_of(given)
        found.check_idle()
        values = values_of(given.get("ParameterOverrides", []), {})
        meant = []
        for account, unit in found.targets(given).items():
            for region in given["Regions"]:
                made = Instance(Stack(account, region), unit, values)
                known = found.instances.get(made.key)
                if known is None or known.status != "CURRENT":
                    meant.append(known or made)
        begun = found.begin("CREATE", given, meant, found.deploy)
        for instance in meant:
            found.instances.setdefault(instance.key, instance).detail = "PENDING"
        units = (given.get("DeploymentTargets") or {}).get("OrganizationalUnitIds", [])
        found.settle(sorted({*found.units, *units}))
        return ActionResult({"OperationId": begun})

    def update_stack_instances(self) -> ActionResult:
        given = self.given
        found = self.played.set_of(given)
        meant = found.known(given)
        changed = given.get("ParameterOverrides")
        overrides = [values_of(changed or [], instance.overrides) for instance in meant]
        begun = found.begin("UPDATE", given, meant, found.deploy)
        for instance, values in zip(meant, overrides, strict=True) if changed is not None else ():
            instance.overrides = values
            instance.ended("OUTDATED", "PENDING")
        return ActionResult({"OperationId": begun})

    def delete_stack_instances(self) -> ActionResult:
        given = self.given
        found = self.played.set_of(given)
        meant = found.known(given)
        begun = found.begin("DELETE", given, meant, found.release if given["RetainStacks"] else found.undeploy)
        for instance in meant:
            instance.detail = "PENDING"
        left = {instance.unit for instance in found.instances.values() if instance not in meant}
        found.settle(sorted({*found.units} & left))
        return ActionResult({"OperationId": begun})

    def detect_stack_set_drift(self) -> ActionResult:
        found = self.played.set_of(self.given)
        return ActionResult(
            {"OperationId": found.begin("DETECT_DRIFT", self.given, [*found.instances.values()], found.compare)}
        )

    def stop_stack_set_operation(self) -> EmptyResult:
        operation = _operation(self.played.set_of(self.given), self.given)
        if operation.ended:
            raise Failure("InvalidOperationException", f"Operation {operation.id} has ended")
        operation.status = "STOPPING"
        return EmptyResult()

    def describe_stack_instance(self) -> ActionResult:
        found = self.played.set_of(self.given)
        return ActionResult({"StackInstance": _row(found, found.instance(self.given), overrides=True)})

    def list_stack_instances(self) -> ActionResult:
        found = self.played.look(self.given)
        rows = [_row(found, instance) for _, instance in sorted(found.instances.items())]
        return self._page(rows)

    def list_stack_set_operations(self) -> ActionResult:
        found = self.played.look(self.given)
        return self._page([_summary(found, item) for item in found.operations[::-1]])

    def describe_stack_set_operation(self) -> ActionResult:
        found = self.played.look(self.given)
        return ActionResult({"StackSetOperation": _summary(found, _operation(found, self.given))})

    def list_stack_set_operation_results(self) -> ActionResult:
        operation = _operation(self.played.set_of(self.given), self.given)
        rows = []
        for instance in operation.instances:
            status, reason = operation.results.get(instance.key, ("RUNNING" if operation.looks else "PENDING", ""))
            row = {
                "Account": instance.stack.account,
                "Region": instance.stack.region,
                "Status": status,
                "StatusReason": reason,
            }
            rows.append({**row, "OrganizationalUnitId": instance.unit or None})
        return self._page(rows)

    def list_stack_instance_resource_drifts(self) -> ActionResult:
        given = self.given
        found = self.played.set_of(given)
        _operation(found, given)
        return self._page(found.instance(given).drifts)

    def describe_stacks(self) -> ActionResult:
        return ActionResult(described_stack(_stacks_in(self.current_account, self.region), self.given["StackName"]))

    def describe_stack_resources(self) -> ActionResult:
        return ActionResult(stack_with(_stacks_in(self.current_account, self.region), self.given["PhysicalResourceId"]))

    def _page(self, rows: list[Any]) -> ActionResult:
        """At most 100 of them, as AWS gives."""
        start, most = int(self.given.get("NextToken") or 0), int(self.given.get("MaxResults") or 100)
        more = {"NextToken": str(start + most)} if len(rows) > start + most else {}
        return ActionResult({"Summaries": rows[start : start + most], **more})


def _described(found: StackSet) -> Params:
    settings = found.settings
    return {
        **{key: value for key, value in settings.items() if key not in ("CallAs", "ClientRequestToken")},
        "PermissionModel": settings.get("PermissionModel", "SELF_MANAGED"),
        "ManagedExecution": settings.get("ManagedExecution", {"Active": False}),
        "StackSetId": found.id,
        "StackSetARN": found.arn,
        "Status": "DELETED" if found.deleted else "ACTIVE",
        "OrganizationalUnitIds": found.units,
    }


def _stacks_in(account: str, region: str) -> Iterator[tuple[StackSet, Instance]]:
    """The stacks of an account, whichever account has their set."""
    for regions in cloudformation_backends.values():
        for backend in regions.values():
            for found in backend.sets:
                for instance in found.instances.values():
                    if (instance.stack.account, instance.stack.region) == (account, region):
                        yield found, instance


def _operation(found: StackSet, given: Params) -> Operation:
    for item in found.operations:
        if item.id == given["OperationId"]:
            return item
    raise Failure("OperationNotFoundException", f"Operation {given['OperationId']} not found")


def _summary(found: StackSet, operation: Operation) -> Params:
    total = len(operation.instances)
    return {
        "OperationId": operation.id,
        "StackSetId": found.id,
        "Action": operation.action,
        "Status": operation.status,
        "StatusReason": operation.reason or None,
        "CreationTimestamp": operation.began,
        "EndTimestamp": operation.ended,
        "OperationPreferences": operation.preferences,
        "StatusDetails": {"TotalStackInstancesCount": total, "FailedStackInstancesCount": operation.failed},
    }


def _row(found: StackSet, instance: Instance, *, overrides: bool = False) -> Params:
    """A list does not have the values that a stack has of its own."""
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in instance.overrides.items()]
    return {
        **({"ParameterOverrides": values} if overrides else {}),
        "StackSetId": found.id,
        "Region": instance.stack.region,
        "Account": instance.stack.account,
        "StackId": None if instance.detail == SUSPENDED else found.stack_id(instance),
        "Status": instance.status,
        "StatusReason": instance.reason or None,
        "StackInstanceStatus": {"DetailedStatus": instance.detail},
        "OrganizationalUnitId": instance.unit or None,
        "DriftStatus": instance.drift,
        "LastDriftCheckTimestamp": instance.checked,
    }


cloudformation_backends = BackendDict(CloudFormationBackend, "cloudformation")
url_bases = [r"https?://cloudformation\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": CloudFormationResponse.dispatch}
