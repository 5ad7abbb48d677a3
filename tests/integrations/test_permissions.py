"""The operator's policy is exact: all that AWS checks for the calls of a verb is allowed, and nothing else is."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.scope import Scope
from bootstrap.checks.first_boot import first_boots
from bootstrap.checks.policy_warnings import with_policy_warnings
from bootstrap.contract.authorization import Check, Operator, allowed, grants
from bootstrap.core.account import ANY, EXAMPLE
from bootstrap.core.difference import differences
from bootstrap.core.flags import DELETE_FOREIGN, DETACH_FOREIGN
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Integration
from bootstrap.core.live import Live, Outputs
from bootstrap.core.planner import owner_of
from bootstrap.core.policy import MANAGED_LIMIT, Document, policy_problems
from bootstrap.core.resource import Resource
from bootstrap.discovery import receipts, recovery
from bootstrap.engine import graphs, prepare
from bootstrap.permissions.operator import Need, Verb, needs_of_integration, of_verb
from bootstrap.permissions.operator_policy import policies, statements
from bootstrap.resources.iam.shared import UNKNOWN_PATH
from tests.conftest import LINEAGE, MakeScope
from tests.support.deployments import Deployment
from tests.support.iam_table import condition_keys, is_action, is_for_things, takes
from tests.support.inputs import THOROUGH, WAYS, example
from tests.support.samples import SAMPLES, add_leftovers, allow, submit, trust, updating
from tests.support.vandalism import swap_profile
from tests.support.wire import Wire

VERBS: tuple[Verb, ...] = ("create", "status", "destroy", "all")
FLAGS = frozenset({"delete-data", "terminate-jobs", DELETE_FOREIGN, DETACH_FOREIGN})
SAMPLE = {sample.resource.kind: sample for sample in SAMPLES}
BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"

VARIANTS = {**{f"{name}-example": example(name) for name in THOROUGH}, **WAYS}
# Tests of the same variant one after the other: they share what its life came to.
each_variant = pytest.mark.parametrize("variant", VARIANTS, scope="module")


@dataclass
class Life:
    """All that happens to a deployment, and what AWS checks meanwhile, by verb."""

    operator: Operator
    deployment: Deployment
    checks: dict[Verb, set[Check]] = field(default_factory=dict)

    @contextmanager
    def noted(self, verb: Verb) -> Iterator[None]:
        self.operator.made.clear()
        self.operator.watching = True
        try:
            yield
        finally:
            self.operator.watching = False
            self.checks.setdefault(verb, set()).update(self.operator.made)

    def needs(self) -> list[Need]:
        accounts = self.deployment.session.accounts
        return needs_of_integration(self.deployment.wanted, accounts, "test")

    def run(self, wanted: Integration) -> None:
        deployment = self.deployment
        with self.full_roles(), self.noted("create"):
            deployment.wanted = graphs.resolve_lookups(deployment.session, wanted)
            planned = prepare.prepare_create(deployment.session, deployment.backend, "test", deployment.wanted)
            with_policy_warnings(planned, deployment.wanted)
        with self.noted("create"):
            deployment.create()
            self.update_everything()
            self.update_tags_with_abac()
            deployment.create()
        with self.noted("status"):
            prepared = prepare.prepare_status(deployment.session, deployment.backend)
            assert prepared.plan.work == ()
            first_boots(deployment.session, prepared)
        with self.strangers_in_roles(), self.noted("all"):
            recovery.rebuild(deployment.session, "test", wanted)
        self.fill()
        with self.noted("destroy"):
            prepared = prepare.prepare_destroy(deployment.session, deployment.backend, allowed=FLAGS)
            report = prepare.apply(prepared, deployment.backend, lambda event: None)
            assert report.outcome.complete, [failed.error for failed in report.outcome.failed]
            assert receipts.receipt(prepared, type(deployment.wanted)).clean
        self.roles_are_left(prepared)
        with self.noted("destroy"):
            receipts.receipt(prepared, type(deployment.wanted))
        for verb in ("create", "status", "destroy"):
            self.checks["all"] |= self.checks[verb]

    def update_everything(self) -> None:
        """Each property, from another value to the wanted one; where it can be, there and back."""
        for node in self.deployment.nodes().values():
            for name in SAMPLE[node.resource.kind].changed:
                for before, after in pairwise(values(node.resource, name)):
                    self.update(node, before, after)

    def update_tags_with_abac(self) -> None:
        """Of buckets: S3 asks for other actions then."""
        for node in [node for node in self.deployment.nodes().values() if node.resource.kind == "s3_bucket"]:
            self.switch_abac(node, "Enabled")
            for before, after in pairwise(values(node.resource, "tags")):
                self.update(node, before, after)
            self.switch_abac(node, "Disabled")

    def switch_abac(self, node: Node, status: Any) -> None:
        self.operator.watching = False
        self.owning(node).client("s3").put_bucket_abac(Bucket=node.resource.label, AbacStatus={"Status": status})
        self.operator.watching = True

    def update(self, node: Node, before: Resource, after: Resource) -> None:
        scope = self.owning(node)
        properties = before.properties()
        found = differences(after, Live(outputs={}, properties=properties), properties)
        outputs = self.deployment.outputs(node.address)
        self.operator.watching = False  # a plan has looked by then
        planned = updating(after, scope, outputs, found)
        if {item.field for item in found} == {"profile"}:
            swap_profile(scope, outputs["instance_id"])
        self.operator.watching = True
        changed = {item.field for item in found}
        list(after.interrupted_by(scope, outputs, changed))
        list(after.update_obstacles(scope, outputs, changed))
        if planned.planned.changed_fields:
            after.precheck(planned)
        after.ready(scope, after.update(planned, outputs, found))

    @contextmanager
    def full_roles(self) -> Iterator[None]:
        """In here the roles that are brought have as many policies, and as long a trust policy, as IAM allows by itself."""
        graph = Graph(self.deployment.session.accounts.values())
        self.deployment.wanted.build(graph)
        brought = [(alias, {"RoleName": item.label}) for alias, item in graph.existing if item.kind == "iam_role"]
        named = [(self.deployment.scope_of(alias).client("iam"), role) for alias, role in brought]
        long = {"Version": "2012-10-17", "Statement": [{**trust()["Statement"][0], "Sid": "x" * 1_900}]}
        before = [iam.get_role(**role)["Role"]["AssumeRolePolicyDocument"] for iam, role in named]
        for iam, role in named:
            iam.update_assume_role_policy(**role, PolicyDocument=json.dumps(long))
            for policy in iam.list_policies(Scope="AWS", MaxItems=10)["Policies"]:
                iam.attach_role_policy(**role, PolicyArn=policy["Arn"])
        yield
        for (iam, role), document in zip(named, before, strict=True):
            iam.update_assume_role_policy(**role, PolicyDocument=json.dumps(document))
            for attached in iam.list_attached_role_policies(**role)["AttachedPolicies"]:
                iam.detach_role_policy(**role, PolicyArn=attached["PolicyArn"])

    def roles_are_left(self, destroyed: prepare.Prepared) -> None:
        """Roles with our tags, as an earlier version had them at another address, are there after all, each with a policy of
        somebody else in it; and in each account a role of somebody else that could be ours by its name."""
        alike = f"their-{graphs.search_filter_for(self.deployment.wanted).names[0]}"
        for account in self.deployment.session.accounts:
            iam = self.deployment.scope_of(account).client("iam")
            iam.create_role(RoleName=alike, Path=self.deployment.wanted.path, AssumeRolePolicyDocument=json.dumps(trust()))
        for change in (each for each in destroyed.plan.changes if each.resource.kind == "iam_role"):
            iam, role = self.deployment.scope_of(change.account).client("iam"), {"RoleName": change.resource.label}
            tags = [
                {"Key": key, "Value": tag} for key, tag in owner_of(destroyed.state, f"{change.address}-then").tags().items()
            ]
            path = change.resource.properties()["path"]
            iam.create_role(**role, Path=path, AssumeRolePolicyDocument=json.dumps(trust()), Tags=tags)
            iam.put_role_policy(**role, PolicyName="theirs", PolicyDocument=json.dumps(allow("s3:*")))

    @contextmanager
    def strangers_in_roles(self) -> Iterator[None]:
        """In here our roles have an inline policy of somebody else."""
        roles = [node for node in self.deployment.nodes().values() if node.resource.kind == "iam_role"]
        named = [(self.deployment.scope_of(node.account).client("iam"), node.resource.label) for node in roles]
        for iam, role in named:
            iam.put_role_policy(RoleName=role, PolicyName="theirs", PolicyDocument=json.dumps(allow("s3:*")))
        yield
        for iam, role in named:
            iam.delete_role_policy(RoleName=role, PolicyName="theirs")

    def owning(self, node: Node) -> Scope:
        state = self.deployment.backend.load()
        assert state is not None
        return replace(self.deployment.scope_of(node.account), owner=owner_of(state, node.address))

    def known(self, node: Node, outputs: Outputs) -> None:
        """Records these as the thing's own, beside those that it has."""
        state = self.deployment.backend.load()
        assert state is not None
        record = state.records[node.address]
        both = {name: f"{record.outputs.get(name, '')} {value}".strip() for name, value in outputs.items()}
        self.deployment.backend.save(state.put(replace(record, outputs={**record.outputs, **both})))

    def fill(self) -> None:
        """What a destroy is allowed to take along, or has to clear away; and a role of others beside ours."""
        for alias in self.deployment.session.accounts:
            name = {"RoleName": f"Theirs-{alias}", "Path": self.operator.path}
            self.deployment.scope_of(alias).client("iam").create_role(**name, AssumeRolePolicyDocument=json.dumps(trust()))
        for node in self.deployment.nodes().values():
            scope = self.deployment.scope_of(node.account)
            match node.resource.kind:
                case "s3_bucket":
                    s3, bucket = scope.client("s3"), {"Bucket": node.resource.label}
                    s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})
                    s3.put_object_lock_configuration(**bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
                    s3.put_object(**bucket, Key="key", Body=b"content")
                    s3.create_multipart_upload(**bucket, Key="unfinished")
                case "iam_role":
                    foreign = "arn:aws:iam::aws:policy/ReadOnlyAccess"
                    role, theirs = {"RoleName": node.resource.label}, json.dumps(allow("s3:*"))
                    scope.client("iam").attach_role_policy(**role, PolicyArn=foreign)
                    scope.client("iam").put_role_policy(**role, PolicyName="theirs", PolicyDocument=theirs)
                case "ec2_instance":
                    left = add_leftovers(self.owning(node), node.resource.properties()["subnet"])
                    self.known(node, left)
                case "batch_job_queue":
                    submit(scope, "RUNNING", queue=node.resource.label)


def values(resource: Resource, name: str) -> list[Resource]:
    """The resource with other values of the field, one after the other, and at last as it is."""

    def having(value: Any) -> Resource:
        return replace(resource, **{name: value})

    sample, is_now = SAMPLE[resource.kind], getattr(resource, name)
    other = sample.changed[name] if sample.changed[name] != is_now else getattr(sample.resource, name)
    match name:
        case "document":
            return [having(other), resource] * 4  # a policy has five versions
        case "ingress" | "egress":
            return [resource, having({}), having(other), having(dict.fromkeys(other, "other words")), resource]
        case "tags" | "inline_policies" | "lifecycle":
            return [resource, having({}), having(other), resource]
        case "tls_only" | "versioning":
            return [resource, having(not is_now), resource]
        case "permissions_boundary":
            return [having(None if is_now else BOUNDARY), resource]
    return [having(other), resource]


@dataclass(frozen=True)
class Lived:
    """What a life came to: what is printed for it, and what AWS checked, by verb. `ids` of the accounts by alias."""

    needs: list[Need]
    checks: Mapping[Verb, set[Check]]
    ids: Mapping[str, str]

    def documents(self, needs: Iterable[Need]) -> Mapping[str, list[Document]]:
        """The policies by the id of the account."""
        return {self.ids[alias]: found for alias, found in policies(needs).items()}


@pytest.fixture(scope="module")
def lives() -> dict[str, Lived]:
    return {}


@pytest.fixture
def lived(variant: str, lives: dict[str, Lived], scope: MakeScope, cloud: Wire, tmp_path: Path) -> Lived:
    """Each variant lives once."""
    if variant not in lives:
        wanted = VARIANTS[variant]
        operator = Operator(path=wanted.path, watching=False)
        cloud.between = operator
        life = Life(operator, Deployment(wanted, scope(lineage=LINEAGE), tmp_path))
        life.run(wanted)
        ids = {alias: account.id for alias, account in life.deployment.session.accounts.items()}
        lives[variant] = Lived(life.needs(), life.checks, ids)
    return lives[variant]


@each_variant
def test_what_is_printed_is_what_is_used(lived: Lived) -> None:
    for verb in VERBS:
        of = of_verb(lived.needs, verb)
        documents = lived.documents(of)
        denied = sorted({str(check) for check in lived.checks[verb] if not allowed(check, documents[check.account])})
        assert denied == [], f"{verb}: calls that the policy does not allow"
        unused = [
            (need.action, need.arn)
            for need in of
            if need.wide != UNKNOWN_PATH  # at the root or below a path: the role is at one of the two
            for statement in statements([need])
            if not any(grants(statement, check) for check in lived.checks[verb])
        ]
        assert sorted(set(unused)) == [], f"{verb}: allowed, and no call needs it"


@each_variant
def test_removing_any_action_makes_a_call_fail_that_names_it(lived: Lived) -> None:
    for verb in VERBS:
        of = of_verb(lived.needs, verb)
        for removed in {(need.account, need.action) for need in of}:
            documents = lived.documents(need for need in of if (need.account, need.action) != removed)
            denied = {check for check in lived.checks[verb] if not allowed(check, documents.get(check.account, []))}
            assert {(check.account, check.action) for check in denied} == {(lived.ids[removed[0]], removed[1])}, verb


@each_variant
def test_what_is_printed_is_valid(variant: str) -> None:
    wanted = VARIANTS[variant]
    for account in (EXAMPLE, ANY):
        accounts = {alias: replace(account, alias=alias) for alias in wanted.sign_ins}
        needs = needs_of_integration(wanted, accounts, "prod")
        documents = [document for found in policies(needs).values() for document in found]
        assert [problem for document in documents for problem in policy_problems(document, MANAGED_LIMIT)] == []
        for need in needs:
            arn = need.arn.replace(":*:", ":x:") if need.arn != "*" else "*"
            assert is_action(need.action), need
            assert takes(need.action, arn), need
            assert need.arn != "*" or not is_for_things(need.action), need
            for key in (key.lower() for _, key, _ in need.conditions):
                assert {key, re.sub("(tag/).*", r"\1*", key)} & condition_keys(need.action), need
            assert need.wide or "*" not in need.arn, need


OF_PROVIDERS = tuple(
    f"iam:{word}"
    for word in (
        "AddClientIDToOpenIDConnectProvider",
        "CreateOpenIDConnectProvider",
        "DeleteOpenIDConnectProvider",
        "GetOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider",
        "TagOpenIDConnectProvider",
        "UntagOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint",
    )
)
NOT_OURS: Mapping[str, str] = {
    "ec2:RunInstances": "the image, the subnet and the group are named, and are not what is made",
    "ec2:CreateSecurityGroup": "the VPC, which without an id in the inputs is AWS's to say",
    "ec2:DescribeVpcAttribute": "reads only; the VPC without an id in the inputs is AWS's to say",
    "ssm:GetParameters": "public parameters of AWS",
    "ec2:DescribeInstanceAttribute": "reads only, also of an id that EC2 has forgotten, and that has no tags",
    "iam:ListRoleTags": "any role under the path may be ours: only its tags say so",
    "iam:SimulatePrincipalPolicy": "without an operator's ARN",
    "batch:TerminateJob": "jobs have ids of Batch's, and no tags of ours",
    "iam:DetachRolePolicy": "with --detach-foreign: any policy, off our own role",
    **dict.fromkeys(OF_PROVIDERS, "an issuer has one provider in an account, whoever created it"),
}
"""What may be done to more than what is ours, and why."""


@each_variant
def test_what_is_printed_lets_nobody_do_the_same_to_what_is_not_ours(lived: Lived) -> None:
    for verb in VERBS:
        documents = lived.documents(of_verb(lived.needs, verb))
        found = {
            (check.action, what)
            for check in lived.checks[verb]
            for what, other in elsewhere(check)
            if allowed(other, documents[check.account])
        }
        assert {(action, what) for action, what in found if action not in NOT_OURS} == set(), verb


def elsewhere(check: Check) -> Iterator[tuple[str, Check]]:
    """The same request, but about a stranger's thing, for another service or with another policy.

    What is made has no id yet: there the tags that it gets say whose it is.
    """
    tags = {key: value for key, value in check.context if "Tag/" in key}
    rest = tuple(item for item in check.context if item[0] not in tags)
    is_made = any(key.startswith("aws:RequestTag/") for key in tags)
    for key, _ in rest:
        others = tuple((name, "other.amazonaws.com" if name == key else value) for name, value in check.context)
        yield key, replace(check, context=others)
    if check.arn != "*":
        head, bucket, _ = check.arn.partition(":s3:::")
        arn = f"{head}{bucket}strangers/any" if bucket else re.sub("[^/:]+$", "strangers", check.arn)
        theirs = tuple((key, "theirs") for key in tags)
        yield (
            "a stranger's",
            replace(check, arn=arn if not is_made or ":ec2:" not in arn else check.arn, context=(*theirs, *rest)),
        )
