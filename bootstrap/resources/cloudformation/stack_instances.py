"""The stacks of a StackSet in some accounts: all that take the same values.

They have no tags of their own, and belong to whoever owns the StackSet. Several of these can stand below one StackSet, each
for other accounts: a first account, one for each set of values, and the rest.

CloudFormation shows for each account whether its stack is current, but not for which units it was asked: that is in the
output "targets", as deployed last. Values of their own are read for each account that is to have some.
Source: CloudFormation API reference CreateStackInstances, UpdateStackInstances, DeleteStackInstances, DeploymentTargets,
ListStackInstances; user guide stackinstances-delete, stacksets-orgs-associate-stackset-with-org.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Properties
from bootstrap.core.owner import Owner
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.strictness import Members, Repaired
from bootstrap.errors import AwsError, lines
from bootstrap.resources.cloudformation import drift, fleet, targets
from bootstrap.resources.cloudformation.fleet import Row
from bootstrap.resources.cloudformation.operations import (
    SELF,
    SELF_MANAGED,
    SERVICE_MANAGED,
    StackSet,
    failure,
    preference_problems,
    preferences_of,
    settle,
    start,
)
from bootstrap.resources.cloudformation.organization import MOST_ASKED, account_obstacles, missing_units, strangers
from bootstrap.resources.cloudformation.permissions import STACK_INSTANCES, placed
from bootstrap.resources.iam import shared as iam


@dataclass(frozen=True, kw_only=True)
class CloudFormationStackInstances(Resource):
    """`stack_set` is the StackSet's name, `stack_set_id` its id. Of the accounts in `organizational_units`, `account_filter`
    chooses all (NONE), only `accounts` (INTERSECTION) or all but these (DIFFERENCE); self-managed ones are only named.
    `overrides` are values of parameters. `comes_first` says that others wait until its stacks are there. Of the accounts
    that a DIFFERENCE names, `left_out` are those that are to have no stack at all: automatic deployment gives them one when
    they join. `status` is always CURRENT: what an account lacks, or has too much, is a difference; it is WORKING while
    CloudFormation is at all that is missing."""

    kind = "cloudformation_stack_instances"
    services = ("cloudformation", "organizations")
    identifiers = Identifiers(
        outputs=("stack_set_id", "region", "accounts", "targets"),
        unique_id="stack_set_id",
        if_taken="Somebody else added these accounts to the StackSet. Leave them out, or delete their stacks first.",
    )
    updates = Updates(
        force_new={"stack_set", "region", "permission_model", "call_as"},
        unreported={"preferences", "comes_first", "left_out"},
        precheck_on_update=frozenset({"organizational_units", "accounts"}),
        after_create={"status": "WORKING"},
        at_work={"status": "WORKING"},
        behind={"status": "OUTDATED"},
        recomputed_outputs={
            "accounts": ("organizational_units", "accounts", "account_filter", "status"),
            "targets": targets.FIELDS,
        },
        strictness={
            "stack_set_id": Repaired("which StackSet it is"),
            "organizational_units": Members("unit"),
            "accounts": Repaired("the filter says whether they are in or out"),
            "account_filter": Repaired("what the list of accounts means"),
            "overrides": Repaired("values of the template"),
            "status": Repaired("what CloudFormation says of it"),
        },
    )
    permissions = STACK_INSTANCES

    stack_set: str
    region: str
    stack_set_id: str = ""
    organizational_units: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    account_filter: str = targets.ALL
    overrides: dict[str, str] = field(default_factory=dict)
    permission_model: str = SERVICE_MANAGED
    call_as: str = SELF
    preferences: dict[str, int | str] = field(default_factory=dict)
    comes_first: bool = False
    left_out: list[str] = field(default_factory=list)
    status: str = "CURRENT"

    @property
    def label(self) -> str:
        units, named = ", ".join(self.organizational_units), ", ".join(self.accounts[:3])
        more = f" and {len(self.accounts) - 3} more" if len(self.accounts) > 3 else ""
        if not self.organizational_units or self.account_filter == targets.ONLY:
            return f"{named}{more}"
        return f"{units} without {named}{more}" if self.accounts else units

    def canonical(self, name: str, value: Any) -> Any:
        return sorted(value) if name in ("accounts", "organizational_units") and value else value

    def validate(self, account: Account) -> Sequence[str]:
        found = [*preference_problems(self.preferences), *targets.problems(self._wanted, self.permission_model)]
        if self.status != "CURRENT":
            found.append(f"status {self.status!r}: only CURRENT can be desired")
        return found

    def arn_variables(self) -> Properties:
        units = self.organizational_units
        parents = [each for each in units if each.startswith("ou-")]
        roots = ["*"] if len(parents) < len(units) else []
        many = ["*"] if len(self.accounts) > MOST_ASKED else []
        return {**self.properties(), **placed(self.call_as), "parents": parents, "roots": roots, "many": many}

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        """Whether the units and accounts exist that the inputs name."""
        if self.permission_model == SELF_MANAGED:
            return ()
        found = list(missing_units(aws, self.organizational_units))
        if self.account_filter == targets.ALL_BUT:
            return [*found, *strangers(aws, self.accounts)]
        return [*found, *account_obstacles(aws, self.accounts, self.organizational_units, comes_first=self.comes_first)]

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        if iam.unresolved(self.stack_set):
            return None
        described, listed = aws.read_existing(self._of.query("describe_stack_set"), fleet.query(self._of))
        where = self._deployed(outputs)
        found = [row for row in fleet.rows_in(listed) if self._is_mine(row, where)]
        none_left = where["account_filter"] == targets.ALL_BUT and outputs.get("accounts") == ""
        if described is None or not (found or none_left):
            return None
        stack_set, owner = described["StackSet"], None
        if whose := Owner.from_tags(iam.tag_map(stack_set.get("Tags", []))):
            owner = aws.owner if whose.shares_deployment(aws.owner) else None
        late = [row for row in found if not row.is_current and (self.comes_first or not row.is_suspended)]
        waits = bool(late) and all(row.is_working for row in late)
        out = {*self.left_out} & {*where["accounts"]}  # not what this run leaves out for the first time
        extra = [row.account for row in found if row.account in out]
        if self.overrides:
            in_aws = fleet.own_values(aws, self._of, found)
            where |= (
                {"overrides": next((each for each in in_aws if each != self.overrides), self.overrides)} if in_aws else {}
            )
        properties = {
            **where,
            **({"accounts": [row.account for row in found]} if targets.names_accounts(where) else {}),
            "stack_set": stack_set["StackSetName"],
            "region": self.region,
            "permission_model": stack_set.get("PermissionModel", SELF_MANAGED),
            "call_as": self.call_as,
            "status": "WORKING" if waits and not extra else "OUTDATED" if late or extra else "CURRENT",
        }
        return Live(
            outputs=_outputs(stack_set["StackSetId"], self.region, found, where),
            properties=properties,
            owner=owner,
            notes=(
                *fleet.listed(late),
                *fleet.listed([row for row in found if row.is_suspended and row not in late]),
                *drift.drifted(found),
                *(f"{each}: {fleet.LEFT_OUT}" for each in extra),
                *_left(found, outputs, where, stack_set),
            ),
            drifted=sum(row.has_drifted for row in found),
        )

    def displaces(self, live: Live, changed: Collection[str]) -> tuple[str, ...]:
        """The stacks of what is no longer a target, by account or by unit."""
        there = [account for account in live.outputs["accounts"].split(",") if account]
        found: list[str] = []
        for off in targets.leaving(self._deployed(live.outputs), self._wanted, there):
            if targets.names_accounts(off):
                found += [f"the stack in account {account}" for account in off["accounts"]]
            else:
                found += [f"the stacks in {unit}" for unit in off["organizational_units"]]
        return tuple(found)

    def create(self, aws: Cloud) -> Live:
        start(aws, self._of, "create_stack_instances", **self._call(self._wanted), **self._values)
        outputs = _outputs(self.stack_set_id, self.region, [], self._wanted)
        return Live(outputs=outputs, properties=self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        """Deletes the stacks of what is no longer a target, changes values, and makes what is missing or has failed."""
        if not {item.field for item in differences} & {*targets.FIELDS, "status"}:
            return outputs
        before, after = self._deployed(outputs), self._wanted
        settle(aws, self._of, f"stacks of {self.label}")
        found = self._rows(aws)
        for off in targets.leaving(before, after, [row.account for row in found if self._is_mine(row, before)]):
            self._take_off(aws, off, partial(targets.is_of, off))
        changed = "overrides" in {item.field for item in differences} or before["overrides"] != after["overrides"]
        if changed and any(self._is_mine(row, after) for row in found):
            there = [row.account for row in found if self._is_mine(row, after)]
            known = {**after, "accounts": there} if targets.names_accounts(after) else after
            start(aws, self._of, "update_stack_instances", **self._call(known), **self._values)
            settle(aws, self._of, f"values of {self.label}")
            found = self._rows(aws)
        late = [row for row in found if self._is_mine(row, after) and not row.is_current]
        if late or targets.grows(before, after, {row.account for row in found}):
            start(aws, self._of, "create_stack_instances", **self._call(after), **self._values)
        return {**outputs, "targets": targets.text(after)}

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        rows = fleet.settled(aws, self._of, f"stacks of {self.label}")
        found = [row for row in rows if self._is_mine(row, self._wanted)]
        fleet.check(aws, self._of, found, f"the stacks of {self.label}", comes_first=self.comes_first)
        if none := targets.missed(self._wanted, [row.account for row in found]):
            raise AwsError(
                f"CloudFormation found no account for {', '.join(none[:5])}{' and others' * (len(none) > 5)}",
                lines(
                    *failure(aws, self._of),
                    "An account has to be in one of the units, and the management account gets no stack. Correct the inputs "
                    "or move the account, and run the same command again.",
                ),
            )
        known = outputs.get("stack_set_id") or next((row.stack_set_id for row in found), "")
        return _outputs(known, self.region, found, self._wanted)

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        settle(aws, self._of, f"stacks of {self.label}")
        where = self._deployed(outputs)
        there = [row.account for row in self._rows(aws) if self._is_mine(row, where)]
        for off in targets.leaving(where, where, there):
            self._take_off(aws, off, partial(targets.is_of, off))
        self._take_off(aws, where, lambda row: self._is_mine(row, where))

    @property
    def _of(self) -> StackSet:
        return StackSet(self.stack_set, self.call_as)

    @property
    def _wanted(self) -> Properties:
        return {name: self.canonical(name, value) for name, value in self.properties().items() if name in targets.FIELDS}

    @property
    def _values(self) -> dict[str, Any]:
        return {
            "ParameterOverrides": [{"ParameterKey": key, "ParameterValue": value} for key, value in self.overrides.items()]
        }

    def _deployed(self, outputs: Outputs) -> Properties:
        """The targets as deployed last; the desired ones where that is not recorded."""
        return dict(json.loads(outputs["targets"])) if outputs.get("targets") else self._wanted

    def _rows(self, aws: Cloud) -> list[Row]:
        return fleet.rows(aws.fresh(), self.stack_set, self.call_as)

    def _is_mine(self, row: Row, where: Properties) -> bool:
        """Also what was recorded for named accounts and what is desired for them now."""
        if targets.names_accounts(where):
            mine = {*where["accounts"], *(self.accounts if targets.names_accounts(self._wanted) else ())}
            return row.region == self.region and row.account in mine
        others = () if where["account_filter"] == targets.ALL else {*where["accounts"]} - {*self.left_out}
        return row.region == self.region and row.account not in others

    def _call(self, where: Properties) -> dict[str, Any]:
        """The parameters that say where an operation works."""
        preferences = preferences_of(self.preferences)
        if self.permission_model == SELF_MANAGED:
            return {"Accounts": where["accounts"], "Regions": [self.region], **preferences}
        named = {"Accounts": where["accounts"], "AccountFilterType": where["account_filter"]}
        some = named if where["account_filter"] != targets.ALL else {}
        units = {"OrganizationalUnitIds": where["organizational_units"]}
        return {"DeploymentTargets": {**units, **some}, "Regions": [self.region], **preferences}

    def _take_off(self, aws: Cloud, where: Properties, is_meant: Callable[[Row], bool]) -> None:
        """Deletes the stacks there. Raises AwsError with the accounts that still have theirs."""
        if any(is_meant(row) for row in self._rows(aws)):
            begun = start(aws, self._of, "delete_stack_instances", **self._call(where), RetainStacks=False)
            rows = fleet.settled(aws, self._of, f"deleting the stacks of {self.label}", begun)
            fleet.check_deleted(aws, self._of, [row for row in rows if is_meant(row)])


def _outputs(stack_set_id: str, region: str, found: Iterable[Row], where: Mapping[str, Any]) -> Outputs:
    accounts = ",".join(sorted(row.account for row in found))
    return {"stack_set_id": stack_set_id, "region": region, "accounts": accounts, "targets": targets.text(where)}


def _left(found: Iterable[Row], outputs: Outputs, where: Properties, stack_set: Mapping[str, Any]) -> Iterable[str]:
    """Remarks on accounts that the StackSet no longer has: they left, or somebody took them off."""
    known = [] if targets.names_accounts(where) else outputs.get("accounts", "").split(",")
    gone = sorted({*filter(None, known)} - {row.account for row in found})
    auto = stack_set.get("AutoDeployment", {})
    stays = not auto.get("Enabled") or auto.get("RetainStacksOnAccountRemoval")
    fate = (
        "its stack may still be there, and nobody updates it"
        if stays
        else "CloudFormation deletes the stack of one that left"
    )
    return [
        f"{account}: it left the organization or the unit, or somebody took it off the StackSet: {fate}" for account in gone
    ]
