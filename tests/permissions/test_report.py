"""What a report says about roles, levels, wildcards, pictures and digests, whatever its format."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.policy import Statement
from bootstrap.integrations import integration, integrations
from bootstrap.permissions.access_rows import AccessRow, access_rows
from bootstrap.permissions.actions import table
from bootstrap.permissions.arrow_verbs import verbs_on
from bootstrap.permissions.report import Made, Recorded, Report, report
from bootstrap.permissions.reviewed_role import ReviewedRole
from bootstrap.permissions.role_grants import RoleGrants
from bootstrap.views.report_words import wildcard_words
from tests.support.inputs import EVERYTHING, everything

MADE = Made("1.0", "2026-11-27")
VPC: dict[str, Any] = {"external_id": "6f7e2c", "org_id": "acme"}


def of(name: str, **inputs: Any) -> Report:
    chosen = from_inputs(integration(name), inputs) if inputs else integration(name).example()
    return report(chosen, MADE, {})


def rows(*statements: Statement) -> list[AccessRow]:
    return access_rows(ReviewedRole(RoleGrants("Acme", [], list(statements)), (), ()), table())


def says(sid: str, *actions: str, on: tuple[str, ...] = ("*",), **more: Any) -> Statement:
    return Statement(sid=sid, actions=actions, resources=on, why="", source="", **more)


def test_a_row_has_one_level_of_what_is_about_the_same_resources() -> None:
    found = rows(
        says("A", "s3:GetObject", "s3:PutObject"), says("B", "s3:DeleteObject"), says("C", "s3:GetObject", on=("arn:x",))
    )
    assert [(row.level, [name for name, _ in row.actions], row.sources) for row in found] == [
        ("write", ["s3:PutObject", "s3:DeleteObject"], ("A", "B")),
        ("read", ["s3:GetObject"], ("A",)),
        ("read", ["s3:GetObject"], ("C",)),
    ]


def test_a_wildcard_is_counted_at_each_level_that_it_reaches() -> None:
    found = {row.level: row.actions for row in rows(says("A", "kms:*"))}
    assert set(found) == {"permissions", "write", "tag", "read", "list"}
    assert sum(number for actions in found.values() for _, number in actions) == len(table().matching("kms:*"))
    assert all(pattern == "kms:*" for actions in found.values() for pattern, _ in actions)


def test_an_action_that_several_rows_allow_counts_once() -> None:
    limited = says("B", "ec2:RunInstances", conditions={"Bool": {"aws:SecureTransport": "true"}})
    found = rows(says("A", "ec2:RunInstances"), limited)
    assert [row.names for row in found] == [{"ec2:RunInstances"}] * 2
    assert wildcard_words(found) == "No wildcard stands for actions. 1 action is allowed on every resource."
    [both] = rows(says("A", "ec2:RunInst*"), says("B", "ec2:RunInstances"))
    assert both.names == {"ec2:RunInstances"}


def test_another_condition_makes_another_row() -> None:
    limited = says("B", "s3:GetObject", conditions={"Bool": {"aws:SecureTransport": "true"}})
    assert len(rows(says("A", "s3:GetObject"), limited)) == 2


def test_a_denial_comes_last_and_all_but_some_counts_as_everywhere() -> None:
    found = rows(says("No", "s3:*", effect="Deny", not_resources=("arn:aws:s3:::a/*",)), says("Yes", "s3:ListBucket"))
    assert [row.denies for row in found] == [False, *[True] * (len(found) - 1)]
    assert (found[-1].but, found[-1].everywhere, found[-1].wide_resources) == (True, True, ["*"])


def test_the_verdict_says_who_reads_writes_administers_and_gains_more() -> None:
    usual, hard = of("upsolver-vpc").verdict, of("upsolver-vpc", **VPC, harden=True).verdict
    assert (usual.reads, usual.writes, usual.administers, usual.raises) == (True, True, True, True)
    assert hard.raises is None  # Athena's sessions run with the roles of any workgroup
    assert of("upsolver-vpc", **VPC, harden=True, without_athena=True).verdict.raises is False
    assert [each.account for each in usual.outside] == ["428641199958", "922761411349"]
    reads = of("estuary-s3").verdict
    assert (reads.reads, reads.writes, reads.administers, reads.raises) == (True, False, False, False)
    assert [each.account for each in of("aspera-atc").verdict.outside] == []


def test_each_high_danger_has_a_reason_of_the_vendor() -> None:
    for name in integrations():
        found = of(name)
        assert [each.text for each in found.review.concerns if each.risk == "high" and not found.reasons(each)] == [], name


def test_what_harden_changes_is_compared_statement_by_statement() -> None:
    changed = {each.sid: each for each in of("upsolver-vpc").hardened}
    assert changed["PassServerRole"].then is None
    tags = changed["TagClusters"]
    assert tags.now and tags.then
    assert ("Condition" in tags.now, "Condition" in tags.then) == (False, True)
    assert of("upsolver-vpc", **VPC, harden=True).hardened == ()
    assert of("aspera-atc").hardened == ()


def test_an_existing_role_is_said_to_have_been_there() -> None:
    assert {each.role.grants.role: each.exists for each in of("aspera-atc").access} == {
        "atc-s3-access-keys": False,
        "atc-node": True,
    }


def test_keys_that_create_looks_up_leave_a_claim_open_until_they_are_recorded() -> None:
    def holds(found: Report) -> bool | None:
        return next(each.holds for each in found.checks if each.code == "use-keys")

    chosen = integration("fivetran-s3").example()
    assert holds(report(chosen, MADE, {})) is None
    assert holds(of("databricks-unity-catalog")) is True  # it looks nothing up
    recorded = Recorded("prod")
    assert holds(report(chosen, MADE, {}, accounts=[EXAMPLE], recorded=recorded)) is True


def test_a_locked_role_lets_nobody_in_and_the_page_says_who_will_come() -> None:
    later = from_inputs(integration("snowflake-s3"), {"bucket": "acme"})
    found = report(later, MADE, {})
    assert found.waiting == ("snowflake_user",)
    assert [each.later for each in found.entrants] == [True]


def test_arrows_lead_from_whom_gets_in_over_the_role_to_what_it_reaches() -> None:
    picture = of("aspera-atc").picture
    assert picture.sentences == [
        "role atc-node → role atc-s3-access-keys: assume",
        "role atc-s3-access-keys → s3: your-bucket/incoming/*: read, write",
    ]
    assert [(box.title, box.own) for box in picture.boxes] == [
        ("Your account (cluster)", True),
        ("Your account (s3)", True),
    ]
    assert "role UpsolverRole → every role: pass" in of("upsolver-vpc").picture.sentences


def test_an_arrow_says_what_is_allowed_on_just_what_it_ends_at() -> None:
    found = of("upsolver-private-vpc").picture.sentences
    assert "role UpsolverServerRole → s3: us-east-1-upsolver-example: read, write" in found
    assert "role UpsolverServerRole → kinesis: stream/upsolver_*: read, write" in found
    assert [each for each in found if "every resource" in each and "s3:" in each] == []  # of all buckets, only lists
    assert "role UpsolverManagementRole → role UpsolverServerRole: pass" in found
    assert [each for each in of("databricks-unity-catalog").picture.sentences if each.endswith("assume")] == [
        "role unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL → role databricks-unity-catalog: assume",
        "role databricks-unity-catalog → role databricks-unity-catalog: assume",
    ]


def test_what_a_launch_uses_and_a_key_that_decrypts_are_not_written() -> None:
    found = of("upsolver-private-vpc").picture.sentences
    for used in ("image/*", "subnet/*", "network-interface/*"):
        assert f"role UpsolverManagementRole → ec2: {used}: start machines with" in found
    assert "role UpsolverManagementRole → ec2: every resource: read, write" in found  # it launches and terminates machines
    key = "arn:aws:kms:us-east-1:123456789012:key/x"
    keys = of("snowflake-s3", bucket="acme", snowflake_user="arn:aws:iam::111122223333:user/x", kms_key=[key])
    assert "role SnowflakeS3 → kms: key/x: use" in keys.picture.sentences


def verbs(*statements: Statement, service: str) -> tuple[str, ...]:
    return verbs_on([(row, arn) for row in rows(*statements) for arn in row.resources], service)


def test_a_verb_is_what_the_actions_do_to_just_that_resource() -> None:
    subnet, machine = "arn:aws:ec2:*:*:subnet/*", "arn:aws:ec2:*:*:instance/*"
    both = ("ec2:RunInstances", "ec2:TerminateInstances")
    assert verbs(says("A", *both, on=(subnet,)), service="ec2") == ("start machines with",)  # no subnet is terminated
    assert verbs(says("A", "ec2:RunInstances", on=(machine,)), service="ec2") == ("write",)
    assert verbs(says("A", "ec2:RunInstances", on=("*",)), service="ec2") == ("write",)
    changed = says("A", "ec2:RunInstances", "ec2:ModifySubnetAttribute", on=(subnet,))
    assert verbs(changed, service="ec2") == ("start machines with", "write")
    run = says("A", "lambda:InvokeFunction", "lambda:GetFunction", on=("arn:aws:lambda:us-east-1:123456789012:function:x",))
    assert verbs(run, service="lambda") == ("read", "run")
    assert verbs(says("A", "acme:Do", on=("arn:x",)), service="acme") == ()  # AWS has no such action


def test_an_arrow_ends_at_something_that_is_drawn() -> None:
    for name in integrations():
        for chosen in (integration(name).example(), everything(name)):
            found = report(chosen, MADE, {}).picture
            drawn = {key for box in found.boxes for key in box.items}
            assert {end for each in found.arrows for end in (each.source, each.target)} <= drawn, name
            assert all(each.verbs for each in found.arrows), name
            assert len(drawn) == sum(len(box.items) for box in found.boxes), name


def test_a_role_with_many_services_has_few_arrows() -> None:
    assert len([each for each in of("vanta").picture.arrows if "assume" not in each.verbs]) <= 8
    assert "188 more, such as apigateway: read" in of("vanta").picture.sentences[-1]


def test_whom_the_policy_of_a_bucket_admits_reaches_the_bucket_in_the_picture() -> None:
    sentences = of("databricks-workspace", **EVERYTHING["databricks-workspace"]).picture.sentences
    assert any("→ bucket " in each for each in sentences)


CHANGED: dict[str, Callable[[Report], Report]] = {
    "an input": lambda _: of("upsolver-vpc", **{**VPC, "external_id": "other"}),
    "an option": lambda _: of("upsolver-vpc", **VPC, harden=True),
    "the version": lambda _: report(from_inputs(integration("upsolver-vpc"), VPC), replace(MADE, version="2.0"), {}),
    "the region": lambda _: report(
        from_inputs(integration("upsolver-vpc"), VPC), MADE, {}, accounts=[replace(EXAMPLE, region="eu-west-1")]
    ),
    "the account": lambda _: report(
        from_inputs(integration("upsolver-vpc"), VPC), MADE, {}, accounts=[replace(EXAMPLE, id="999988887777")]
    ),
    "the integration": lambda _: of("upsolver-private-vpc", **VPC),
}


@pytest.mark.parametrize("what", CHANGED)
def test_the_digest_is_another_with_another(what: str) -> None:
    first = of("upsolver-vpc", **VPC)
    assert CHANGED[what](first).digest != first.digest


def test_the_digest_is_the_same_on_another_day() -> None:
    chosen = from_inputs(integration("upsolver-vpc"), VPC)
    assert report(chosen, replace(MADE, date="2027-01-01"), {}).digest == report(chosen, MADE, {}).digest


def test_a_page_proves_whose_an_account_is_unless_an_input_names_it() -> None:
    named = of("datadog")
    [entrant] = named.entrants
    assert (entrant.account, entrant.who) == ("464622532012", "Datadog")
    assert entrant.source == "https://docs.datadoghq.com/integrations/guide/aws-manual-setup/"
    assert named.chosen_accounts == {}
    assert of("clickhouse-s3").chosen_accounts == {"111122223333": "--service-role"}


def test_the_external_id_is_that_of_whoever_gave_it() -> None:
    given, example = of("upsolver-vpc", **VPC).external_id, of("upsolver-vpc").external_id
    assert given and example
    assert (given.value, given.generated, example.value) == ("6f7e2c", False, "")
    made = of("aspera-atc").external_id
    assert made and made.generated
    assert of("estuary-s3").external_id is None
