"""`bootstrap adopt`, as a user meets it: what was made by hand, differs, belongs to somebody else, or is half adopted."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto.s3.models import s3_backends

from bootstrap.core.owner import OWNER_TAGS
from tests.cli.conftest import BUCKET, STATE, VPC, Bootstrap, tree, writes
from tests.cli.test_verbs import left_in
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, answer, error_answer

ADOPT = f"adopt {VPC}"
DATADOG = "--integration datadog --external-id 0123456789abcdef0123456789abcdef --site datadoghq.com"
STACK = (
    "<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources><member>"
    "<StackName>vendor</StackName><LogicalResourceId>Role</LogicalResourceId><ResourceType>AWS::IAM::Role</ResourceType>"
    "<PhysicalResourceId>UpsolverRole</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
    "<Timestamp>2026-01-01T00:00:00Z</Timestamp></member></StackResources></DescribeStackResourcesResult>"
    "</DescribeStackResourcesResponse>"
)


@pytest.fixture
def by_hand(bootstrap: Bootstrap, scope: MakeScope) -> MakeScope:
    """A role and a bucket that nobody recorded."""
    assert bootstrap(f"create {VPC} --yes").code == 0
    STATE.unlink()
    here = scope()
    here.client("iam").untag_role(RoleName="UpsolverRole", TagKeys=[*OWNER_TAGS])
    here.client("s3").delete_bucket_tagging(Bucket=BUCKET)
    return scope


def test_what_was_made_by_hand_is_a_deployment_afterwards(by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 1
    with cloud.recorded() as calls:
        done = bootstrap(f"{ADOPT} --yes")
    assert done.code == 0, done.err
    assert sorted(writes(calls)) == ["iam.TagRole", "s3.PutBucketTagging"]
    assert "  @ role            iam_role" in done.err
    assert "Plan: 4 to adopt." in done.err
    assert "Adopt adds the owner tags and changes nothing else. From then on, destroy deletes what was adopted." in done.err
    assert f"Destroy would delete the bucket {BUCKET} if it is empty, and its objects only with --delete-data." in done.err
    assert "Adopted: bucket, role, athena, cloudformation. Recorded in .bootstrap/upsolver-vpc.json." in done.err
    assert "run: bootstrap plan --integration upsolver-vpc --name upsolver-vpc" in done.err
    assert bootstrap(f"plan {VPC} --detailed-exitcode").code == 0
    assert bootstrap("status --detailed-exitcode").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert left_in(by_hand) == []


def test_a_second_adopt_finds_nothing_to_do(by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"{ADOPT} --yes")
    with cloud.recorded() as calls:
        again = bootstrap(f"{ADOPT} --yes")
    assert (again.code, writes(calls)) == (0, []), again.err
    assert "Nothing to adopt: all that exists is recorded." in again.err
    assert bootstrap("status --detailed-exitcode").code == 0


def test_what_differs_is_shown_left_alone_and_corrected_by_create(
    by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire
) -> None:
    iam = by_hand().client("iam")
    iam.update_role(RoleName="UpsolverRole", Description="by Ann", MaxSessionDuration=7200)
    iam.detach_role_policy(RoleName="UpsolverRole", PolicyArn="arn:aws:iam::aws:policy/AmazonAthenaFullAccess")
    shown = bootstrap(f"{ADOPT} --yes --tag team=data")
    assert shown.code == 0, shown.err
    assert "      > description: differs, create corrects it\n" in shown.err
    assert '      description: "by Ann" -> ' in shown.err
    assert "      max_session_duration: 7200 -> 3600\n" in shown.err
    assert '      tags.team: (none) -> "data"\n' in shown.err
    assert "Plan: 3 to adopt, 2 of them differ from the inputs, 1 not found." in shown.err
    assert "Not found, so the next create makes: athena" in shown.err
    assert iam.get_role(RoleName="UpsolverRole")["Role"]["Description"] == "by Ann"
    planned = bootstrap("plan --integration upsolver-vpc --detailed-exitcode")
    assert planned.code == 2
    assert "Plan: 1 to create, 2 to change, 1 unchanged." in planned.out
    assert bootstrap("create --yes").code == 0
    assert iam.get_role(RoleName="UpsolverRole")["Role"]["MaxSessionDuration"] == 3600
    assert bootstrap("destroy --yes").code == 0
    assert left_in(by_hand) == []


def test_where_no_value_is_stricter_the_command_that_chooses_ours_is_printed(
    by_hand: MakeScope, bootstrap: Bootstrap
) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    by_hand().client("iam").update_assume_role_policy(RoleName="UpsolverRole", PolicyDocument=document)
    done = bootstrap(f"{ADOPT} --yes")
    assert done.code == 0, done.err
    assert "> trust: differs, create" in done.err
    overwrite = "bootstrap create --integration upsolver-vpc --name upsolver-vpc --overwrite role"
    command = overwrite if overwrite in done.err else "bootstrap create --integration upsolver-vpc"
    assert bootstrap(f"{command.removeprefix('bootstrap ')} --yes").code == 0
    assert bootstrap("plan --detailed-exitcode").code == 0


def test_what_was_open_before_is_not_called_drift(by_hand: MakeScope, bootstrap: Bootstrap) -> None:
    """Nobody opened it: it never was as the inputs say. Access is warned of all the same."""
    here = by_hand()
    anyone = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    here.client("iam").update_assume_role_policy(RoleName="UpsolverRole", PolicyDocument=document)
    here.client("s3").delete_public_access_block(Bucket=BUCKET)
    lets_in = "Warning: trust: open when it was adopted: it also lets in everybody in the world"
    for line in (f"{ADOPT} --dry-run", f"{ADOPT} --yes", "plan", "status", "create --yes"):
        ran = bootstrap(line)
        printed = ran.out + ran.err
        assert ran.code == 0, printed
        assert lets_in in printed, line
        assert "block_public_access: open when it was adopted: S3 does not block public access" in printed, line
        assert "Some access was open before the adopt, see the lines with Warning." in printed, line
        wrong = ("drift: ", "opened outside bootstrap: S3", "opened outside bootstrap: it", "Somebody opened")
        assert [words for words in wrong if words in printed] == [], line
        if line == "status":
            assert "Differences: 0 gone, 0 changed, 2 differed when adopted, 2 unchanged." in printed
    assert bootstrap("status --detailed-exitcode").code == 0
    here.client("s3").delete_public_access_block(Bucket=BUCKET)
    assert "block_public_access: opened outside bootstrap" in bootstrap("status").out


def test_a_policy_that_others_use_too_is_adopted_with_a_warning_and_stays_theirs(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    line = "--integration upsolver-data-access --external-id ext-1 --bucket raw-data"
    line += " --trusted-principal arn:aws:iam::111122223333:role/up"
    assert bootstrap(f"create {line} --yes").code == 0
    Path(".bootstrap/upsolver-data-access.json").unlink()
    iam, which = scope().client("iam"), {"PolicyArn": "arn:aws:iam::123456789012:policy/UpsolverDataAccessPolicy"}
    iam.untag_role(RoleName="UpsolverDataAccessRole", TagKeys=[*OWNER_TAGS])
    iam.untag_policy(**which, TagKeys=[*OWNER_TAGS])
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.create_policy_version(**which, PolicyDocument=document, SetAsDefault=True)
    iam.create_role(RoleName="Theirs", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="Theirs", **which)
    done = bootstrap(f"adopt {line} --yes")
    assert done.code == 0, done.err
    assert "policy is also attached to role Theirs: create would change its document for them, too." in done.err
    assert "attached to role Theirs: open when it was adopted: any user or role that it is attached to may" in done.err
    assert "Some access was open before the adopt" in done.err
    assert "outside bootstrap" not in done.err
    assert "Nothing is left to adopt." in bootstrap(f"adopt {line} --yes").err
    refused = bootstrap("destroy --detach-foreign --delete-foreign --yes")
    assert (refused.code, "somebody else added to it: attached to role Theirs" in refused.err) == (1, True)
    assert "Theirs" in [item["RoleName"] for item in iam.list_entities_for_policy(**which)["PolicyRoles"]]


def test_what_was_stricter_before_is_kept_and_not_called_tightened(by_hand: MakeScope, bootstrap: Bootstrap) -> None:
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    by_hand().client("iam").put_role_permissions_boundary(RoleName="UpsolverRole", PermissionsBoundary=boundary)
    for line in (f"{ADOPT} --yes", "create --yes", "status"):
        ran = bootstrap(line)
        assert ran.code == 0, ran.err
        assert "^ permissions_boundary: stricter when it was adopted: kept" in ran.out + ran.err
        assert "1 setting was stricter when it was adopted and kept, see the lines with ^." in ran.out + ran.err


def test_a_dry_run_shows_the_same_and_changes_nothing(
    by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire, tmp_path: Path
) -> None:
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        shown = bootstrap(f"{ADOPT} --dry-run")
    assert (shown.code, writes(calls)) == (0, [])
    assert "Plan: 4 to adopt." in shown.out
    assert [path for path in tree(tmp_path) if path not in before] in ([], [*tree(tmp_path)][-1:])


def test_json_has_the_plan_and_the_result(by_hand: MakeScope, bootstrap: Bootstrap) -> None:
    by_hand().client("iam").update_role(RoleName="UpsolverRole", Description="by Ann")
    done = bootstrap(f"{ADOPT} --yes --json")
    plan = done.last("plan")
    assert plan["purpose"] == "adopt"
    assert {item["address"]: item["action"] for item in plan["changes"]} == dict.fromkeys(
        ("bucket", "role", "athena", "cloudformation"), "adopt"
    )
    role = next(item for item in plan["changes"] if item["address"] == "role")
    assert [(item["field"], item["before"]) for item in role["later"]] == [("description", "by Ann")]
    assert sorted(item["key"] for item in role["differences"]) == sorted(OWNER_TAGS)
    result = done.last("result")
    assert (sorted(result["adopted"]), result["missing"]) == (["athena", "bucket", "cloudformation", "role"], [])


def test_what_another_deployment_owns_is_refused(bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    bootstrap(f"create {VPC} --name theirs --yes")
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ADOPT} --name ours --yes")
    assert (refused.code, writes(calls), tree(tmp_path)) == (1, [], before)
    assert "iam_role UpsolverRole belongs to deployment 'theirs' (role)" in refused.err
    assert "Use that deployment. If this one should have it, forget it there first, with the verb state rm" in refused.err


def test_a_lost_state_of_the_same_name_is_recovered_instead(bootstrap: Bootstrap) -> None:
    bootstrap(f"create {VPC} --yes")
    STATE.unlink()
    refused = bootstrap(f"{ADOPT} --yes")
    assert refused.code == 1
    assert "bootstrap recover --integration upsolver-vpc --name upsolver-vpc --lineage" in refused.err
    assert [word for word in ("bootstrap destroy", "other names", "another name") if word in refused.err] == []
    assert not STATE.exists()


def of_stack(cloud: Wire, status: str) -> None:
    """There is a stack "vendor" that has made the role, and no other stack."""
    described = f"<Stacks><member><StackName>vendor</StackName><StackStatus>{status}</StackStatus></member></Stacks>"
    wrapped = f"<DescribeStacksResponse><DescribeStacksResult>{described}</DescribeStacksResult></DescribeStacksResponse>"

    def between(call: Call, carry: Carry) -> Any:
        if call.operation == "DescribeStackResources" and "UpsolverRole" in call.text:
            return answer(STACK)
        return answer(wrapped) if call.operation == "DescribeStacks" and "StackName=vendor" in call.text else carry()

    cloud.between = between


def tag_bucket_of_stack(stack: str) -> None:
    here = s3_backends["123456789012"]["aws"]  # nobody but AWS sets such tags
    here.tagger.tag_resource(f"arn:aws:s3:::{BUCKET}", [{"Key": "aws:cloudformation:stack-name", "Value": stack}])


def test_what_a_stack_manages_is_refused_unless_asked_for(by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire) -> None:
    """A bucket says it by its tags; about what IAM has, CloudFormation is asked."""
    tag_bucket_of_stack("vendor")
    of_stack(cloud, "CREATE_COMPLETE")
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ADOPT} --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert f"s3_bucket {BUCKET} is managed by the CloudFormation stack vendor" in refused.err
    assert "iam_role UpsolverRole is managed by the CloudFormation stack vendor" in refused.err
    assert "add --from-stack" in refused.err
    assert "DeletionPolicy: Retain" in refused.err
    done = bootstrap(f"{ADOPT} --from-stack --yes")
    assert done.code == 0, done.err
    assert "role: if the stack vendor has not let go of it, it changes or deletes it again. To make it let go:" in done.err
    assert bootstrap(f"plan {VPC} --detailed-exitcode").code == 0


def test_what_a_stack_that_is_being_deleted_manages_is_refused_until_that_is_done(
    by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire
) -> None:
    of_stack(cloud, "DELETE_IN_PROGRESS")
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ADOPT} --from-stack --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert "managed by the CloudFormation stack vendor, which is at work (DELETE_IN_PROGRESS)" in refused.err
    assert "run: aws cloudformation describe-stacks --stack-name vendor" in refused.err


def test_the_tags_of_a_stack_that_is_gone_are_in_nobodys_way(by_hand: MakeScope, bootstrap: Bootstrap) -> None:
    tag_bucket_of_stack("gone")
    done = bootstrap(f"{ADOPT} --yes")
    assert done.code == 0, done.err
    assert "Plan: 4 to adopt." in done.err


def test_it_is_said_if_cloudformation_may_not_be_asked(by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire) -> None:
    def between(call: Call, carry: Carry) -> Any:
        is_asked = call.operation == "DescribeStackResources"
        return error_answer(call, "AccessDenied", "not authorized", 403) if is_asked else carry()

    cloud.between = between
    done = bootstrap(f"{ADOPT} --yes")
    assert done.code == 0, done.err
    assert "Warning: whether a CloudFormation stack manages role is not known, as you may not call cloud" in done.err


def test_nothing_there_is_an_error_that_names_what_was_looked_for(bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ADOPT} --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert (
        "there is nothing to adopt in account 123456789012, region us-east-1: no resource that create would make exists"
        in refused.err
    )
    assert f"Looked for: bucket {BUCKET}, role UpsolverRole" in refused.err
    assert not STATE.exists()


def test_a_resource_of_another_name_is_refused_with_the_input_that_sets_it(by_hand: MakeScope, bootstrap: Bootstrap) -> None:
    inputs = "--org-id other --external-id ext-1 --role-prefix acme- --path /vendors/"
    bootstrap(f"create --integration upsolver-vpc {inputs} --name other --yes")
    iam = by_hand().client("iam")
    iam.untag_role(RoleName="acme-UpsolverRole", TagKeys=[*OWNER_TAGS])
    refused = bootstrap(f"{ADOPT} --resource role=acme-UpsolverRole --name mine --yes")
    assert refused.code == 1
    assert "its name is 'acme-UpsolverRole', the inputs say 'UpsolverRole'" in refused.err
    assert "Run the same command again with: --role-prefix acme- --path /vendors/" in refused.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--resource role", "--resource: 'role' is not ADDRESS=NAME"),
        ("--resource role=", "--resource: 'role=' is not ADDRESS=NAME"),
        ("--resource roll=UpsolverRole", "this deployment has no resource 'roll'"),
        ("--resource role=a --resource role=b", "role is given twice, with different values"),
        ("--resource athena=x", "athena (iam_role_attachment) has no name of its own"),
        ("--resource role=arn:aws:s3:::x", "arn:aws:s3:::x is not the ARN of role (iam_role)"),
        ("--resource role=arn:aws:iam::210987654321:role/x", "belongs to account 210987654321"),
    ],
)
def test_bad_input_is_one_clear_error(words: str, says: str, bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ADOPT} {words} --yes")
    assert (refused.code, writes(calls)) == (64, []), refused.err
    assert says in refused.err


def test_what_is_named_must_exist(bootstrap: Bootstrap) -> None:
    refused = bootstrap(f"{ADOPT} --resource role=Nobody --yes")
    assert refused.code == 1
    assert "what --resource names does not exist" in refused.err
    assert "role=Nobody" in refused.err


def test_without_a_terminal_it_needs_a_yes(bootstrap: Bootstrap) -> None:
    refused = bootstrap(ADOPT)
    assert (refused.code, "Add --yes." in refused.err) == (64, True)


def test_a_bucket_in_another_region_is_refused(bootstrap: Bootstrap, scope: MakeScope, cloud: Wire) -> None:
    where = {"LocationConstraint": "us-west-2"}
    scope("us-west-2").client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    with cloud.recorded() as calls:
        refused = bootstrap(f"{ADOPT} --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert f"s3_bucket {BUCKET} is in us-west-2, which is not the region of this deployment" in refused.err
    assert "Add --region us-west-2, or give the input that names another one." in refused.err


def test_a_stack_set_is_not_adopted_as_its_tags_reach_all_accounts(bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        refused = bootstrap(f"adopt {DATADOG} --organizational-unit ou-ab12-12345678 --yes")
    assert (refused.code, writes(calls)) == (64, []), refused.err
    assert "adopt takes over no StackSet" in refused.err


def test_what_has_no_name_is_asked_for_by_id_before_create_makes_a_second_one(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    scope().client("s3").create_bucket(Bucket="acme-duet")
    shown = bootstrap("adopt --integration biomodal-duet --bucket acme-duet --dry-run")
    assert shown.code == 0, shown.err
    assert "Plan: 1 to adopt, 1 of them differs from the inputs, " in shown.out
    assert "If you have one, add its id: --resource elastic-ip=ID --resource vm=ID Otherwise create makes" in shown.err
    assert "lifecycle.expire-work" not in shown.out or "kept" in shown.out


def test_a_machine_without_a_profile_is_adopted_and_its_state_can_be_read(bootstrap: Bootstrap, scope: MakeScope) -> None:
    ec2 = scope().client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    [machine] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")["Instances"]
    line = f"--integration biomodal-duet --bucket acme-duet --resource vm={machine['InstanceId']}"
    assert bootstrap(f"adopt {line} --yes").code == 0
    assert "vm  ec2_instance" in bootstrap("status").out
    assert bootstrap("destroy --yes").code == 0
    [left] = ec2.describe_instances(InstanceIds=[machine["InstanceId"]])["Reservations"][0]["Instances"]
    assert left["State"]["Name"] == "terminated"


@pytest.mark.parametrize("operation", ["TagRole", "PutBucketTagging"])
def test_an_adopt_that_was_cut_off_goes_on_with_the_same_command(
    operation: str, by_hand: MakeScope, bootstrap: Bootstrap, cloud: Wire
) -> None:
    cloud.refuse(operation, "AccessDenied", status=403)
    stopped = bootstrap(f"{ADOPT} --no-preflight --yes")
    assert stopped.code == 1
    recorded = {item["address"]: item["status"] for item in json.loads(STATE.read_text())["records"]}
    assert sorted(recorded.values()) == ["adopting", "ready", "ready", "ready"]
    assert "bootstrap destroy" not in stopped.err  # somebody else made it
    assert "To give back what was adopted, run: bootstrap state rm bucket role athena cloudformation --name" in stopped.err
    how = "An adopt was cut off before it was tagged. Run the same adopt again."
    assert how in bootstrap(f"create {VPC} --yes").err
    with cloud.recorded() as calls:
        refused = bootstrap("destroy --yes")
    assert (refused.code, writes(calls)) == (1, []), refused.err
    assert "an adopt of it was cut off, so nothing proves yet that it belongs to this deployment" in refused.err
    assert how in refused.err
    assert "--retag" not in refused.err
    again = bootstrap(f"{ADOPT} --yes")
    assert again.code == 0, again.err
    assert bootstrap(f"plan {VPC} --detailed-exitcode").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert left_in(by_hand) == []
