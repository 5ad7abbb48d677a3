"""The same for changes that say it in other words: other operators, negated elements, other versions, and one part of a
block. What nobody can judge counts as one that opens something."""

import json
from collections.abc import Callable
from typing import Any

from tests.cli.conftest import BUCKET, INPUTS, VPC, Bootstrap
from tests.cli.test_names_taken import accounts as accounts
from tests.cli.test_opened_by_hand import each_is_found
from tests.cli.test_security_status import ROLE, policy
from tests.conftest import MakeScope

STRICT = "arn:aws:iam::aws:policy/ReadOnlyAccess"
WEAK = "arn:aws:iam::aws:policy/PowerUserAccess"


def test_a_role_that_is_opened_in_other_words_is_found(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(f"create {VPC} --permissions-boundary {STRICT} --yes").code == 0
    iam = scope().client("iam")
    trust: list[Any] = iam.get_role(**ROLE)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    inline = "upsolver-server"
    granted: list[Any] = iam.get_role_policy(**ROLE, PolicyName=inline)["PolicyDocument"]["Statement"]
    web = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity"}
    issuer = "token.actions.githubusercontent.com"
    github = f"arn:aws:iam::123456789012:oidc-provider/{issuer}"

    def vendor(**condition: Any) -> Callable[[], Any]:
        """The vendor's statement with another condition."""
        return lambda: iam.update_assume_role_policy(
            **ROLE, PolicyDocument=policy({**trust[0], "Condition": condition}, *trust[1:])
        )

    def more(*statements: Any) -> Callable[[], Any]:
        def change() -> Any:
            trust.extend(statements)
            return iam.update_assume_role_policy(**ROLE, PolicyDocument=policy(*trust))

        return change

    def granting(*statements: Any) -> Callable[[], Any]:
        def change() -> Any:
            granted.extend(statements)
            return iam.put_role_policy(**ROLE, PolicyName=inline, PolicyDocument=policy(*granted))

        return change

    own = trust[0]["Condition"]["StringEquals"]
    narrow = {**trust[0]["Condition"], "Bool": {"aws:SecureTransport": "true"}}
    region = {"StringEqualsIfExists": {"aws:RequestedRegion": "us-east-1"}}
    each_is_found(
        bootstrap,
        [
            ("a key in small letters", vendor(StringEquals={key.lower(): value for key, value in own.items()}), ""),
            ("a second condition", vendor(**narrow), ""),
            ("any external id", vendor(StringLike={"sts:ExternalId": "*"}), "role lost-external-id"),
        ],
    )
    for lost in (
        {"StringEqualsIfExists": own},
        {"ForAllValues:StringEquals": own},
        {"StringNotEquals": {"sts:ExternalId": "x"}},
        {"Null": {"sts:ExternalId": "false"}},
        {"StringLike": {"sts:ExternalId": "?*"}},
        {"StringLike": {"sts:ExternalId": "${aws:userid}"}},
    ):
        vendor(**lost)()
        assert "[lost-external-id]" in bootstrap("status --security").out, lost
    vendor(StringEqualsIgnoreCase=own)()
    assert "[lost-condition]" in bootstrap("status --security").out
    vendor(**trust[0]["Condition"])()
    each_is_found(
        bootstrap,
        [
            ("a provider", more({**web, "Sid": "A", "Principal": {"Federated": github}}), "role new-principal"),
            (
                "a provider with a condition",
                more({**web, "Sid": "B", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Condition": region}),
                "role new-principal",
            ),
            (
                "who is not named, with the id",
                more({**trust[0], "Sid": "C", "Principal": {"AWS": "*"}, "Condition": {"StringEquals": own}}),
                "role new-principal",
            ),
            ("tags of the session", more({**trust[0], "Sid": "D", "Action": ["sts:TagSession"]}), "role new-action"),
            (
                "all but some actions",
                granting({"Sid": "E", "Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "arn:aws:sqs:*:*:x"}),
                "role new-action",
            ),
            (
                "all but some resources",
                granting({"Sid": "F", "Effect": "Allow", "Action": "kms:Decrypt", "NotResource": "arn:aws:kms:*:*:key/x"}),
                "role new-action",
            ),
            (
                "in one region, if it is known",
                granting({"Sid": "G", "Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": region}),
                "role new-action",
            ),
            ("all of IAM", granting({"Sid": "H", "Effect": "Allow", "Action": "iam:*", "Resource": "*"}), "role escalation"),
            ("a shorter session", lambda: iam.update_role(**ROLE, MaxSessionDuration=3600), ""),
            (
                "a weaker boundary",
                lambda: iam.put_role_permissions_boundary(**ROLE, PermissionsBoundary=WEAK),
                "role lost-boundary",
            ),
        ],
    )


def test_a_bucket_that_is_opened_in_other_words_is_found(bootstrap: Bootstrap, scope: MakeScope) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    s3, bucket = scope().client("s3"), {"Bucket": BUCKET}
    held: list[Any] = json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]
    blocks = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}

    def block(**off: bool) -> Callable[[], Any]:
        return lambda: s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration={**blocks, **off})

    def more(*statements: Any) -> Callable[[], Any]:
        def change() -> Any:
            held.extend(statements)
            return s3.put_bucket_policy(**bucket, Policy=policy(*held))

        return change

    for name in blocks:
        block(**{name: False})()
        assert "[public-access]" in bootstrap("status --security").out, name
    block()()

    def weaker() -> Any:
        held[0]["Condition"] = {**held[0]["Condition"], "StringEquals": {"aws:PrincipalTag/a": "b"}}
        return more()()

    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:us-east-1:111122223333:key/theirs"}
    each_is_found(
        bootstrap,
        [
            ("a weaker Deny", weaker, "bucket lost-denial"),
            (
                "a whole organization",
                more({**reading, "Sid": "A", "Principal": "*", "Condition": organization}),
                "bucket new-principal",
            ),
            (
                "all but one",
                more({**reading, "Sid": "B", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}),
                "bucket new-principal",
            ),
            (
                "one more Deny",
                more({**reading, "Sid": "C", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}),
                "",
            ),
            (
                "a key of others",
                lambda: s3.put_bucket_encryption(
                    **bucket,
                    ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": key}]},
                ),
                "",
            ),
            (
                "access control lists",
                lambda: s3.put_bucket_ownership_controls(
                    **bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
                ),
                "bucket public-access",
            ),
            ("a list that lets all in", lambda: s3.put_bucket_acl(**bucket, ACL="public-read"), ""),  # the lists were
        ],
    )


def test_a_policy_whose_other_version_becomes_the_default_is_found(
    bootstrap: Bootstrap, accounts: dict[str, dict[str, Any]]
) -> None:
    assert bootstrap(f"create --integration aspera-atc {INPUTS['aspera-atc']} --yes").code == 0
    nodes = accounts["cluster"]["iam"]
    [arn] = [each["Arn"] for each in nodes.list_policies(Scope="Local")["Policies"]]
    [ours] = [
        nodes.get_policy_version(PolicyArn=arn, VersionId=each["VersionId"])["PolicyVersion"]["Document"]["Statement"]
        for each in nodes.list_policy_versions(PolicyArn=arn)["Versions"]
    ]
    wider = policy(*({**each, "Resource": "*"} for each in ours))

    def version(document: str, *, default: bool) -> Callable[[], Any]:
        return lambda: nodes.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=default)

    def use(version_id: str) -> Callable[[], Any]:
        return lambda: nodes.set_default_policy_version(PolicyArn=arn, VersionId=version_id)

    each_is_found(
        bootstrap,
        [
            ("a version that nothing uses", version(wider, default=False), ""),
            ("a narrower one", version(policy({**ours[0], "Condition": {"Bool": {"aws:x": "true"}}}), default=True), ""),
            ("the same in other words", version(policy(*reversed(ours)), default=True), ""),
            ("the wide one", use("v2"), "assume-policy escalation"),
        ],
    )


def test_a_provider_that_takes_more_tokens_is_found(bootstrap: Bootstrap, scope: MakeScope) -> None:
    given = "--tasks acme/prod --bucket acme-lake --data-plane aws-us-east-1-c1.dp.estuary-data.com"
    scope().client("s3").create_bucket(Bucket="acme-lake")
    made = bootstrap(f"create --integration estuary-s3 {given} --yes")
    assert made.code == 0, made.err
    iam = scope().client("iam")
    [provider] = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    named = {"OpenIDConnectProviderArn": provider["Arn"]}
    each_is_found(
        bootstrap,
        [
            ("a tag", lambda: iam.tag_open_id_connect_provider(**named, Tags=[{"Key": "team", "Value": "x"}]), ""),
            (
                "an audience",
                lambda: iam.add_client_id_to_open_id_connect_provider(**named, ClientID="theirs"),
                "provider new-principal",
            ),
        ],
    )
