"""Each real change by hand that gives somebody more access is found by `status --security`, and no other one."""

import json
from collections.abc import Callable
from typing import Any

from tests.cli.conftest import BUCKET, INPUTS, VPC, Bootstrap
from tests.cli.test_names_taken import accounts as accounts
from tests.cli.test_security_status import ADMIN, ANY, ROLE, findings, policy
from tests.conftest import MakeScope

BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
Step = tuple[str, Callable[[], Any], str]
"""A change by hand in words, what makes it, and address and code of what it widens: "" for a harmless one."""


def each_is_found(bootstrap: Bootstrap, steps: list[Step]) -> None:
    """Makes one change after the other: each adds just what it widens."""
    seen = findings(bootstrap("status --security --json"))
    assert seen == set()
    for words, change, widened in steps:
        change()
        ran = bootstrap("status --security --json")
        now = findings(ran)
        assert " ".join(f"{address} {code}" for address, code, _ in now - seen) == widened, words
        assert seen <= now, (words, seen - now)
        assert ran.code == (2 if now else 0), words
        seen = now


def test_each_way_to_open_a_role_or_a_bucket_is_found(bootstrap: Bootstrap, scope: MakeScope) -> None:
    create = f"create {VPC} --permissions-boundary {BOUNDARY} --yes"
    assert bootstrap(create).code == 0
    iam, s3 = scope().client("iam"), scope().client("s3")
    trust = iam.get_role(**ROLE)["Role"]["AssumeRolePolicyDocument"]
    vendor, *others = trust["Statement"]
    inline = "upsolver-server"
    document = iam.get_role_policy(**ROLE, PolicyName=inline)["PolicyDocument"]
    held: list[Any] = [vendor, *others]
    granted: list[Any] = list(document["Statement"])
    bucket = {"Bucket": BUCKET}
    by_bucket = json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]

    def trusting(*more: Any) -> Callable[[], Any]:
        def change() -> Any:
            held.extend(more)
            return iam.update_assume_role_policy(**ROLE, PolicyDocument=policy(*held))

        return change

    def without_id() -> Any:
        held[0] = {**vendor, "Condition": {}}
        return trusting()()

    def granting(*more: Any) -> Callable[[], Any]:
        def change() -> Any:
            granted.extend(more)
            return iam.put_role_policy(**ROLE, PolicyName=inline, PolicyDocument=policy(*granted))

        return change

    def of_bucket(*more: Any) -> Callable[[], Any]:
        def change() -> Any:
            by_bucket.extend(more)
            return s3.put_bucket_policy(**bucket, Policy=policy(*by_bucket))

        return change

    def without_tls() -> Any:
        by_bucket[:] = [each for each in by_bucket if each["Effect"] == "Allow"]
        return of_bucket()()

    assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    at_home = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    bpa = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
    each_is_found(
        bootstrap,
        [
            ("a text", lambda: iam.update_role(**ROLE, Description="theirs"), ""),
            ("a tag", lambda: iam.tag_role(**ROLE, Tags=[{"Key": "team", "Value": "x"}]), ""),
            ("a Deny in the trust", trusting({**assume, "Effect": "Deny", "Principal": "*", "Condition": at_home}), ""),
            (
                "one more principal",
                trusting({**assume, "Sid": "A", "Principal": {"AWS": "111122223333"}}),
                "role new-principal",
            ),
            (
                "all but one",
                trusting({**assume, "Sid": "B", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}),
                "role new-principal",
            ),
            (
                "a service",
                trusting({**assume, "Sid": "C", "Principal": {"Service": "lambda.amazonaws.com"}}),
                "role new-principal",
            ),
            ("no external id", without_id, "role lost-external-id"),
            ("a Deny in our policy", granting({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}), ""),
            (
                "one more action",
                granting({"Sid": "D", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}),
                "role new-action",
            ),
            (
                "more resources",
                granting({"Sid": "E", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}),
                "role wider-resource",
            ),
            (
                "another inline policy",
                lambda: iam.put_role_policy(**ROLE, PolicyName="x", PolicyDocument=policy(ANY)),
                "role administrator",
            ),
            ("a managed policy", lambda: iam.attach_role_policy(**ROLE, PolicyArn=ADMIN), "role administrator"),
            (
                "a longer session",
                lambda: iam.update_role(**ROLE, Description="theirs", MaxSessionDuration=43200),
                "role longer-session",
            ),
            (
                "another boundary",
                lambda: iam.put_role_permissions_boundary(**ROLE, PermissionsBoundary=ADMIN),
                "role lost-boundary",
            ),
            ("no boundary", lambda: iam.delete_role_permissions_boundary(**ROLE), ""),  # as wide as before
            (
                "an instance profile",
                lambda: (
                    iam.create_instance_profile(InstanceProfileName="theirs"),
                    iam.add_role_to_instance_profile(InstanceProfileName="theirs", **ROLE),
                ),
                "role new-principal",
            ),
            (
                "no policy of ours",
                lambda: iam.detach_role_policy(**ROLE, PolicyArn="arn:aws:iam::aws:policy/AmazonAthenaFullAccess"),
                "",
            ),
            ("encryption", lambda: s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"}), ""),
            (
                "a reader of the bucket",
                of_bucket({**reading, "Sid": "F", "Principal": {"AWS": "111122223333"}}),
                "bucket new-principal",
            ),
            (
                "a part of the public access block",
                lambda: s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=bpa),
                "bucket public-access",
            ),
            ("everybody", of_bucket({**reading, "Sid": "G", "Principal": "*"}), "bucket public-access"),
            ("no TLS", without_tls, "bucket lost-denial"),
            ("all of it", lambda: s3.delete_public_access_block(**bucket), ""),
            (
                "access control lists",
                lambda: s3.put_bucket_ownership_controls(
                    **bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
                ),
                "bucket public-access",
            ),
            ("no ownership controls", lambda: s3.delete_bucket_ownership_controls(**bucket), ""),
        ],
    )


