"""What is odd about statements in a bucket's policy: they live among those of others, and are found by their Sids alone."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.scope import Scope
from bootstrap.contract.authorization import Operator
from bootstrap.contract.crashes import Memory, one_after_the_other
from bootstrap.contract.operated import Operated
from bootstrap.core.account import DEFAULT
from bootstrap.core.difference import Difference, differences
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.policy import Statement
from bootstrap.core.tightening import settle
from bootstrap.discovery import recovery
from bootstrap.permissions.review import review
from bootstrap.resources.s3.bucket import S3Bucket
from bootstrap.resources.s3.bucket_policy_statement import S3BucketPolicyStatement
from bootstrap.resources.s3.public_policy import is_public
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT, Deployment, in_account
from tests.support.samples import bucket_of_theirs, deployed, in_bucket, read_back
from tests.support.wire import Wire
from tests.support.worlds import World

OURS = S3BucketPolicyStatement(bucket="their-bucket", statements=[in_bucket("s3:GetObject"), in_bucket("s3:ListBucket", "")])
NEEDED = {
    "create": ("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
    "destroy": ("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
}
THEIRS = {"Sid": "Theirs", **in_bucket("s3:GetObjectTagging")}
LATER = {"Sid": "Later", **in_bucket("s3:GetObjectVersion")}


def document(scope: Scope, bucket: str = "their-bucket") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(scope.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    return found


def write(scope: Scope, *statements: dict[str, Any], version: str = "2012-10-17") -> None:
    content = {"Version": version, "Id": "theirs", "Statement": list(statements)}
    scope.client("s3").put_bucket_policy(Bucket="their-bucket", Policy=json.dumps(content))


def has_policy(scope: Scope, bucket: str = "their-bucket") -> bool:
    try:
        return bool(document(scope, bucket))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "NoSuchBucketPolicy"
        return False


@dataclass(frozen=True, kw_only=True)
class Writer(Integration):
    """A vendor that writes into a bucket as itself, without a role, as RudderStack and Databricks do."""

    name: ClassVar[str] = "writer"
    title: ClassVar[str] = "A vendor writes into a bucket"

    @classmethod
    def example(cls) -> Self:
        return cls()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (
            Statement(
                sid="Write",
                actions=("s3:PutObject",),
                resources=("arn:aws:s3:::@{bucket.name}/*",),
                principals={"AWS": ("arn:aws:iam::111122223333:user/writer",)},
                why="The vendor writes events.",
                source="https://vendor.example/s3",
            ),
        )

    def build(self, graph: Graph) -> Handoff:
        bucket = graph.add("bucket", S3Bucket(name="our-bucket", tags=self.tags))
        given = [item.to_json() for item in self.statements]
        graph.add("access", S3BucketPolicyStatement(bucket=bucket["name"], statements=given))
        return Handoff({})


def test_they_stand_behind_those_of_others_and_go_alone(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    before = document(scope())
    live = deployed(OURS, scope())
    mark = scope().owner.mark
    assert [item["Sid"] for item in document(scope())["Statement"]] == ["Theirs", mark, f"{mark}1"]
    OURS.delete(scope(), live.outputs)
    assert document(scope()) == before


def test_a_bucket_without_a_policy_has_none_again_afterwards(scope: MakeScope) -> None:
    scope().client("s3").create_bucket(Bucket="their-bucket")
    live = deployed(OURS, scope())
    assert len(document(scope())["Statement"]) == 2
    OURS.delete(scope(), live.outputs)
    assert not has_policy(scope())


def test_all_else_in_the_policy_stays_as_it_was(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    write(scope(), THEIRS, version="2008-10-17")
    live = deployed(OURS, scope())
    assert (document(scope())["Version"], document(scope())["Id"]) == ("2008-10-17", "theirs")
    OURS.delete(scope(), live.outputs)
    assert document(scope()) == {"Version": "2008-10-17", "Id": "theirs", "Statement": [THEIRS]}


def test_what_others_wrote_meanwhile_stays_and_ours_keep_their_place(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    live = deployed(OURS, scope())
    write(scope(), *document(scope())["Statement"], LATER)
    wanted = replace(OURS, statements=[in_bucket("s3:PutObject")])
    wanted.update(scope(), live.outputs, differences(wanted, read_back(wanted, scope(), live.outputs)))
    ours = {**in_bucket("s3:PutObject"), "Sid": scope().owner.mark}
    assert document(scope())["Statement"] == [THEIRS, ours, LATER]
    OURS.delete(scope(), live.outputs)
    assert document(scope())["Statement"] == [THEIRS, LATER]


def test_those_of_another_deployment_are_not_ours(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    deployed(OURS, scope(lineage="fedcba9876543210"))
    deployed(OURS, scope(address="elsewhere"))
    before = document(scope())
    assert OURS.read(scope(), {}) is None
    live = deployed(OURS, scope())
    OURS.delete(scope(), live.outputs)
    assert document(scope()) == before


def test_a_sid_that_the_integration_gives_is_for_people_only(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    named = replace(OURS, statements=[{"Sid": "Read", **in_bucket("s3:GetObject")}])
    assert differences(named, deployed(named, scope())) == ()
    assert document(scope())["Statement"][1]["Sid"] == scope().owner.mark


def test_they_live_with_the_statement_that_the_bucket_itself_writes(scope: MakeScope) -> None:
    bucket = S3Bucket(name="their-bucket")
    live = deployed(bucket, scope(address="bucket"))
    ours = deployed(OURS, scope())
    assert next(item["Sid"] for item in document(scope())["Statement"]) == "BootstrapTlsOnly"
    there = read_back(bucket, scope(address="bucket"), live.outputs)
    assert (differences(bucket, there), there.parts) == ((), frozenset())
    off = replace(bucket, tls_only=False)
    off.update(scope(address="bucket"), live.outputs, [Difference("tls_only", None, True, False)])
    assert differences(OURS, read_back(OURS, scope(), ours.outputs)) == ()
    bucket.update(scope(address="bucket"), live.outputs, [Difference("tls_only", None, False, True)])
    OURS.delete(scope(), ours.outputs)
    assert [item["Sid"] for item in document(scope())["Statement"]] == ["BootstrapTlsOnly"]


def test_those_of_another_state_in_our_bucket_are_somebody_elses(scope: MakeScope) -> None:
    bucket = S3Bucket(name="their-bucket")
    live = deployed(bucket, scope(address="bucket"))
    other = deployed(OURS, scope(lineage="fedcba9876543210"))
    parts = {part.id for part in read_back(bucket, scope(address="bucket"), live.outputs).parts}
    assert parts == {other.outputs["sid"], f"{other.outputs['sid']}1"}


def test_a_condition_that_somebody_added_to_ours_stays(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    live = deployed(OURS, scope())
    theirs, first, second = document(scope())["Statement"]
    held = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    write(scope(), theirs, {**first, **held}, second)
    settled = settle(OURS, read_back(OURS, scope(), live.outputs), None)
    assert [item.path for item in settled.kept] == ["statements"]
    wider = {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]}
    write(scope(), theirs, {**first, "Principal": wider}, second)
    settled = settle(OURS, read_back(OURS, scope(), live.outputs), None)
    assert (settled.kept, [item.path for item in differences(OURS, read_back(OURS, scope(), {}))]) == ((), ["statements"])


PUBLIC = {
    "everybody": ({"Principal": "*"}, True),
    "everybody, in a list": ({"Principal": {"AWS": ["*"]}}, True),
    "everybody but one": ({"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}, True),
    "everybody with TLS": ({"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    "everybody in any organization": ({"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalOrgID": "*"}}}, True),
    "everybody in one organization": (
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        False,
    ),
    "one account": ({}, False),
    "nobody": ({"Principal": "*", "Effect": "Deny"}, False),
}


@pytest.mark.parametrize(("changed", "public"), PUBLIC.values(), ids=list(PUBLIC))
def test_s3_counts_as_public_who_is_not_named(changed: dict[str, Any], public: bool) -> None:
    given = {key: value for key, value in {**in_bucket("s3:GetObject"), **changed}.items() if value is not None}
    assert is_public(given) is public


def test_a_public_statement_where_the_bucket_blocks_them_is_refused_before_s3_does(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    public = replace(OURS, statements=[{**in_bucket("s3:GetObject"), "Principal": "*"}])
    [obstacle] = public.precheck(scope())
    assert obstacle.what == (
        f"statement {scope().owner.mark} admits everybody to bucket their-bucket, which blocks public policies, so S3 "
        "refuses to save it"
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        public.create(scope())
    scope().client("s3").delete_public_access_block(Bucket="their-bucket")
    assert list(public.precheck(scope())) == []
    public.create(scope())


def test_a_public_statement_of_others_stands_in_the_way_of_ours_and_of_removing_ours(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    s3 = scope().client("s3")
    before = s3.get_public_access_block(Bucket="their-bucket")["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket="their-bucket")
    live = deployed(OURS, scope())
    write(scope(), {**THEIRS, "Principal": "*"}, *document(scope())["Statement"][1:])
    s3.put_public_access_block(Bucket="their-bucket", PublicAccessBlockConfiguration=before)
    [obstacle] = read_back(OURS, scope(destroying=True), live.outputs).obstacles
    assert obstacle.what.startswith("statement Theirs admits everybody to bucket their-bucket")
    assert [item.what for item in OURS.precheck(scope())] == [obstacle.what]


def test_a_policy_that_would_be_too_long_is_refused_before_s3_does(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    write(scope(), {**THEIRS, "Resource": "arn:aws:s3:::their-bucket/" + "k" * 20_000})
    longer = replace(OURS, statements=[in_bucket("s3:GetObject", "/" + "k" * 300)])
    [obstacle] = longer.precheck(scope())
    assert obstacle.what.startswith("the policy of bucket their-bucket would have 20,")
    with pytest.raises(ClientError, match="exceeds the maximum allowed size of 20480 bytes"):
        longer.create(scope())
    assert list(replace(OURS, statements=[in_bucket("s3:GetObject")]).precheck(scope())) == []


def test_a_deleted_principal_of_others_stands_in_the_way(scope: MakeScope) -> None:
    bucket_of_theirs(scope())
    write(scope(), {**THEIRS, "Principal": {"AWS": "AIDAEXAMPLEEXAMPLE"}})
    [obstacle] = OURS.precheck(scope())
    assert "names deleted roles or users (AIDAEXAMPLEEXAMPLE)" in obstacle.what


def test_a_bucket_that_is_missing_or_another_accounts_is_named(scope: MakeScope) -> None:
    [obstacle] = OURS.precheck(scope())
    assert obstacle.what == "there is no bucket their-bucket"
    assert OURS.read(scope(), {}) is None
    elsewhere = in_account(scope(), OTHER_ACCOUNT)
    bucket_of_theirs(scope())
    for outputs in ({}, {"bucket": "their-bucket", "sid": scope().owner.mark}):
        found = OURS.read(elsewhere, outputs)
        assert found is not None
        assert found.foreign == "bucket their-bucket belongs to another account"
    with pytest.raises(ClientError, match="AccessDenied"):
        OURS.create(elsewhere)
    assert document(scope())["Statement"] == [THEIRS]


def test_a_life_with_a_bucket_of_ours(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    watch = Operator()
    cloud.between = watch
    deployment = Deployment(Writer(), scope(), tmp_path)
    assert deployment.create() == ["bucket", "access"]
    assert deployment.create() == []
    assert next(item["Sid"] for item in document(scope(), "our-bucket")["Statement"]) == "BootstrapTlsOnly"
    assert deployment.destroy() == ["access", "bucket"]
    assert {check.arn for check in watch.made if check.action.endswith("BucketPolicy")} == {"arn:aws:s3:::our-bucket"}


def test_wherever_a_run_is_killed_the_same_commands_repair_it(
    scope: MakeScope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    world = World(Writer(), scope(), cloud)
    world.mends_what_ended_at_any_call()


def test_they_are_found_again_when_the_state_is_lost(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(Writer(), scope(), tmp_path)
    deployment.create()
    deployment.backend = Memory()
    deployment.backend.save(recovery.rebuild(deployment.session, "test", Writer()).state)
    assert deployment.create() == []
    assert deployment.destroy() == ["access", "bucket"]


def test_reviewers_see_who_gets_into_the_bucket() -> None:
    [entrant] = review(Writer()).entrants
    assert (entrant.role, entrant.principal) == ("bucket our-bucket", "arn:aws:iam::111122223333:user/writer")
    [grants] = [role.grants for role in review(Writer()).roles]
    assert (grants.title, grants.trusts[0].resources) == ("Bucket our-bucket", ("arn:aws:s3:::our-bucket/*",))


def test_the_printed_policies_are_enough_and_each_action_is_needed(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    operated = Operated(Writer(), Deployment(Writer(), scope(), tmp_path), cloud)
    for verb in ("create", "status", "destroy", "receipt"):
        assert operated.run(verb) == "", verb
    for verb, actions in NEEDED.items():
        for action in actions:
            assert action in operated.run(verb, (DEFAULT, action)), (verb, action)
        assert operated.run(verb) == ""
