"""What an organization tightened on our things: create keeps it and says so, status calls it no difference."""

import json
import re
from typing import Any

import pytest

from tests.cli.conftest import BUCKET, STATE, VPC, Bootstrap, writes
from tests.conftest import MakeScope
from tests.support.wire import Wire

AGAIN = "create --integration upsolver-vpc"
BOUNDARY, OTHER_BOUNDARY = (f"arn:aws:iam::aws:policy/{name}" for name in ("PowerUserAccess", "ReadOnlyAccess"))
SET_BACK = "bootstrap create --integration upsolver-vpc --name upsolver-vpc"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


class Organization:
    """Somebody with every right, who comes after a `create`."""

    def __init__(self, scope: MakeScope) -> None:
        self.iam, self.s3 = scope().client("iam"), scope().client("s3")

    def role(self) -> Any:
        return self.iam.get_role(RoleName="UpsolverRole")["Role"]

    def trust(self, *more: Any, **changed: Any) -> None:
        """Adds statements to our trust policy, and changes the first one of ours."""
        document = self.role()["AssumeRolePolicyDocument"]
        ours, *others = document["Statement"]
        content = json.dumps({**document, "Statement": [{**ours, **changed}, *others, *more]})
        self.iam.update_assume_role_policy(RoleName="UpsolverRole", PolicyDocument=content)

    def bound(self, boundary: str = BOUNDARY) -> None:
        self.iam.put_role_permissions_boundary(RoleName="UpsolverRole", PermissionsBoundary=boundary)

    def encrypt(self, algorithm: str, key: str) -> None:
        by = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": by}]}
        self.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)

    def keep_versions(self) -> None:
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

    def lock(self) -> None:
        self.keep_versions()
        self.s3.put_object_lock_configuration(
            Bucket=BUCKET,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
            },
        )

    def deny_all_without_tls(self) -> None:
        """Our statement, made stricter in place."""
        [ours] = json.loads(self.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
        ours["Condition"] = {"BoolIfExists": {"aws:SecureTransport": "false"}}
        document = {"Version": "2012-10-17", "Statement": [ours]}
        self.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))


@pytest.fixture
def organization(bootstrap: Bootstrap, scope: MakeScope) -> Organization:
    bootstrap(f"create {VPC} --yes")
    return Organization(scope)


