"""Which differences from what bootstrap set give somebody more access, and which do not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.difference import Difference
from bootstrap.core.live import Live
from bootstrap.core.plan import Action, Change
from bootstrap.core.resource import Resource
from bootstrap.core.state import Record, Status
from bootstrap.permissions.drift import drift_warnings
from bootstrap.permissions.widening import added_widenings, widenings
from bootstrap.permissions.widening_rules import RULES
from bootstrap.resources import kinds, resource_kind
from bootstrap.resources.ec2.instance import Ec2Instance
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.iam.oidc_provider import IamOidcProvider
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_trust_statement import IamRoleTrustStatement
from bootstrap.resources.s3.bucket import S3Bucket

VENDOR = "arn:aws:iam::428641199958:root"
OTHER = "arn:aws:iam::999988887777:root"
ID = {"StringEquals": {"sts:ExternalId": "acme-1"}}
TRUST: dict[str, Any] = {
    "Sid": "Vendor",
    "Effect": "Allow",
    "Principal": {"AWS": VENDOR},
    "Action": "sts:AssumeRole",
    "Condition": ID,
}
DATA: dict[str, Any] = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*"]}
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}
ADMIN = "administrator"
ROLE = IamRole(name="R", trust={}, inline_policies={"data": {}})
BUCKET = S3Bucket(name="acme")
OIDC = IamOidcProvider(url="https://issuer.example")


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def but(statement: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in {**statement, **changed}.items() if value is not None}


def codes(resource: Resource, field: str, live: Any, ours: Any, key: str | None = None) -> list[str]:
    return [item.code for item in widenings(resource, Difference(field, key, live, ours))]


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ([but(TRUST, Principal="*")], ["new-principal"]),
        ([but(TRUST, Principal={"AWS": [VENDOR, OTHER]})], ["new-principal"]),
        ([TRUST, but(TRUST, Sid="Evil", Principal={"AWS": OTHER})], ["new-principal"]),
        ([TRUST, but(TRUST, Principal={"Service": "ec2.amazonaws.com"}, Condition=None)], ["new-principal"]),
        ([TRUST, {"Effect": "Allow", "NotPrincipal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}], ["new-principal"]),
        ([but(TRUST, Condition=None)], ["lost-external-id"]),
        ([but(TRUST, Condition={"StringLike": {"sts:ExternalId": "*"}})], ["lost-external-id"]),
        ([but(TRUST, Condition={"StringEquals": {"sts:ExternalId": "${sts:ExternalId}"}})], ["lost-external-id"]),
        ([but(TRUST, Condition={"StringLike": {"STS:externalid": ["x", "${STS:externalid}"]}})], ["lost-external-id"]),
        ([but(TRUST, Condition={"StringEquals": {"sts:ExternalId": "${aws:PrincipalTag/id}"}})], ["lost-condition"]),
        ([but(TRUST, Principal={"AWS": [VENDOR, OTHER]}, Condition=None)], ["new-principal", "lost-external-id"]),
        ([but(TRUST, Action=["sts:AssumeRole", "sts:TagSession"])], ["new-action"]),
        ([but(TRUST, Sid="Renamed", Action=["sts:AssumeRole"], Principal={"AWS": "428641199958"})], []),
        ([but(TRUST, Condition={**ID, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})], []),
        ([but(TRUST, Principal={"AWS": "arn:aws:iam::428641199958:role/one"})], []),
        ([TRUST, but(DENY, Principal="*", Resource=None)], []),
    ],
)
def test_a_changed_trust_is_wider_if_somebody_gets_in_who_did_not(live: list[Any], found: list[str]) -> None:
    assert codes(ROLE, "trust", policy(*live), policy(TRUST)) == found


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ([but(DATA, Action="s3:*"), DENY], ["new-action"]),
        ([DATA, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}, DENY], ["new-action"]),
        ([but(DATA, Action=None, NotAction="iam:*"), DENY], ["new-action"]),
        ([but(DATA, Resource="arn:aws:s3:::*"), DENY], ["wider-resource"]),
        ([DATA], ["lost-denial"]),
        ([but(DATA, Action="s3:GetObject"), but(DATA, Action=["s3:PutObject"]), DENY], []),
        ([but(DATA, Action="s3:GetObject"), DENY], []),
        ([DATA, DENY, but(DENY, Action="s3:PutObject")], []),
    ],
)
def test_a_changed_policy_is_wider_if_it_grants_more_or_denies_less(live: list[Any], found: list[str]) -> None:
    assert codes(ROLE, "inline_policies", policy(*live), policy(DATA, DENY), "data") == found


@pytest.mark.parametrize(
    ("resource", "field", "live", "ours", "found"),
    [
        (ROLE, "permissions_boundary", None, "arn:aws:iam::1:policy/b", ["lost-boundary"]),
        (ROLE, "permissions_boundary", "arn:aws:iam::1:policy/b", None, []),
        (ROLE, "description", "theirs", "ours", []),
        (ROLE, "max_session_duration", 43200, 3600, ["longer-session"]),
        (ROLE, "max_session_duration", 3600, 43200, []),
        (BUCKET, "block_public_access", False, True, ["public-access"]),
        (BUCKET, "ownership", "ObjectWriter", "BucketOwnerEnforced", ["public-access"]),
        (BUCKET, "tls_only", False, True, ["lost-denial"]),
        (OIDC, "thumbprints", ["b" * 40], ["a" * 40], ["new-principal"]),
        (OIDC, "thumbprints", [], ["a" * 40], []),
        (BUCKET, "versioning", True, False, []),
        (BUCKET, "versioning", False, True, []),
        (
            IamRoleTrustStatement(role="R", statement={}),
            "statement",
            but(TRUST, Sid=None, Condition=None),
            but(TRUST, Sid=None),
            ["lost-external-id"],
        ),
        (
            Ec2Instance.__new__(Ec2Instance),
            "metadata",
            {"HttpTokens": "optional"},
            {"HttpTokens": "required"},
            ["open-metadata"],
        ),
        (
            Ec2Instance.__new__(Ec2Instance),
            "metadata",
            {"HttpTokens": "required"},
            {"HttpTokens": "optional"},
            [],
        ),
    ],
)
def test_a_looser_setting_is_wider_if_it_is_about_access(
    resource: Resource, field: str, live: Any, ours: Any, found: list[str]
) -> None:
    assert codes(resource, field, live, ours) == found


SIGNED_IN = {"StringEquals": {"oidc.acme:aud": "acme"}, "StringLike": {"oidc.acme:sub": "acme/*"}}
TOKENS = but(TRUST, Principal={"Federated": "arn:aws:iam::1:oidc-provider/oidc.acme"}, Condition=SIGNED_IN)


@pytest.mark.parametrize(
    ("live", "ours", "said"),
    [
        (
            but(TRUST, Condition={"StringLike": {"sts:ExternalId": "*"}}),
            TRUST,
            "it lets in everybody in account 428641199958 with any external id",
        ),
        (
            but(TRUST, Condition={"StringEqualsIfExists": {"sts:ExternalId": "acme-1"}}),
            TRUST,
            "it lets in everybody in account 428641199958 without the external id",
        ),
        (
            but(TRUST, Condition={"StringEquals": {"sts:ExternalId": ["acme-1", "evil"]}}),
            TRUST,
            "it also lets in everybody in account 428641199958 with the external id evil",
        ),
        (
            but(TOKENS, Condition={**SIGNED_IN, "StringLike": {"oidc.acme:sub": "*"}}),
            TOKENS,
            "it accepts any value of oidc.acme:sub",
        ),
        (
            but(TOKENS, Condition={**SIGNED_IN, "StringLike": {"oidc.acme:sub": ["acme/*", "evil/*"]}}),
            TOKENS,
            "it also accepts evil/* as oidc.acme:sub",
        ),
        (but(TOKENS, Condition={"StringEquals": {"oidc.acme:aud": "acme"}}), TOKENS, "it no longer tests oidc.acme:sub"),
        (
            but(DATA, Condition={"StringNotEquals": {"aws:PrincipalTag/a": "x"}}),
            but(DATA, Condition={"StringEquals": {"aws:PrincipalTag/a": "y"}}),
            "it no longer tests aws:principaltag/a",
        ),
        (but(DATA, Action="*", Resource="*"), DATA, "it allows everything in the account"),
        (but(DATA, Action="*", Resource="*"), but(DATA, Action="*"), "it allows everything in the account"),
    ],
)
def test_it_is_said_what_a_weaker_condition_or_a_policy_lets_through(
    live: dict[str, Any], ours: dict[str, Any], said: str
) -> None:
    field, key = ("trust", None) if "Principal" in live else ("inline_policies", "data")
    [found] = widenings(ROLE, Difference(field, key, policy(live), policy(ours)))
    assert found.text == f"opened outside bootstrap: {said}"


def test_every_code_that_a_type_names_has_a_sentence_for_code_scanning() -> None:
    named = {opening.code for kind in kinds() for opening in resource_kind(kind).updates.opens.values()}
    assert named and named <= set(RULES)


def test_a_policy_that_was_not_read_is_not_judged() -> None:
    assert codes(ROLE, "inline_policies", {}, policy(DATA), "data") == []


@pytest.mark.parametrize(
    ("resource", "other", "found"),
    [
        (ROLE, "attached policy arn:aws:iam::aws:policy/AdministratorAccess", "it allows everything in the account"),
        (ROLE, "attached policy arn:aws:iam::aws:policy/IAMFullAccess", "its holder can gain any permission"),
        (ROLE, "attached policy arn:aws:iam::aws:policy/PowerUserAccess", "every action that it does not name"),
        (ROLE, "attached policy arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "it may grant"),
        (ROLE, "attached policy arn:aws:iam::111122223333:policy/mine", "it may grant"),
        (ROLE, "attached policy arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3", ""),
        (ROLE, "inline policy debug", "it may grant"),
        (ROLE, "attached policy arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV9", ""),
        (ROLE, "attached policy arn:aws:iam::111122223333:policy/AWSDenyAll", "it may grant"),
        (ROLE, "attached policy arn:aws:iam::111122223333:policy/AWSCompromisedKeyQuarantineV3", "it may grant"),
        (ROLE, "inline policy AWSDenyAll", "it may grant"),
        (ROLE, "inline policy AWSRevokeOlderSessions", "it may grant"),
        (ROLE, "instance profile theirs", "anyone who starts a machine"),
        (ROLE, "tag team", ""),
        (Ec2SecurityGroup(name="g", description="g", vpc="vpc-1"), "ingress rule tcp 22 0.0.0.0/0", "it opens"),
        (Ec2SecurityGroup(name="g", description="g", vpc="vpc-1"), "egress rule all ::/0", ""),
    ],
)
def test_what_others_added_is_wider_if_it_can_grant_something(resource: Resource, other: str, found: str) -> None:
    [*warnings] = added_widenings(resource, (other,), {}, {})
    assert bool(warnings) == bool(found)
    assert all(found in item.text and (item.statement, item.drift) == (other, "left alone") for item in warnings)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, "administrator"),
        ({"Effect": "Allow", "Action": "*:*", "Resource": "*"}, "administrator"),
        ({"Effect": "Allow", "Action": ["s3:GetObject", "*"], "NotResource": "arn:aws:s3:::a"}, "administrator"),
        ({"Effect": "Allow", "NotAction": "organizations:*", "Resource": "*"}, "administrator"),
        ({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, ADMIN),
        ({"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, "escalation"),
        ({"Effect": "Allow", "Action": "IAM:*", "Resource": "arn:aws:iam::123456789012:*"}, "escalation"),
        ({"Effect": "Allow", "Action": "iam:PutRole*", "Resource": "arn:aws:iam::123456789012:role/*"}, "escalation"),
        ({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::a"}, "foreign-policy"),
        ({"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"}, "foreign-policy"),
    ],
)
def test_an_inline_policy_of_others_is_named_as_strongly_as_what_it_allows(statement: dict[str, Any], code: str) -> None:
    [found] = added_widenings(ROLE, ("inline policy x",), {}, {"inline policy x": policy(statement)})
    assert found.code == code
    item = Difference("inline_policies", "data", policy(DATA, statement), policy(DATA))
    in_ours = [each.code for each in widenings(ROLE, item)]
    assert in_ours == ([code] if code in (ADMIN, "escalation") else ["new-action"])


@pytest.mark.parametrize("name", ["AWSRevokeOlderSessions", "AWSDenyAll", "AWSCompromisedKeyQuarantineV3", "x"])
def test_an_inline_policy_of_others_opens_nothing_if_it_only_denies_whatever_its_name_is(name: str) -> None:
    def codes_of(*effects: str) -> list[str]:
        document = policy(*({"Effect": each, "Action": "*", "Resource": "*"} for each in effects))
        return [
            each.code for each in added_widenings(ROLE, (f"inline policy {name}",), {}, {f"inline policy {name}": document})
        ]

    assert codes_of("Deny") == []
    assert codes_of("Allow") == codes_of("Deny", "Allow") == ["administrator"]


def test_what_was_dangerous_before_makes_nothing_else_that_is_added_dangerous() -> None:
    ours = {"Effect": "Allow", "Action": ["iam:*"], "Resource": "*"}
    more = {**ours, "Action": ["iam:*", "s3:GetBucketAcl"]}
    [found] = widenings(ROLE, Difference("inline_policies", "data", policy(more), policy(ours)))
    assert (found.code, found.text) == ("new-action", "opened outside bootstrap: it also allows s3:getbucketacl")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ({"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:getobject"]}, "public-access"),
        ({"Effect": "Allow", "Principal": {"AWS": ["999988887777"]}, "Action": ["s3:getobject"]}, "new-principal"),
        ({"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Condition": {"Bool": {"aws:x": ["true"]}}}, "new-principal"),
        ({"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": ["s3:*"]}, ""),
    ],
)
def test_a_statement_of_others_in_the_policy_of_our_bucket_is_wider_if_it_allows(statement: Any, code: str) -> None:
    assert [item.code for item in added_widenings(BUCKET, (), {"Theirs": statement}, {})] == [code] * bool(code)


def changed(properties: Mapping[str, Any], status: Status = Status.READY, changing: Any = None) -> Change:
    """A change of the trust from one that everybody passes, of a role that is recorded with these properties."""
    record = Record(
        address="role",
        kind="iam_role",
        account="default",
        status=status,
        properties=dict(properties),
        outputs={},
        depends_on=(),
        changing=changing,
    )
    item = Difference("trust", None, policy(but(TRUST, Principal="*")), policy(TRUST))
    change = Change(address="role", action=Action.UPDATE, resource=ROLE, reason="drift", differences=(item,))
    return replace(change, record=record)


LIVE = Live({}, {})


def test_only_what_somebody_else_changed_is_drift() -> None:
    ours, theirs = {"trust": policy(TRUST)}, {"trust": policy(but(TRUST, Principal="*"))}
    assert [item.code for item in drift_warnings(changed(ours), LIVE)] == ["new-principal"]
    assert drift_warnings(changed(theirs), LIVE) == ()  # the inputs have changed
    assert drift_warnings(changed(theirs), LIVE, believed=False)  # an edited state proves nothing
    assert drift_warnings(changed(ours, Status.UPDATING, ("trust",)), LIVE) == ()  # a run of ours may have left it so
    assert drift_warnings(changed(ours, Status.UPDATING, ("description",)), LIVE)
    assert drift_warnings(replace(changed(ours), record=None), LIVE) == ()
