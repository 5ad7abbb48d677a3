"""What must never happen: taking a stranger's thing for ours, deleting data by implication, using the wrong account."""

import json
from pathlib import Path

import pytest

from bootstrap.core.state import digest
from tests.cli.conftest import BUCKET, INPUTS, STATE, VPC, Bootstrap, tree, writes
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
)


def test_a_bucket_of_the_user_is_never_touched(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    s3 = scope().client("s3")
    s3.create_bucket(Bucket="my-own-bucket")
    s3.put_object(Bucket="my-own-bucket", Key="precious", Body=b"data")
    with cloud.recorded() as calls:
        assert bootstrap(f"create {VPC} --existing-bucket my-own-bucket --yes").code == 0
        assert bootstrap("outputs bucket").out == "my-own-bucket\n"
        assert bootstrap("create --integration upsolver-vpc --tag a=b --yes").code == 0
        assert bootstrap("destroy --yes --delete-data").code == 0
    assert {call.name for call in calls if call.service == "s3"} == {"s3.HeadBucket", "s3.GetBucketEncryption"}
    assert s3.get_object(Bucket="my-own-bucket", Key="precious")["Body"].read() == b"data"


def test_going_over_to_a_bucket_of_the_user_does_not_delete_data(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    s3.put_object(Bucket=BUCKET, Key="precious", Body=b"data")
    ran = bootstrap("create --integration upsolver-vpc --existing-bucket my-own-bucket --yes")
    assert ran.code == 1
    assert s3.get_object(Bucket=BUCKET, Key="precious")["Body"].read() == b"data"


def test_data_stops_destroy_before_the_first_change(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    s3.put_object(Bucket=BUCKET, Key="precious", Body=b"data")
    state = STATE.read_bytes()
    with cloud.recorded() as calls:
        stopped = bootstrap("destroy --yes")
    assert stopped.code == 1
    assert "Error: the plan cannot be applied; nothing was changed" in stopped.err
    assert stopped.err.count(f"! bucket {BUCKET} still holds objects") == 1
    assert "See the lines with ! above." in stopped.err
    assert "--delete-data" in stopped.err
    copy = f"aws s3 sync s3://{BUCKET} s3://YOUR-BUCKET --region us-east-1\n"
    assert f"To keep its objects and delete the rest, first copy them into a bucket of yours: {copy}" in stopped.err
    assert writes(calls) == []
    assert STATE.read_bytes() == state
    assert bootstrap("destroy --yes --delete-data").code == 0
    assert s3.list_buckets()["Buckets"] == []


def test_what_would_refuse_the_last_step_stops_a_delete_of_data_before_the_first(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    s3, control = scope().client("s3"), scope().client("s3control")
    point = {"AccountId": scope().account.id, "Name": "theirs"}
    s3.put_object(Bucket=BUCKET, Key="precious", Body=b"data")
    control.create_access_point(**point, Bucket=BUCKET)
    told = f"bucket {BUCKET} has access points, and S3 does not delete such a bucket: theirs"
    with cloud.recorded() as calls:
        stopped = bootstrap("destroy --yes --delete-data")
        assert bootstrap("destroy --dry-run --delete-data --json").last("plan")["refused"] == ["bucket"]
    assert stopped.code == 1
    assert f"! {told}\n" in stopped.err
    advised = "aws s3control delete-access-point --account-id 123456789012 --name theirs --region us-east-1"
    assert advised in stopped.err
    assert writes(calls) == []
    assert s3.get_object(Bucket=BUCKET, Key="precious")["Body"].read() == b"data"
    both = bootstrap("destroy --yes")
    assert f"! {told}; bucket {BUCKET} still holds objects" in both.err
    assert "--delete-data" in both.err
    control.delete_access_point(**point)
    assert bootstrap("destroy --yes --delete-data").code == 0


def test_what_only_a_delete_marker_hides_counts_as_data(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    s3 = scope().client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=BUCKET, Key="precious", Body=b"data")
    s3.delete_object(Bucket=BUCKET, Key="precious")
    assert bootstrap("destroy --yes").code == 1
    assert s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert bootstrap("destroy --yes --delete-data").code == 0


def test_a_volume_that_somebody_kept_stops_destroy_until_it_is_said_that_data_goes(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    made = bootstrap(f"create --integration biomodal-duet {INPUTS['biomodal-duet']} --yes")
    assert made.code == 0, made.err
    ec2 = scope().client("ec2")
    [machine] = ec2.describe_instances()["Reservations"][0]["Instances"]
    which, [device] = machine["InstanceId"], machine["BlockDeviceMappings"]
    stays = {"DeviceName": device["DeviceName"], "Ebs": {"DeleteOnTermination": False}}
    ec2.modify_instance_attribute(InstanceId=which, BlockDeviceMappings=[stays])
    for _ in range(2):
        with cloud.recorded() as calls:
            stopped = bootstrap("destroy --yes")
        assert stopped.code == 1
        assert f"! volume {device['Ebs']['VolumeId']} is retained" in stopped.err
        assert "--delete-data" in stopped.err
        assert writes(calls) == []
        ec2.terminate_instances(InstanceIds=[which])
    assert bootstrap("destroy --yes --delete-data").code == 0
    assert ec2.describe_volumes()["Volumes"] == []


def test_a_bucket_that_somebody_makes_at_the_same_moment_is_not_taken(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    s3, theirs = scope().client("s3"), [{"Key": "owner", "Value": "bob"}]

    def first_a_stranger(call: Call, carry: Carry) -> None:
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": theirs})
        s3.put_object(Bucket=BUCKET, Key="precious", Body=b"data")

    cloud.trick("CreateBucket", first_a_stranger)
    refused = bootstrap(f"create {VPC} --yes")
    assert refused.code == 1
    assert f"s3_bucket {BUCKET} exists, and this deployment did not create it" in refused.err
    assert "--existing-bucket" in refused.err
    assert bootstrap("destroy --yes --delete-data").code == 0
    assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == theirs
    assert s3.get_object(Bucket=BUCKET, Key="precious")["Body"].read() == b"data"


@pytest.mark.parametrize(
    ("theirs", "told", "advice"),
    [
        (
            {"123456789012": "210987654321"},
            "belongs to AWS account 210987654321; these credentials belong to account 123456789012",
            "--profile",
        ),
        ({'"partition": "aws"': '"partition": "aws-cn"', "arn:aws:": "arn:aws-cn:"}, "belongs to AWS account", "Sign in"),
    ],
)
@pytest.mark.parametrize("verb", [f"create {VPC} --yes", f"plan {VPC}", "destroy --yes", "status"])
def test_a_state_of_another_account_is_refused(
    verb: str, theirs: dict[str, str], told: str, advice: str, bootstrap: Bootstrap, cloud: Wire, tmp_path: Path
) -> None:
    bootstrap(f"create {VPC} --yes")
    for ours, text in theirs.items():
        STATE.write_text(STATE.read_text().replace(ours, text))
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        ran = bootstrap(verb)
    assert ran.code == 1
    assert told in ran.err
    assert advice in ran.err
    assert writes(calls) == []
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("region", "us-west-2", "its arn is arn:aws:batch:us-east-1:123456789012:"),
        ("id", "210987654321", ":123456789012:"),
        ("partition", "aws-cn", "its arn is arn:aws:"),
    ],
)
def test_a_state_whose_account_was_edited_by_hand_contradicts_itself(
    field: str, value: str, told: str, bootstrap: Bootstrap, cloud: Wire, tmp_path: Path
) -> None:
    """There, all would seem to be gone, and be forgotten."""
    assert bootstrap(f"create --integration biomodal-duet {INPUTS['biomodal-duet']} --yes").code == 0
    state = STATE.with_name("biomodal-duet.json")
    content = json.loads(state.read_text())
    content["accounts"]["default"][field] = value
    state.write_text(json.dumps(content))
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        ran = bootstrap("destroy --yes --delete-data")
    assert ran.code == 1
    assert "has been damaged or edited by hand" in ran.err
    assert told in ran.err
    assert (calls, tree(tmp_path)) == ([], before)


@pytest.mark.parametrize("verb", [f"create {VPC} --yes", f"plan {VPC}", "destroy --yes", "status"])
def test_a_state_of_another_region_is_refused(verb: str, bootstrap: Bootstrap, cloud: Wire, tmp_path: Path) -> None:
    bootstrap(f"create {VPC} --yes")
    before = tree(tmp_path)
    with cloud.recorded() as calls:
        ran = bootstrap(f"{verb} --region eu-west-1")
    assert ran.code == 1
    assert "belongs to region us-east-1, but this run uses eu-west-1" in ran.err
    assert "Omit --region" in ran.err
    assert writes(calls) == []
    assert tree(tmp_path) == before


def test_a_role_that_somebody_made_is_refused_and_left_alone(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, tmp_path: Path
) -> None:
    scope().client("iam").create_role(RoleName="UpsolverRole", AssumeRolePolicyDocument=TRUST)
    with cloud.recorded() as calls:
        ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert ran.err.count("its name is taken by somebody else") == 1
    assert (
        f"To use others, which are free as far as AWS shows, run: bootstrap create {VPC} --yes --role-prefix upsolver-vpc-\n"
        in ran.err
    )
    assert writes(calls) == []
    assert tree(tmp_path) == {}
    assert bootstrap(f"plan {VPC}").code == 1
    assert bootstrap(f"create {VPC} --role-prefix mine- --yes").code == 0


def test_a_name_that_differs_in_letter_case_only_is_taken_too(bootstrap: Bootstrap, scope: MakeScope) -> None:
    """The plan cannot see it: AWS finds names letter by letter, and refuses them whatever their case."""
    iam = scope().client("iam")
    iam.create_role(RoleName="upsolverrole", AssumeRolePolicyDocument=TRUST)
    ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert "! role failed" in ran.err
    assert "AWS says that iam_role UpsolverRole exists, but does not show it" in ran.err
    assert "To use other names, run the same command with: --role-prefix upsolver-vpc-\n" in ran.err
    assert bootstrap("destroy --yes").code == 0
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["upsolverrole"]


def test_a_bucket_that_somebody_made_is_refused_and_left_alone(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    scope().client("s3").create_bucket(Bucket=BUCKET)
    with cloud.recorded() as calls:
        ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert ran.err.count("its name is taken by somebody else") == 1
    assert f"If it is yours and in this account, run the same command with: --existing-bucket {BUCKET}\n" in ran.err
    assert writes(calls) == []
    assert bootstrap(f"create {VPC} --existing-bucket {BUCKET} --yes").code == 0


def test_a_deployment_of_the_same_name_from_another_folder_is_refused(
    bootstrap: Bootstrap, cloud: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap(f"create {VPC} --yes")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with cloud.recorded() as calls:
        ran = bootstrap(f"create {VPC} --yes")
    assert ran.code == 1
    assert "its name is taken by another state of deployment 'upsolver-vpc'" in ran.err
    assert "its state is lost, run: bootstrap recover" in ran.err
    assert writes(calls) == []


def test_another_deployment_in_the_same_account_is_refused(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --name one --yes")
    with cloud.recorded() as calls:
        ran = bootstrap(f"create {VPC} --name two --yes")
    assert ran.code == 1
    assert "its name is taken by deployment 'one'" in ran.err
    assert writes(calls) == []


def test_a_deployment_does_not_become_one_of_another_integration(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --name prod --yes")
    with cloud.recorded() as calls:
        ran = bootstrap("create --integration upsolver-private-vpc --external-id e1 --org-id acme --name prod --yes")
    assert ran.code == 1
    assert "belongs to upsolver-vpc, not upsolver-private-vpc" in ran.err
    assert writes(calls) == []


def test_a_role_that_was_made_anew_by_somebody_survives_destroy(bootstrap: Bootstrap, scope: MakeScope) -> None:
    scope().client("s3").create_bucket(Bucket="my-own-bucket")
    bootstrap(f"create {VPC} --existing-bucket my-own-bucket --without-athena --yes")
    iam = scope().client("iam")
    iam.detach_role_policy(RoleName="UpsolverRole", PolicyArn="arn:aws:iam::aws:policy/AWSCloudFormationReadOnlyAccess")
    for name in iam.list_role_policies(RoleName="UpsolverRole")["PolicyNames"]:
        iam.delete_role_policy(RoleName="UpsolverRole", PolicyName=name)
    iam.delete_role(RoleName="UpsolverRole")
    iam.create_role(RoleName="UpsolverRole", AssumeRolePolicyDocument=TRUST)
    gone = bootstrap("destroy --yes")
    assert gone.code == 0
    assert "an unmanaged resource has its name now and is left alone" in gone.err
    assert iam.get_role(RoleName="UpsolverRole")
    assert not STATE.exists()


def test_what_somebody_added_stops_destroy_and_survives_create(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    iam = scope().client("iam")
    iam.put_role_policy(RoleName="UpsolverRole", PolicyName="debug", PolicyDocument=json.dumps(POLICY))
    again = bootstrap("create --integration upsolver-vpc --yes")
    assert again.code == 0
    assert "* inline policy debug: added by somebody else, left alone" in again.err
    with cloud.recorded() as calls:
        stopped = bootstrap("destroy --yes")
    assert stopped.code == 1
    assert "somebody else added to it: inline policy debug" in stopped.err
    assert writes(calls) == []
    iam.delete_role_policy(RoleName="UpsolverRole", PolicyName="debug")
    assert bootstrap("destroy --yes").code == 0


def test_a_policy_that_somebody_attached_is_taken_off_only_when_that_is_said(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    iam = scope().client("iam")
    theirs = iam.create_policy(PolicyName="theirs", PolicyDocument=json.dumps(POLICY))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="UpsolverRole", PolicyArn=theirs)
    with cloud.recorded() as calls:
        stopped = bootstrap("destroy --yes")
    assert stopped.code == 1
    assert f"somebody else added to it: attached policy {theirs}" in stopped.err
    assert f"With --detach-foreign, attached policy {theirs} is detached and kept." in stopped.err
    assert writes(calls) == []
    gone = bootstrap("destroy --yes --detach-foreign")
    assert gone.code == 0, gone.err
    assert f"* attached policy {theirs}: added by somebody else, detached, not deleted" in gone.err
    assert [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]] == [theirs]
    assert iam.list_roles()["Roles"] == []


def test_what_an_organization_puts_into_everything_goes_when_that_is_said(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    """On each bucket a rule and a statement, on each role an inline policy: none of them outlives what it is in."""
    bootstrap(f"create {VPC} --yes")
    iam, s3 = scope().client("iam"), scope().client("s3")
    iam.put_role_policy(RoleName="UpsolverRole", PolicyName="guard", PolicyDocument=json.dumps(POLICY))
    rule = {"ID": "retention", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 9}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    document = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    theirs = {
        "Sid": "Guard",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutBucketAcl",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }
    document["Statement"].append(theirs)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))
    with cloud.recorded() as calls:
        stopped = bootstrap("destroy --yes --detach-foreign --delete-data")
    assert (stopped.code, writes(calls)) == (1, [])
    for what in ("bucket policy statement Guard, lifecycle rule retention are", "inline policy guard is"):
        assert f"! somebody else added to it: {what.rpartition(' ')[0]}\n" in stopped.err
        assert f"With --delete-foreign, {what} also deleted." in stopped.err
    gone = bootstrap("destroy --yes --delete-foreign")
    assert gone.code == 0, gone.err
    assert "* lifecycle rule retention: added by somebody else, also deleted" in gone.err
    assert (iam.list_roles()["Roles"], s3.list_buckets()["Buckets"]) == ([], [])


def test_what_somebody_adds_after_the_plan_is_not_deleted(bootstrap: Bootstrap, cloud: Wire, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    iam = scope().client("iam")

    def first_a_guard(call: Call, carry: Carry) -> None:
        iam.put_role_policy(RoleName="UpsolverRole", PolicyName="guard", PolicyDocument=json.dumps(POLICY))

    cloud.trick("DeleteRolePolicy", first_a_guard)
    stopped = bootstrap("destroy --yes --delete-foreign")
    assert stopped.code == 1
    assert iam.list_role_policies(RoleName="UpsolverRole")["PolicyNames"] == ["guard"]


def test_a_changed_immutable_property_names_the_way_out(bootstrap: Bootstrap, cloud: Wire) -> None:
    bootstrap(f"create {VPC} --yes")
    with cloud.recorded() as calls:
        ran = bootstrap("create --integration upsolver-vpc --path /vendors/ --yes")
    assert ran.code == 1
    assert "its path cannot change in place ('/' to '/vendors/')" in ran.err
    assert "bootstrap destroy --name upsolver-vpc" in ran.err
    assert writes(calls) == []


def test_ours_without_its_owner_tags_is_there_and_neither_gone_nor_to_be_made(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    scope().client("iam").untag_role(RoleName="UpsolverRole", TagKeys=["bootstrap:lineage"])
    scope().client("s3").delete_bucket_tagging(Bucket=BUCKET)
    status, plan = bootstrap("status --detailed-exitcode"), bootstrap("plan --integration upsolver-vpc")
    assert (status.code, plan.code) == (2, 1)
    for text in (status.out, plan.out):
        assert "exists, without its owner tags\n" in text
        assert "exists, and nothing proves that it is ours\n" in text
        assert "will be created" not in text
    assert "Drift: 0 gone, 0 changed, 2 not recognized as this deployment's, 2 unchanged.\n" in status.out
    assert "Plan: 2 blocked, 2 unchanged. See the lines with !.\n" in plan.out
    content = bootstrap("status --json").last("plan")
    assert {"create": 0, "blocked": 2, "no-op": 2}.items() <= content["summary"].items()
    [role] = [each for each in content["changes"] if each["address"] == "role"]
    assert (role["action"], role["id"][:4]) == ("blocked", "AROA")


def test_owner_tags_that_somebody_took_away_come_back_only_when_that_is_said(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    iam = scope().client("iam")
    iam.untag_role(RoleName="UpsolverRole", TagKeys=["bootstrap:lineage"])
    retag = "bootstrap create --integration upsolver-vpc --name upsolver-vpc --retag"
    with cloud.recorded() as calls:
        for verb in ("create --integration upsolver-vpc --yes", "plan --integration upsolver-vpc", "destroy --yes"):
            refused = bootstrap(verb)
            assert refused.code == 1
            assert f"If it still belongs to this deployment, run: {retag}\n" in refused.err + refused.out
    assert writes(calls) == []
    shown = bootstrap("plan --integration upsolver-vpc --retag")
    assert "its owner tags are restored, because of --retag" in shown.out
    assert "tags.bootstrap:lineage: (none) -> " in shown.out
    assert bootstrap(f"{retag.removeprefix('bootstrap ')} --yes").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert iam.list_roles()["Roles"] == []


def test_a_record_does_not_make_another_deployments_role_ours(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope, tmp_path: Path
) -> None:
    """The state of one names the role of the other, with its id."""
    assert bootstrap(f"create {VPC} --name one --yes").code == 0
    assert (
        bootstrap(
            "create --integration upsolver-vpc --external-id ext-2 --org-id other --role-prefix b- --name two --yes"
        ).code
        == 0
    )
    states = {name: json.loads(Path(f".bootstrap/{name}.json").read_text()) for name in ("one", "two")}
    roles = {name: next(item for item in state["records"] if item["kind"] == "iam_role") for name, state in states.items()}
    roles["two"]["outputs"] = roles["one"]["outputs"]
    roles["two"]["properties"] = roles["one"]["properties"]
    sign(Path(".bootstrap/two.json"), states["two"])
    before = scope().client("iam").get_role(RoleName="UpsolverRole")["Role"]
    with cloud.recorded() as calls:
        for verb in (
            "create --integration upsolver-vpc --name two --retag --yes",
            "destroy --name two --detach-foreign --yes",
        ):
            assert bootstrap(verb).code == 1
    assert writes(calls) == []
    assert scope().client("iam").get_role(RoleName="UpsolverRole")["Role"] == before


def test_a_quarantine_that_a_record_claims_is_taken_off_only_when_that_is_said(
    bootstrap: Bootstrap, cloud: Wire, scope: MakeScope
) -> None:
    bootstrap(f"create {VPC} --yes")
    iam, policy = scope().client("iam"), "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    iam.attach_role_policy(RoleName="UpsolverRole", PolicyArn=policy)
    state = json.loads(STATE.read_text())
    role = next(item["outputs"] for item in state["records"] if item["kind"] == "iam_role")
    claim = next(item for item in state["records"] if item["kind"] == "iam_role_attachment")
    outputs = {"role_id": role["role_id"], "role": role["name"], "policy_arn": policy}
    forged = {**claim, "address": "forged", "outputs": outputs}
    forged["properties"] = {**claim["properties"], "policy_arn": policy}
    state["records"].append(forged)
    sign(STATE, state)
    with cloud.recorded() as calls:
        for verb in ("create --integration upsolver-vpc --yes", "destroy --yes --delete-data"):
            refused = bootstrap(verb)
            assert refused.code == 1
            assert "! AWSCompromisedKeyQuarantineV3 keeps a role from doing harm" in refused.err
    assert writes(calls) == []
    assert "bootstrap destroy --name upsolver-vpc --delete-data --detach-foreign" in refused.err
    assert bootstrap("state rm forged --name upsolver-vpc --yes").code == 0
    kept = bootstrap("create --integration upsolver-vpc --yes")
    assert kept.code == 0
    assert f"* attached policy {policy}: added by somebody else, left alone" in kept.err
    gone = bootstrap("destroy --yes --detach-foreign")
    assert gone.code == 0
    assert f"* attached policy {policy}: added by somebody else, detached, not deleted" in gone.err


def test_what_goes_with_a_resource_is_named_in_the_plan(bootstrap: Bootstrap, scope: MakeScope) -> None:
    bootstrap(f"create {VPC} --yes")
    scope().client("s3").put_object(Bucket=BUCKET, Key="precious", Body=b"data")
    told = f"bucket {BUCKET} still holds objects (--delete-data)"
    assert f"- 1 object (4 bytes) in bucket {BUCKET}: deleted for good" in bootstrap("destroy --dry-run --delete-data").out
    changes = bootstrap("destroy --dry-run --delete-data --json").last("plan")["changes"]
    named = {change["address"]: change["along"] for change in changes}
    assert named["bucket"] == [told]
    assert any(each.startswith("inline policy ") for each in named["role"])


def sign(path: Path, state: dict[str, object]) -> None:
    """Writes it with a digest that is right: whoever edits a state can do that, too."""
    path.write_text(json.dumps({**state, "digest": digest(state)}))