def test_a_second_create_keeps_all_that_was_tightened_and_says_so(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    organization.bound()
    organization.trust(DENY)
    organization.lock()
    organization.encrypt("aws:kms", KEY)
    organization.deny_all_without_tls()
    recorded = json.loads(STATE.read_text())["records"]
    with cloud.recorded() as calls:
        again = bootstrap(f"{AGAIN} --yes")
        status = bootstrap("status --detailed-exitcode")
        planned = bootstrap("plan --integration upsolver-vpc --json --detailed-exitcode")
    assert (again.code, status.code, planned.code) == (0, 0, 0)
    assert writes(calls) == []
    assert json.loads(STATE.read_text())["records"] == recorded
    for text in (again.err, status.out):
        assert "No changes: everything is up to date. 4 settings were tightened outside bootstrap and kept" in text
        for path in ("permissions_boundary", "trust", "encryption", "versioning"):
            assert f"      ^ {path}: tightened outside bootstrap: kept\n" in text
        assert f'AWS has "{BOUNDARY}"; bootstrap sets (none)' in text
        assert '+ statement 3: {"Effect": "Deny"' in text
        assert f"        To set it back to what bootstrap sets, run: {SET_BACK} --overwrite role\n" in text
        assert f"To set back all that was tightened, run: {SET_BACK} --overwrite bucket --overwrite role\n" in text
    assert "bring it back" not in status.err
    assert planned.last("plan")["set_back"] == f"{SET_BACK} --overwrite bucket --overwrite role"
    kept = {each["field"]: each["before"] for change in planned.last("plan")["changes"] for each in change["kept"]}
    assert (kept["permissions_boundary"], kept["encryption"], kept["versioning"]) == (BOUNDARY, KEY, True)


def test_what_was_tightened_is_set_back_by_the_command_that_is_printed(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    organization.bound()
    organization.encrypt("aws:kms", KEY)
    [command] = re.findall("To set back all that was tightened, run: bootstrap (.*)", bootstrap("status").out)
    assert bootstrap(f"{command} --yes").code == 0
    assert "PermissionsBoundary" not in organization.role()
    assert "^" not in bootstrap("status --detailed-exitcode").out


def test_destroy_takes_away_what_was_tightened_as_anything_else(bootstrap: Bootstrap, organization: Organization) -> None:
    organization.bound()
    organization.trust(DENY)
    organization.encrypt("aws:kms", KEY)
    organization.keep_versions()
    bootstrap(f"{AGAIN} --yes")
    assert bootstrap("destroy --yes").code == 0
    assert organization.s3.list_buckets()["Buckets"] == []


def test_what_is_brought_back_does_not_loosen_what_stays(bootstrap: Bootstrap, organization: Organization) -> None:
    organization.bound()
    organization.trust(DENY)
    organization.iam.update_role(RoleName="UpsolverRole", Description="theirs", MaxSessionDuration=43200)
    organization.s3.delete_public_access_block(Bucket=BUCKET)
    organization.keep_versions()
    again = bootstrap(f"{AGAIN} --yes")
    assert "^ permissions_boundary" in again.err
    role = organization.role()
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert role["AssumeRolePolicyDocument"]["Statement"][-1]["Effect"] == "Deny"
    assert (role["MaxSessionDuration"], role["Description"] == "theirs") == (3600, False)
    assert organization.s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert all(organization.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())


def test_two_boundaries_are_refused_until_the_user_chooses(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    given = f"{AGAIN} --permissions-boundary {BOUNDARY} --yes"
    assert bootstrap(given).code == 0
    organization.bound(OTHER_BOUNDARY)
    with cloud.recorded() as calls:
        refused = bootstrap(given)
        status = bootstrap("status")
    assert (refused.code, writes(calls)) == (1, [])
    for text in (refused.err, status.out):
        assert f'permissions_boundary: "{OTHER_BOUNDARY}" -> "{BOUNDARY}"' in text
        assert "run: bootstrap create --integration upsolver-vpc --name upsolver-vpc --overwrite role\n" in text
    assert bootstrap(f"{AGAIN} --overwrite role --yes").code == 0
    assert organization.role()["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    organization.bound(OTHER_BOUNDARY)
    [keeping] = re.findall("To keep what AWS has, run: bootstrap (.*)", refused.err)
    assert keeping == f"{SET_BACK.removeprefix('bootstrap ')} --permissions-boundary {OTHER_BOUNDARY}"
    assert bootstrap(f"{keeping} --yes").code == 0
    assert bootstrap("status --detailed-exitcode").code == 0


def test_a_choice_about_a_new_input_is_made_by_the_command_that_was_typed(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    """One that names the integration only would run with the inputs of before."""
    organization.bound(OTHER_BOUNDARY)
    organization.keep_versions()
    given = f"{AGAIN} --permissions-boundary {BOUNDARY} --yes"
    refused = bootstrap(given)
    assert refused.code == 1
    assert (
        "To overwrite role with what bootstrap sets, run the same create command again with --overwrite role" in refused.err
    )
    assert "To set" not in refused.err  # nothing is set back while something is refused
    assert bootstrap(f"{given} --overwrite role").code == 0
    assert organization.role()["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY


def test_a_trust_that_was_changed_in_both_directions_is_refused(bootstrap: Bootstrap, organization: Organization) -> None:
    organization.trust(DENY, Condition={})
    refused = bootstrap(f"{AGAIN} --yes")
    assert refused.code == 1
    assert "neither the value in AWS nor the one that bootstrap sets is stricter: trust" in refused.err
    assert "No option sets trust. By hand, undo what allows more access: what is only stricter is kept." in refused.err
    assert "To keep what AWS has" not in refused.err
    assert bootstrap(f"{AGAIN} --overwrite role --yes").code == 0
    assert DENY not in organization.role()["AssumeRolePolicyDocument"]["Statement"]


def test_access_that_was_removed_is_given_back_and_the_plan_says_so(
    bootstrap: Bootstrap, organization: Organization
) -> None:
    [name, *_] = organization.iam.list_role_policies(RoleName="UpsolverRole")["PolicyNames"]
    organization.iam.delete_role_policy(RoleName="UpsolverRole", PolicyName=name)
    said = f"+ inline_policies.{name}: restores access that was removed outside bootstrap"
    assert said in bootstrap("status").out
    again = bootstrap(f"{AGAIN} --yes")
    assert again.code == 0
    assert said in again.err


def test_versions_that_object_lock_needs_are_not_even_tried_to_be_suspended(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    organization.lock()
    with cloud.recorded() as calls:
        refused = bootstrap(f"{AGAIN} --overwrite bucket --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert f"bucket {BUCKET} has Object Lock, which needs versioning" in refused.err
    assert "Omit --overwrite for this bucket" in refused.err


def test_an_acl_that_gives_others_access_is_found_before_the_first_change(
    bootstrap: Bootstrap, cloud: Wire, organization: Organization
) -> None:
    rules = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    organization.s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    organization.s3.put_bucket_acl(Bucket=BUCKET, ACL="log-delivery-write")
    with cloud.recorded() as calls:
        refused = bootstrap(f"{AGAIN} --yes")
    assert (refused.code, writes(calls)) == (1, [])
    assert f"the ACL of bucket {BUCKET} gives others access" in refused.err
    organization.s3.put_bucket_acl(Bucket=BUCKET, ACL="private")
    assert bootstrap(f"{AGAIN} --yes").code == 0


def test_only_what_the_deployment_has_can_be_overwritten(bootstrap: Bootstrap, organization: Organization) -> None:
    wrong = bootstrap(f"{AGAIN} --overwrite rolle --yes")
    assert wrong.code == 64
    assert "Error: --overwrite: this deployment has no resource 'rolle'\nDid you mean role? Name one of: " in wrong.err