def test_each_way_to_open_what_is_in_somebody_elses_role_or_bucket_is_found(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    """Of both accounts: the trust statement of another role with its Deny, and managed policies."""
    nodes, data = accounts["cluster"]["iam"], accounts["s3"]["iam"]
    theirs = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    data.create_role(RoleName="reader", AssumeRolePolicyDocument=policy(theirs))
    ours = f"{INPUTS['aspera-atc']} --existing-s3-role reader --require-external-id --yes"
    assert bootstrap(f"create --integration aspera-atc {ours}").code == 0
    statements = data.get_role(RoleName="reader")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    [arn] = [each["Arn"] for each in nodes.list_policies(Scope="Local")["Policies"]]

    def trusting(*held: Any) -> Callable[[], Any]:
        return lambda: data.update_assume_role_policy(RoleName="reader", PolicyDocument=policy(*held))

    allow = next(each for each in statements if each["Effect"] == "Allow" and each.get("Sid"))
    deny = next(each for each in statements if each["Effect"] == "Deny")
    version = {"PolicyDocument": policy(ANY), "SetAsDefault": True}
    each_is_found(
        bootstrap,
        [
            ("another statement", trusting({**theirs, "Sid": "More"}, allow, deny), ""),  # their own role
            ("no external id", trusting({**allow, "Condition": {}}, deny), "s3-trust lost-external-id"),
            ("no Deny", trusting({**allow, "Condition": {}}), "s3-trust lost-denial"),
            ("a version", lambda: nodes.create_policy_version(PolicyArn=arn, **version), "assume-policy administrator"),
            (
                "a user of it",
                lambda: (nodes.create_user(UserName="eve"), nodes.attach_user_policy(UserName="eve", PolicyArn=arn)),
                "assume-policy new-principal",
            ),
        ],
    )
    trusting(theirs)()
    assert "lost-denial" in {code for _, code, _ in findings(bootstrap("status --security --json"))}, "ours is gone"


def test_each_way_to_open_a_bucket_statement_or_a_provider_is_found(bootstrap: Bootstrap, scope: MakeScope) -> None:
    s3 = scope().client("s3")
    s3.create_bucket(Bucket="acme-root")
    given = "--external-id ext-1 --policy-type managed --root-bucket acme-root --yes"
    made = bootstrap(f"create --integration databricks-workspace {given}")
    assert made.code == 0, made.err
    first, *rest = json.loads(s3.get_bucket_policy(Bucket="acme-root")["Policy"])["Statement"]

    def with_first(**changed: Any) -> Callable[[], Any]:
        def change() -> Any:
            first.update(changed)
            return s3.put_bucket_policy(Bucket="acme-root", Policy=policy(first, *rest))

        return change

    each_is_found(
        bootstrap,
        [
            (
                "more people",
                with_first(Principal={"AWS": [*first["Principal"]["AWS"], "111122223333"]}),
                "root-bucket new-principal",
            ),
            ("all actions", with_first(Action=[*first["Action"], "s3:PutBucketPolicy"]), "root-bucket new-action"),
            ("no condition", with_first(Condition={}), "root-bucket lost-condition"),
        ],
    )


def test_nothing_that_hides_a_change_hides_it_from_the_judgment(bootstrap: Bootstrap, scope: MakeScope) -> None:
    """Somebody takes the owner tags off, uses a Sid of ours, or sets what a person would have to choose about."""
    assert bootstrap(f"create {VPC} --yes").code == 0
    iam, s3 = scope().client("iam"), scope().client("s3")
    theirs = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}}
    [ours] = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    everything = f"arn:aws:s3:::{BUCKET}"
    tls = {**ours, "Sid": "Tls"}
    public = {"Sid": ours["Sid"], "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": everything}
    each_is_found(
        bootstrap,
        [
            ("no block", lambda: s3.delete_public_access_block(Bucket=BUCKET), "bucket public-access"),
            ("a Sid of ours", lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(tls, public)), "bucket lost-denial"),
            ("no owner tags", lambda: iam.untag_role(**ROLE, TagKeys=["bootstrap:deployment", "bootstrap:lineage"]), ""),
            (
                "a trust then",
                lambda: iam.update_assume_role_policy(**ROLE, PolicyDocument=policy(theirs)),
                "role new-principal",
            ),
            ("a policy then", lambda: iam.attach_role_policy(**ROLE, PolicyArn=ADMIN), "role administrator"),
            ("an untagged bucket", lambda: s3.delete_bucket_tagging(Bucket=BUCKET), ""),
            (
                "and open",
                lambda: s3.put_bucket_ownership_controls(
                    Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
                ),
                "bucket public-access",
            ),
        ],
    )


def test_a_resource_that_somebody_put_in_the_place_of_ours_is_a_finding_and_one_that_is_gone_is_not(
    bootstrap: Bootstrap, scope: MakeScope
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    iam = scope().client("iam")
    role = iam.get_role(**ROLE)["Role"]
    for name in iam.list_role_policies(**ROLE)["PolicyNames"]:
        iam.delete_role_policy(**ROLE, PolicyName=name)
    for each in iam.list_attached_role_policies(**ROLE)["AttachedPolicies"]:
        iam.detach_role_policy(**ROLE, PolicyArn=each["PolicyArn"])
    iam.delete_role(**ROLE)
    gone = bootstrap("status --security")
    assert (gone.code, "harmless  role: recorded, but no longer in AWS" in gone.out) == (0, True), gone.out
    iam.create_role(**ROLE, AssumeRolePolicyDocument=policy(), Tags=role["Tags"])
    taken = bootstrap("status --security --json")
    assert (taken.code, findings(taken)) == (2, {("role", "replaced", "")})
