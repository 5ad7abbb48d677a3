"""Every kind of resource on an AWS that takes a while (`tests/support/strict.py`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.aws.scope import Scope
from bootstrap.core.difference import differences
from bootstrap.core.flags import DETACH_FOREIGN
from bootstrap.core.live import Outputs
from bootstrap.core.resource import Resource
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.resources.cloudformation.drift import detect
from bootstrap.resources.cloudformation.operations import StackSet
from bootstrap.resources.cloudformation.stack_instances import CloudFormationStackInstances
from bootstrap.resources.cloudformation.stack_set import CloudFormationStackSet
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.oidc_audience import IamOidcAudience
from bootstrap.resources.iam.oidc_provider import IamOidcProvider
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.resources.s3.bucket_policy_statement import S3BucketPolicyStatement
from tests.conftest import MakeScope
from tests.resources.test_contract import between, each_kind
from tests.support.samples import ISSUER, PROVIDER, SAMPLES, Sample, allow, deleting, read_back, trust, vendor_template
from tests.support.strict import Strict


def run(resource: Resource, scope: Scope) -> Outputs:
    """What the executor does to make a thing."""
    live = create_or_adopt(resource, scope, scope.owner, scope.aws.timing.settle)
    return resource.ready(scope, resource.update(scope, live.outputs, differences(resource, live)))


def life(sample: Sample, scope: MakeScope, strict: Strict) -> None:
    """Made, changed in each property, back, and emptied where it can be, deleted, each right after the other; twice."""
    here = scope(allowed=frozenset({sample.resource.deletion.force_flag, DETACH_FOREIGN}))
    with strict.long_ago():
        sample.before(here)
    for generation in range(2):
        resource: Resource = sample.resource
        outputs = run(resource, replace(here, generation=generation))
        assert strict.passing() == []
        back: dict[str, Any] = {field: getattr(resource, field) for field in sample.changed}
        emptied: dict[str, Any] = {field: {} for field in resource.additive}
        for field, value in (*sample.changed.items(), *back.items(), *emptied.items()):
            changed = replace(resource, **{field: value})
            outputs = changed.ready(here, changed.update(here, outputs, between(resource, changed)))
            resource = changed
            assert strict.passing() == []
        resource.read(here, outputs)  # shows what it may; it breaks nothing
        strict.later()
        live = read_back(resource, here, outputs)
        assert differences(resource, live, sample.resource.properties()) == ()
        assert live.owner == here.owner
        with strict.long_ago():
            sample.busy(here)
            sample.fill(here)
            going = deleting(resource, here, {})
        resource.delete(going, outputs)
        assert strict.passing() == []
        if not resource.deletion.never:
            assert resource.read(replace(here, destroying=True), {}) is None


def trusting(role: str) -> dict[str, Any]:
    principal = {"AWS": f"arn:aws:iam::123456789012:role/{role}"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}


FIRST, SECOND = IamRole(name="First", trust=trust()), IamRole(name="Second", trust=trust())
SET = CloudFormationStackSet(
    name="new", template=vendor_template(), permission_model="SELF_MANAGED", execution_role_name="Deployer"
)
CHAINS: dict[str, Sequence[Resource]] = {
    "a role that trusts a new one": (FIRST, replace(SECOND, trust=trusting("First"))),
    "a role that comes to trust a new one": (SECOND, FIRST, replace(SECOND, trust=trusting("First"))),
    "a new policy on a new role": (
        IamPolicy(name="Policy", document=allow("s3:GetObject")),
        FIRST,
        IamRoleAttachment(role="First", role_id="-", policy_arn="arn:aws:iam::123456789012:policy/Policy"),
    ),
    "a new role in a new profile": (FIRST, IamInstanceProfile(name="Profile", role="First")),
    "an audience of a new OIDC provider": (
        IamOidcProvider(url=ISSUER),
        IamOidcAudience(provider=PROVIDER, audience="sample"),
    ),
    "a new role in the policy of a new bucket": (
        FIRST,
        S3Bucket(name="new-bucket"),
        S3BucketPolicyStatement(
            bucket="new-bucket",
            statements=[
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::123456789012:role/First"},
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::new-bucket/*",
                }
            ],
        ),
    ),
    "a new bucket": (S3Bucket(name="new-bucket"),),
    "a new template for new stacks": (
        IamRole(name="Deployer", trust=trust()),
        SET,
        CloudFormationStackInstances(
            stack_set="new", region="us-east-1", accounts=["123456789012"], permission_model="SELF_MANAGED"
        ),
        replace(SET, template=vendor_template(7200)),
    ),
}
"""Things that build on each other; one that comes twice is changed the second time."""


def lives(chain: Sequence[Resource], scope: MakeScope) -> None:
    """Each made right after the other, and deleted in the same hurry from the last to the first."""
    made = {resource.label: (resource, run(resource, scope(address=resource.label))) for resource in chain}
    for label, (resource, outputs) in reversed(made.items()):
        here = scope(address=label, allowed=frozenset({resource.deletion.force_flag}), destroying=True)
        resource.delete(here, outputs)
        assert resource.read(here, {}) is None


def new_profile(scope: MakeScope, strict: Strict) -> None:
    """A machine that runs gets a profile that was created a moment ago."""
    sample = next(each for each in SAMPLES if each.resource.kind == "ec2_instance")
    with strict.long_ago():
        sample.before(scope())
        outputs = run(sample.resource, scope())
    for resource in (FIRST, IamInstanceProfile(name="Profile", role="First")):
        run(resource, scope(address=resource.label))
    changed = replace(sample.resource, profile="Profile")  # type: ignore[call-arg]  # it is an Ec2Instance
    changed.ready(scope(), changed.update(scope(), outputs, between(sample.resource, changed)))


def stacks_compared(scope: MakeScope, strict: Strict) -> None:
    """New stacks are compared with their template, twice."""
    for resource in CHAINS["a new template for new stacks"][:-1]:
        run(resource, scope(address=resource.label))
    for _ in range(2):
        assert [(row.drift, row.unknown) for row in detect(scope(), StackSet("new"))] == [("IN_SYNC", "")]


def test_new_stacks_that_are_compared(patient: MakeScope, strict: Strict) -> None:
    stacks_compared(patient, strict)


def test_a_new_profile_on_a_machine_that_runs(patient: MakeScope, strict: Strict) -> None:
    new_profile(patient, strict)


@pytest.mark.parametrize("chain", CHAINS.values(), ids=list(CHAINS))
def test_what_builds_on_something_new(chain: Sequence[Resource], patient: MakeScope, strict: Strict) -> None:
    lives(chain, patient)


@each_kind
def test_a_life_in_a_hurry(sample: Sample, patient: MakeScope, strict: Strict) -> None:
    life(sample, patient, strict)
