"""What holds for every kind of resource. A kind takes part through its entry in `support/samples.py`."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from bootstrap import resources
from bootstrap.aws.client import Identity
from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session
from bootstrap.core.account import DEFAULT, EXAMPLE, Account
from bootstrap.core.difference import Difference, differences
from bootstrap.core.flags import DETACH_FOREIGN
from bootstrap.core.graph import Node
from bootstrap.core.live import Live
from bootstrap.core.owner import OWNER_TAGS
from bootstrap.core.reference import references
from bootstrap.core.resource import Resource
from bootstrap.core.search_filter import SearchFilter
from bootstrap.discovery.search import look_at, search
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.errors import UnmanagedResource
from bootstrap.permissions.operator import Need, needs_of_nodes
from tests.conftest import MakeScope
from tests.support.iam_table import condition_keys, is_action, is_for_things, takes
from tests.support.samples import SAMPLES, Sample, deleting, deployed, read_back, updating
from tests.support.wire import Call, Wire

BY_KIND = {sample.resource.kind: sample for sample in SAMPLES}
each_kind = pytest.mark.parametrize("sample", SAMPLES, ids=list(BY_KIND))
WITHOUT_A_NAME = {
    "ec2_elastic_ip",
    "ec2_instance",
    "iam_oidc_audience",
    "iam_role_trust_statement",
    "iam_service_linked_role",
    "s3_bucket_policy_statement",
}
"""What others cannot be in the way of: only its id, or its place in something of others, tells it apart."""
WITHOUT_TAGS = {
    "cloudformation_stack_instances",
    "ec2_address_association",
    "iam_oidc_audience",
    "iam_role_attachment",
    "iam_role_trust_statement",
    "iam_service_linked_role",
    "s3_bucket_policy_statement",
}
TAGGED = {kind: sample for kind, sample in BY_KIND.items() if kind not in WITHOUT_TAGS}
NAMED = {kind: sample for kind, sample in TAGGED.items() if kind not in WITHOUT_A_NAME}
each_change = pytest.mark.parametrize(
    ("sample", "field"),
    [(sample, field) for sample in SAMPLES for field in sample.changed],
    ids=[f"{sample.resource.kind}-{field}" for sample in SAMPLES for field in sample.changed],
)

# Where the API's name and the IAM action's differ, or a call needs more than one (service authorization reference).
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "iam.CreateRole": ("iam:CreateRole", "iam:TagRole"),
    "iam.CreatePolicy": ("iam:CreatePolicy", "iam:TagPolicy"),
    "iam.CreateInstanceProfile": ("iam:CreateInstanceProfile", "iam:TagInstanceProfile"),
    "iam.CreateOpenIDConnectProvider": ("iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"),
    "iam.AddRoleToInstanceProfile": ("iam:AddRoleToInstanceProfile", "iam:PassRole"),
    "s3.CreateBucket": ("s3:CreateBucket", "s3:TagResource", "s3:PutBucketOwnershipControls"),
    "s3.HeadBucket": ("s3:ListBucket",),
    "s3.ListBuckets": ("s3:ListAllMyBuckets",),
    "service-quotas.GetServiceQuota": ("servicequotas:GetServiceQuota",),
    "service-quotas.GetAWSDefaultServiceQuota": ("servicequotas:GetAWSDefaultServiceQuota",),
    "s3.GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3.PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "s3.GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3.GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3.PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3.GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3.PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3.DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3.ListObjectVersions": ("s3:ListBucketVersions",),
    "s3.ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3.GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3-control.ListAccessPoints": ("s3:ListAccessPoints",),
    "ec2.ImportKeyPair": ("ec2:ImportKeyPair", "ec2:CreateTags"),
    "ec2.CreateSecurityGroup": ("ec2:CreateSecurityGroup", "ec2:CreateTags"),
    "ec2.AllocateAddress": ("ec2:AllocateAddress", "ec2:CreateTags"),
    "ec2.CreateLaunchTemplate": ("ec2:CreateLaunchTemplate", "ec2:CreateTags"),
    # Whose role is passed to machines is known to the instance profile, and declared there.
    "ec2.AssociateIamInstanceProfile": ("ec2:AssociateIamInstanceProfile", "iam:PassRole"),
    "ec2.RunInstances": ("ec2:RunInstances", "ec2:CreateTags", "ssm:GetParameters", "iam:PassRole"),
    "s3.DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    # Batch makes its own service-linked role when that is missing.
    "batch.CreateComputeEnvironment": (
        "batch:CreateComputeEnvironment",
        "batch:TagResource",
        "iam:PassRole",
        "iam:CreateServiceLinkedRole",
    ),
    "batch.CreateJobQueue": ("batch:CreateJobQueue", "batch:TagResource"),
    "cloudformation.CreateStackSet": ("cloudformation:CreateStackSet", "cloudformation:TagResource"),
}


def actions(call: Call) -> set[str]:
    return set(ACTIONS.get(call.name, (call.name.replace(".", ":"),)))


def made(sample: Sample, scope: Scope) -> Live:
    """The sample as a run makes it, and as it is then."""
    sample.before(scope)
    return deployed(sample.resource, scope)


def between(before: Resource, after: Resource) -> tuple[Difference, ...]:
    """All that would turn the one into the other."""
    properties = before.properties()
    return differences(after, Live(outputs={}, properties=properties), properties)


def changing(operation_of: Iterable[Call]) -> list[Call]:
    return [call for call in operation_of if not call.operation.startswith(("Get", "List", "Head", "Describe"))]


def test_every_kind_has_a_sample() -> None:
    assert sorted(BY_KIND) == resources.kinds()
    assert len(BY_KIND) == len(SAMPLES)


@each_kind
def test_a_kind_has_tags_and_advice_for_a_name_that_is_taken_unless_it_is_listed_here(sample: Sample) -> None:
    """Other tests here and in `integrations` choose by these two: without a list, a kind that loses one is not tested."""
    assert sample.resource.taggable == (sample.resource.kind not in WITHOUT_TAGS)
    assert bool(sample.resource.identifiers.if_taken) == (sample.resource.kind not in WITHOUT_A_NAME)


@each_kind
def test_what_is_not_there_is_read_as_none(sample: Sample, scope: MakeScope) -> None:
    assert sample.resource.read(scope(), {}) is None


@each_kind
def test_what_a_run_creates_is_found_without_its_outputs_and_is_ours(sample: Sample, scope: MakeScope) -> None:
    live = made(sample, scope())
    assert live.owner == scope().owner
    assert sample.resource.read(scope(), {}) == live


@each_kind
def test_what_a_run_creates_has_every_output_and_those_known_before_are_true(sample: Sample, scope: MakeScope) -> None:
    live = made(sample, scope())
    assert set(live.outputs) == set(sample.resource.identifiers.outputs)
    assert all(live.outputs.values())
    known = sample.resource.predicted_outputs(scope().account)
    assert known == {name: live.outputs[name] for name in known}
    assert sample.resource.identifiers.unique_id in (*sample.resource.identifiers.outputs, "")


@each_kind
def test_what_a_run_creates_differs_in_nothing_and_each_property_is_compared(sample: Sample, scope: MakeScope) -> None:
    live = made(sample, scope())
    assert differences(sample.resource, live) == ()
    assert set(sample.resource.properties()) - set(live.properties) == sample.unread


@each_kind
def test_creating_is_one_changing_call_and_the_owner_is_in_it(sample: Sample, scope: MakeScope, cloud: Wire) -> None:
    sample.before(scope())
    with cloud.recorded() as calls:
        live = sample.resource.create(scope())
    [creating] = changing(calls)
    if sample.resource.taggable:
        assert all(text in creating.text for text in (*OWNER_TAGS, *scope().owner.tags().values()))
    assert live.owner == scope().owner


@pytest.mark.parametrize(
    ("sample", "field"),
    # moto starts no machines from the template of an environment
    [(sample, field) for sample in SAMPLES for field in sample.changed if field != "min_vcpus"],
    ids=lambda value: value if isinstance(value, str) else value.resource.kind,
)
def test_the_creating_call_alone_leaves_what_is_desired_or_what_the_type_declares(
    sample: Sample, field: str, scope: MakeScope
) -> None:
    """A bound plan goes on after a kill there only if nobody else changed it (`core/plan_moves.py`)."""
    sample.before(scope())
    wanted = replace(sample.resource, **{field: sample.changed[field]})
    live = read_back(wanted, scope(), wanted.create(scope()).outputs)
    declared = wanted.updates.after_create
    for item in differences(wanted, live):
        left = declared.get(item.field)
        assert item.before in (None, {}, left.get(item.key) if isinstance(left, dict) else left), item


@each_kind
def test_a_second_creating_call_finds_what_the_first_one_created(sample: Sample, scope: MakeScope) -> None:
    first = made(sample, scope())
    assert deployed(sample.resource, scope()) == first


@each_kind
def test_a_lost_answer_to_the_creating_call_leaves_one_resource_of_ours(
    sample: Sample, scope: MakeScope, cloud: Wire
) -> None:
    sample.before(scope())
    with cloud.recorded() as calls:
        made = sample.resource.create(scope())
    sample.resource.delete(scope(), sample.resource.ready(scope(), made.outputs))
    [creating] = changing(calls)
    cloud.lose_answer(creating.operation)
    with cloud.recorded() as calls:
        live = deployed(sample.resource, scope(generation=1))
    assert live == sample.resource.read(scope(), {})
    assert live.owner == scope().owner
    assert differences(sample.resource, live) == ()


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
@pytest.mark.parametrize("sample", NAMED.values(), ids=NAMED)
def test_what_somebody_else_created_is_refused_and_left_alone(sample: Sample, region: str, scope: MakeScope) -> None:
    stranger = scope(region, lineage="fedcba9876543210")
    theirs = made(sample, stranger)
    with pytest.raises(UnmanagedResource, match="exists, and this deployment did not create it"):
        create_or_adopt(sample.resource, scope(region), scope(region).owner)
    assert read_back(sample.resource, stranger, theirs.outputs) == theirs


@each_kind
def test_an_update_changes_nothing_when_there_is_nothing_to_change(sample: Sample, scope: MakeScope, cloud: Wire) -> None:
    live = made(sample, scope())
    with cloud.recorded() as calls:
        assert sample.resource.update(scope(), live.outputs, ()) == live.outputs
    assert calls == []


@each_change
def test_an_update_does_no_harm_when_it_is_done_already(sample: Sample, field: str, scope: MakeScope) -> None:
    live = made(sample, scope())
    other = replace(sample.resource, **{field: sample.changed[field]})
    outputs = sample.resource.update(scope(), live.outputs, between(other, sample.resource))
    outputs = sample.resource.ready(scope(), outputs)
    assert read_back(sample.resource, scope(), outputs).properties == live.properties


@each_kind
def test_each_property_is_immutable_or_has_another_value_in_the_sample(sample: Sample) -> None:
    names = {item.name for item in fields(sample.resource)}
    assert names - sample.resource.updates.force_new - sample.unread - sample.reported == set(sample.changed)
    assert sample.resource.updates.force_new <= names
    assert set(sample.resource.additive) <= names
    assert all(sample.resource.properties()[name] != value for name, value in sample.changed.items())


@each_change
def test_a_changed_property_is_the_only_difference_and_an_update_applies_it(
    sample: Sample, field: str, scope: MakeScope
) -> None:
    live = made(sample, scope())
    wanted = replace(sample.resource, **{field: sample.changed[field]})
    recorded = sample.resource.properties()
    for before, after in ((sample.resource, wanted), (wanted, sample.resource)):
        found = differences(after, live, recorded)
        assert {item.field for item in found} == {field}
        live = read_back(after, scope(), after.ready(scope(), after.update(scope(), live.outputs, found)))
        assert differences(after, live, before.properties()) == ()
        assert differences(before, live, after.properties()) != ()
        assert live.owner == scope().owner
        recorded = after.properties()


@each_kind
def test_properties_restore_the_same_resource(sample: Sample) -> None:
    assert type(sample.resource).from_properties(sample.resource.properties()) == sample.resource
    assert resources.resource_kind(sample.resource.kind) is type(sample.resource)


@each_kind
def test_what_is_deleted_is_gone_unless_a_delete_leaves_it_and_deleting_it_again_is_fine(
    sample: Sample, scope: MakeScope
) -> None:
    live = made(sample, scope())
    for outputs in (live.outputs, live.outputs, {}):
        sample.resource.delete(scope(), outputs)
        assert sample.resource.read(scope(), {}) == (live if sample.resource.deletion.never else None)


@pytest.mark.parametrize("kind", sorted(WITHOUT_TAGS))
def test_what_has_no_tags_is_found_by_nobody(kind: str) -> None:
    assert BY_KIND[kind].resource.identifiers.arn_prefixes == {}


@pytest.mark.parametrize("sample", TAGGED.values(), ids=TAGGED)
def test_what_a_run_creates_is_found_by_its_tags_alone_and_read_back_as_it_is(sample: Sample, scope: MakeScope) -> None:
    kind = type(sample.resource)
    live = made(sample, scope())
    session = Session(scope().aws, {DEFAULT: Identity(scope().account, "")})
    found = search(session, "test", kind.services).found
    [item] = [item for item in found if (item.kind, item.owner, bool(item.outputs)) == (kind.kind, live.owner, True)]
    there = look_at(session, item)
    assert there is not None
    resource, now = there
    assert (now.outputs, now.owner) == (live.outputs, live.owner)
    # Of a key AWS tells the fingerprint, and thumbprints are read where some are desired.
    untold = {*sample.unread, "public_key", "thumbprints"}
    assert {name: value for name, value in resource.properties().items() if name not in untold} == {
        name: value for name, value in live.properties.items() if name not in untold
    }
    type(resource).from_properties(json.loads(json.dumps(resource.properties()))).delete(scope(), now.outputs)
    assert look_at(session, item) is None


@each_kind
def test_what_a_request_sends_are_keys_that_aws_knows_for_the_action(sample: Sample) -> None:
    for item in sample.resource.permissions:
        keys = {re.sub("(aws:(request|resource)tag/).*", r"\1*", key.lower()) for _, key, _ in item.sends}
        assert keys - {"aws:resourcetag/*", "aws:viaawsservice"} <= condition_keys(item.action), (
            item
        )  # IAM's table lists those by resource
        if item.on == "update" and "aws:requesttag/*" in keys:  # else it would be taken for a thing without tags
            assert "aws:resourcetag/*" in keys or any("ResourceTag" in key for _, key, _ in item.conditions), item


@each_kind
def test_every_call_is_declared_and_every_declared_permission_is_used(sample: Sample, scope: MakeScope, cloud: Wire) -> None:
    sample.before(scope())
    resource, used = sample.resource, set[tuple[str, str]]()
    of_fields: dict[str, set[str]] = {}

    def uses(operation: str, calls: Iterable[Call]) -> None:
        for call in calls:
            used.update((operation, action) for action in actions(call))

    with cloud.recorded() as calls:
        list(resource.precheck(scope()))
        live = create_or_adopt(resource, scope(), scope().owner)
        outputs = resource.ready(scope(), resource.update(scope(), live.outputs, differences(resource, live)))
    uses("create", calls)
    sample.busy(scope())
    for field, value in sample.changed.items():
        of_fields[field] = set()
        other = replace(resource, **{field: value})
        for before, after in ((resource, other), (other, resource), (other, resource)) * 2:
            found = between(before, after)
            here = updating(after, scope(), outputs, found)
            with cloud.recorded() as calls:
                list(after.interrupted_by(here, outputs, [field]))
                list(after.update_obstacles(here, outputs, [field]))
                outputs = after.ready(here, after.update(here, outputs, found))
            uses("update", calls)
            of_fields[field] |= {action for call in calls for action in actions(call)}
    for field, called in of_fields.items():
        updates = [item for item in resource.permissions if item.on == "update"]
        assert called <= {item.action for item in updates if field in item.only_for or not item.only_for}, field
        # What is optional is for looking at the account beforehand.
        needless = {item.action for item in updates if field in item.only_for and not item.optional} - called
        assert needless <= {action for on, action in sample.unused if on == "update"}, f"{field} does not take it"
    if "bring" in {item.on for item in resource.permissions}:
        with cloud.recorded() as calls:
            assert resource.why_unusable(scope()) == ""
        uses("bring", calls)
    with cloud.recorded() as calls:
        resource.read(scope(), outputs)
    uses("read", calls)
    with cloud.recorded() as calls:
        resource.first_boot(scope(), outputs)
    assert len(calls) <= 1
    uses("report", calls)
    with cloud.recorded() as calls:
        list(resource.list_tagged(scope(), SearchFilter()))
    uses("find", calls)
    sample.fill(scope())
    with cloud.recorded() as calls:
        resource.read(scope(destroying=True), outputs)
    uses("delete", (call for call in calls if ("read", *ACTIONS.get(call.name, ())) not in used))
    # By its tags alone, as after a lost answer: what the sample is filled with no record knows.
    here = deleting(resource, scope(allowed=frozenset({sample.resource.deletion.force_flag, DETACH_FOREIGN})), {})
    with cloud.recorded() as calls:
        resource.delete(here, outputs)
        list(resource.side_effects(scope(), outputs))
    uses("delete", calls)
    used = {(on, action) for on, action in used if not (on == "delete" and ("read", action) in used)}
    declared = {(item.on, item.action) for item in resource.permissions}
    used |= {("find", item.action) for item in resource.permissions if item.on == "find" and ("read", item.action) in used}
    assert used - declared == set(), "calls without a declared permission"
    assert declared - used == set(sample.unused), "declared permissions without a call"
    assert len(set(resource.permissions)) == len(resource.permissions)


@each_kind
def test_what_is_recorded_is_found_under_its_recorded_name_when_another_is_desired_now(
    sample: Sample, scope: MakeScope
) -> None:
    if "name" not in sample.resource.properties():
        return
    live = made(sample, scope())
    other: dict[str, Any] = {"name": "another-name"}
    renamed = replace(sample.resource, **other)
    found = read_back(renamed, scope(), live.outputs)
    assert found.outputs == live.outputs
    assert "name" in {item.field for item in differences(renamed, found)}


def needs(sample: Sample, account: Account) -> list[Need]:
    properties = json.loads(json.dumps(sample.resource.properties()).replace("arn:aws:", f"arn:{account.partition}:"))
    node = Node("thing", type(sample.resource).from_properties(properties), DEFAULT, ())
    return needs_of_nodes([node], {DEFAULT: account}, "test")


@each_kind
def test_permissions_are_for_arns_made_of_the_properties(sample: Sample) -> None:
    account = Account(id="111122223333", partition="aws-cn", region="cn-north-1")
    arns = {need.arn for need in needs(sample, account)} - {"*"}
    assert all(arn.startswith("arn:aws-cn:") and "{" not in arn for arn in arns)
    if arn := sample.resource.predicted_outputs(account).get("arn"):
        assert any(fnmatchcase(arn, pattern) for pattern in arns)


@each_kind
def test_permissions_are_actions_of_aws_on_the_resources_that_they_are_for(sample: Sample) -> None:
    for need in needs(sample, EXAMPLE):
        assert is_action(need.action), need
        assert takes(need.action, need.arn), need
        assert need.arn != "*" or not is_for_things(need.action), need


@each_kind
def test_a_look_is_one_round_trip_in_which_nothing_is_asked_twice(sample: Sample, scope: MakeScope, cloud: Wire) -> None:
    live = made(sample, scope())
    for options in ({}, {"destroying": True}):
        with cloud.recorded() as calls:
            sample.resource.read(scope(**options), live.outputs)
        assert len({call.text for call in calls}) == len(calls)
        with cloud.all_at_once(len(calls)):
            read_back(sample.resource, scope(**options), live.outputs)


@pytest.mark.parametrize(
    ("sample", "properties"),
    [
        pytest.param(sample, properties, id=f"{sample.resource.kind}: {what}")
        for sample in SAMPLES
        for what, properties in sample.broken.items()
    ],
)
def test_what_aws_would_refuse_is_found_without_asking_it(sample: Sample, properties: Mapping[str, Any]) -> None:
    assert replace(sample.resource, **properties).validate(EXAMPLE)


@each_kind
def test_what_is_just_inside_the_limits_has_no_problem(sample: Sample) -> None:
    for properties in ({}, *sample.allowed):
        assert list(replace(sample.resource, **properties).validate(EXAMPLE)) == []


@each_kind
def test_a_label_is_there_before_the_resource_is(sample: Sample) -> None:
    assert sample.resource.label
    assert not list(references(sample.resource.label))
