"""What is odd about a trust statement: it lives among the statements of others, and is found by its Sid alone."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.scope import Scope
from bootstrap.core.difference import Difference, differences
from bootstrap.core.policy import TRUST_LIMIT, characters
from bootstrap.core.tightening import settle
from bootstrap.errors import AwsError
from bootstrap.permissions.trust_overlap import requiring
from bootstrap.resources.iam.role_trust_statement import IamRoleTrustStatement
from tests.conftest import MakeScope
from tests.support.samples import deployed, read_back, trust, trusted
from tests.support.wire import Wire, answer

OURS = IamRoleTrustStatement(role="Role", statement=trusted("123456789012"))
EC2 = trust()["Statement"][0]
PARTNER = {"Sid": "Partner", **trusted("111122223333", "theirs")}


def made_by_them(scope: Scope, *statements: dict[str, Any], version: str = "2012-10-17", single: bool = False) -> None:
    content = {"Version": version, "Id": "theirs", "Statement": statements[0] if single else list(statements)}
    scope.client("iam").create_role(RoleName="Role", AssumeRolePolicyDocument=json.dumps(content))


def document(scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = scope.client("iam").get_role(RoleName="Role")["Role"]["AssumeRolePolicyDocument"]
    return found


def write(scope: Scope, content: dict[str, Any]) -> None:
    scope.client("iam").update_assume_role_policy(RoleName="Role", PolicyDocument=json.dumps(content))


def test_it_stands_behind_the_statements_of_others_and_goes_alone(scope: MakeScope) -> None:
    made_by_them(scope(), EC2, PARTNER)
    before = document(scope())
    live = deployed(OURS, scope())
    found = document(scope())
    assert found["Statement"][:2] == before["Statement"]
    assert found["Statement"][2:] == [{"Sid": scope().owner.mark, **OURS.statement}]
    OURS.delete(scope(), live.outputs)
    assert document(scope()) == before


@pytest.mark.parametrize("single", [True, False])
def test_all_else_in_the_policy_stays_as_it_was(single: bool, scope: MakeScope) -> None:
    made_by_them(scope(), EC2, version="2008-10-17", single=single)
    live = deployed(OURS, scope())
    assert (document(scope())["Version"], document(scope())["Id"]) == ("2008-10-17", "theirs")
    OURS.delete(scope(), live.outputs)
    assert document(scope())["Statement"] == [EC2]


def test_what_others_wrote_meanwhile_stays(scope: MakeScope) -> None:
    made_by_them(scope(), EC2)
    live = deployed(OURS, scope())
    write(scope(), {**document(scope()), "Statement": [PARTNER, *document(scope())["Statement"]]})
    wanted = replace(OURS, statement=trusted("123456789012", "new-id"))
    wanted.update(scope(), live.outputs, differences(wanted, read_back(wanted, scope(), live.outputs)))
    assert document(scope())["Statement"] == [PARTNER, EC2, {"Sid": scope().owner.mark, **wanted.statement}]
    OURS.delete(scope(), live.outputs)
    assert document(scope())["Statement"] == [PARTNER, EC2]


def test_it_is_mended_in_its_place(scope: MakeScope) -> None:
    made_by_them(scope(), EC2)
    live = deployed(OURS, scope())
    [theirs, ours] = document(scope())["Statement"]
    write(scope(), {"Version": "2012-10-17", "Statement": [{**ours, "Condition": {}}, theirs, PARTNER]})
    found = differences(OURS, read_back(OURS, scope(), live.outputs))
    assert [item.field for item in found] == ["statement"]
    OURS.update(scope(), live.outputs, found)
    assert document(scope())["Statement"] == [ours, theirs, PARTNER]


def test_a_principal_that_was_deleted_is_drift_with_a_reason(scope: MakeScope) -> None:
    made_by_them(scope(), EC2)
    iam = scope().client("iam")
    trusted_role = iam.create_role(RoleName="Nodes", AssumeRolePolicyDocument=json.dumps(trust()))["Role"]
    wanted = replace(OURS, statement={**OURS.statement, "Principal": {"AWS": trusted_role["Arn"]}})
    live = deployed(wanted, scope())
    iam.delete_role(RoleName="Nodes")
    now = read_back(wanted, scope(), live.outputs)
    assert f"{trusted_role['RoleId']} was deleted" in now.notes[0]
    assert differences(wanted, now) != ()


def test_the_statement_of_another_deployment_in_the_same_role_is_not_ours(scope: MakeScope) -> None:
    made_by_them(scope(), EC2)
    theirs = deployed(OURS, scope(lineage="fedcba9876543210"))
    assert OURS.read(scope(), {}) is None
    ours = deployed(OURS, scope())
    assert len(document(scope())["Statement"]) == 3
    OURS.delete(scope(), ours.outputs)
    assert read_back(OURS, scope(lineage="fedcba9876543210"), theirs.outputs) == theirs


def test_a_copy_without_its_sid_is_somebody_elses(scope: MakeScope) -> None:
    made_by_them(scope(), EC2, OURS.statement)
    assert OURS.read(scope(), {}) is None


def test_the_last_statement_of_a_role_cannot_be_removed_and_destroy_says_so_before(scope: MakeScope) -> None:
    made_by_them(scope(), EC2)
    live = deployed(OURS, scope())
    assert read_back(OURS, scope(destroying=True), live.outputs).blockers == ()
    write(scope(), {**document(scope()), "Statement": document(scope())["Statement"][1:]})
    [blocker] = read_back(OURS, scope(destroying=True), live.outputs).blockers
    assert "the only statement in the trust policy of Role" in blocker
    assert read_back(OURS, scope(), live.outputs).blockers == ()
    with pytest.raises(AwsError, match="the trust policy of Role has no statement but ours"):
        OURS.delete(scope(), live.outputs)
    assert len(document(scope())["Statement"]) == 1


def test_where_there_is_nothing_of_ours_nothing_is_written(scope: MakeScope, cloud: Wire) -> None:
    made_by_them(scope(), EC2)
    with cloud.recorded() as calls:
        OURS.delete(scope(), {})
    assert [call.operation for call in calls] == ["GetRole"]
    scope().client("iam").delete_role(RoleName="Role")
    OURS.delete(scope(), {})


def test_an_update_of_something_else_writes_nothing(scope: MakeScope, cloud: Wire) -> None:
    made_by_them(scope(), EC2)
    live = deployed(OURS, scope())
    with cloud.recorded() as calls:
        OURS.update(scope(), live.outputs, (Difference("role_path", None, "/", "/a/"),))
    assert calls == []


@pytest.mark.parametrize(("raised", "stops"), [(2048, True), (4096, False)])
def test_a_trust_policy_that_would_be_too_long_is_reported_before_the_change(
    raised: int, stops: bool, scope: MakeScope, cloud: Wire
) -> None:
    cloud.trick("GetAccountSummary", lambda call, carry: summary("AssumeRolePolicySizeQuota", raised), times=1)
    others = [PARTNER]
    while characters({"Id": "theirs", "Statement": [*others, PARTNER]}) < TRUST_LIMIT - 30:
        others.append(PARTNER)
    made_by_them(scope(), *({**item, "Sid": f"P{number}"} for number, item in enumerate(others)))
    found = [obstacle.what for obstacle in OURS.precheck(scope())]
    assert bool(found) == stops
    assert all(text.endswith("characters, and this account's limit is 2,048") for text in found)


def test_a_deleted_role_among_those_that_are_trusted_is_reported_before_the_change(scope: MakeScope) -> None:
    iam = scope().client("iam")
    gone = iam.create_role(RoleName="Gone", AssumeRolePolicyDocument=json.dumps(trust()))["Role"]
    made_by_them(scope(), EC2, {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": gone["Arn"]}})
    assert list(OURS.precheck(scope())) == []
    iam.delete_role(RoleName="Gone")
    [found] = OURS.precheck(scope())
    assert found.what == (
        f"the trust policy of Role names deleted roles or users ({gone['RoleId']}), and IAM refuses to save it with them"
    )
    assert "Trust relationships" in found.advice
    with pytest.raises(ClientError, match="Invalid principal in policy"):
        OURS.create(scope())


def test_a_trust_policy_of_usual_length_asks_for_no_quota(scope: MakeScope, cloud: Wire) -> None:
    assert list(OURS.precheck(scope())) == []  # the role is not there: its own error
    made_by_them(scope(), EC2)
    assert list(OURS.precheck(scope())) == []
    assert "GetAccountSummary" not in [call.operation for call in cloud.calls]


def summary(quota: str, value: int) -> Any:
    entry = f"<entry><key>{quota}</key><value>{value}</value></entry>"
    return answer(
        f"<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>{entry}</SummaryMap>"
        "</GetAccountSummaryResult></GetAccountSummaryResponse>"
    )


def test_its_sid_has_the_lineage_to_whoever_lost_the_state(scope: MakeScope) -> None:
    made_by_them(scope(), EC2, PARTNER)
    deployed(OURS, scope())
    assert read_back(OURS, scope(lineage=""), {}).owner == scope().owner
    assert OURS.read(scope(lineage="", address="elsewhere"), {}) is None


# The statement that keeps the same out without the external id

NODE = "arn:aws:iam::123456789012:role/node"
IN_NODE = {**trusted("123456789012"), "Principal": {"AWS": NODE}}
GUARDED = IamRoleTrustStatement(role="Role", statement=IN_NODE, deny=requiring(IN_NODE))
WEAKER = {"Sid": "Weaker", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}


@pytest.fixture
def guarded(scope: MakeScope) -> MakeScope:
    """With the role that is trusted, and a weaker statement in the trust of the other."""
    scope().client("iam").create_role(RoleName="node", AssumeRolePolicyDocument=json.dumps(trust()))
    made_by_them(scope(), EC2, WEAKER, PARTNER)
    return scope


def test_both_statements_come_in_one_call_and_go_in_one_and_all_else_is_as_before(guarded: MakeScope, cloud: Wire) -> None:
    scope = guarded(address="s3-trust")
    before = document(scope)
    with cloud.recorded() as calls:
        live = deployed(GUARDED, scope)
    assert [call.operation for call in calls if call.changes] == ["UpdateAssumeRolePolicy"]
    allowing, denying = document(scope)["Statement"][3:]
    assert (allowing["Sid"], denying["Sid"]) == (scope.owner.mark, scope.owner.mark + "Deny")
    assert denying["Effect"] == "Deny"
    assert denying["Condition"] == {"StringNotEquals": {"sts:ExternalId": "external-id-7"}}
    with cloud.recorded() as calls:
        GUARDED.delete(scope, live.outputs)
    assert [call.operation for call in calls if call.changes] == ["UpdateAssumeRolePolicy"]
    assert document(scope) == before


@pytest.mark.parametrize("lost", [0, 1])
def test_one_of_the_two_alone_is_ours_to_complete_and_to_delete(lost: int, guarded: MakeScope) -> None:
    scope = guarded()
    before = document(scope)
    live = deployed(GUARDED, scope)
    whole = document(scope)
    write(scope, {**whole, "Statement": [item for number, item in enumerate(whole["Statement"]) if number != 3 + lost]})
    found = differences(GUARDED, read_back(GUARDED, scope, live.outputs))
    assert [item.field for item in found] == [["statement", "deny"][lost]]
    assert read_back(GUARDED, guarded(lineage=""), {}).owner == scope.owner
    GUARDED.update(scope, live.outputs, found)
    assert document(scope) == whole
    write(scope, {**whole, "Statement": [item for number, item in enumerate(whole["Statement"]) if number != 3 + lost]})
    GUARDED.delete(scope, live.outputs)
    assert document(scope) == before


def test_a_deny_that_is_no_longer_desired_goes_alone(guarded: MakeScope) -> None:
    scope = guarded()
    live = deployed(GUARDED, scope)
    wanted = replace(GUARDED, deny={})
    wanted.update(scope, live.outputs, differences(wanted, read_back(wanted, scope, live.outputs)))
    assert document(scope)["Statement"][3:] == [{"Sid": scope.owner.mark, **GUARDED.statement}]


def test_a_principal_that_was_recreated_is_written_in_both(guarded: MakeScope) -> None:
    scope = guarded()
    live = deployed(GUARDED, scope)
    iam = scope.client("iam")
    iam.delete_role(RoleName="node")
    iam.create_role(RoleName="node", AssumeRolePolicyDocument=json.dumps(trust()))
    now = read_back(GUARDED, scope, live.outputs)
    found = differences(GUARDED, now)
    assert [item.field for item in found] == ["statement", "deny"]
    assert settle(GUARDED, now, None).unordered == ()
    assert list(GUARDED.precheck(scope)) == []
    GUARDED.update(scope, live.outputs, found)
    assert [item["Principal"]["AWS"] for item in document(scope)["Statement"][3:]] == [NODE, NODE]


def test_a_deny_that_somebody_widened_is_kept_and_one_that_was_narrowed_is_brought_back(guarded: MakeScope) -> None:
    scope = guarded()
    live = deployed(GUARDED, scope)
    *others, ours = document(scope)["Statement"]
    write(scope, {**document(scope), "Statement": [*others, {**ours, "Principal": {"AWS": [NODE, "111122223333"]}}]})
    assert [item.field for item in settle(GUARDED, read_back(GUARDED, scope, live.outputs), None).kept] == ["deny"]
    narrower = {"StringNotEquals": {"sts:ExternalId": ["external-id-7", "another"]}}
    write(scope, {**document(scope), "Statement": [*others, {**ours, "Condition": narrower}]})
    settled = settle(GUARDED, read_back(GUARDED, scope, live.outputs), None)
    assert (settled.kept, settled.unordered) == ((), ())


def test_the_last_two_statements_of_a_role_cannot_be_removed_and_destroy_says_so_before(guarded: MakeScope) -> None:
    live = deployed(GUARDED, guarded())
    write(guarded(), {**document(guarded()), "Statement": document(guarded())["Statement"][3:]})
    [blocker] = read_back(GUARDED, guarded(destroying=True), live.outputs).blockers
    assert "the only statement in the trust policy of Role" in blocker


def test_a_deny_that_locks_out_another_external_id_is_a_warning_and_is_refused_where_another_deployment_needs_it(
    guarded: MakeScope,
) -> None:
    theirs = {**IN_NODE, "Condition": {"StringEquals": {"sts:ExternalId": "theirs"}}}
    write(guarded(), {**document(guarded()), "Statement": [EC2, {"Sid": "Second", **theirs}]})
    assert list(GUARDED.precheck(guarded())) == []
    [warning] = GUARDED.warnings(guarded())
    assert warning == (
        f"statement Second of the trust policy of Role lets {NODE} in with another external id: --require-external-id "
        "refuses that as long as this deployment is there"
    )
    mark = guarded(address="another").owner.mark
    write(guarded(), {**document(guarded()), "Statement": [EC2, {"Sid": mark, **theirs}]})
    [found] = GUARDED.precheck(guarded())
    assert found.what == (
        f"the trust policy of Role lets {NODE} in with other external ids as well (statement {mark}), "
        "and --require-external-id would refuse those"
    )
    assert list(replace(GUARDED, deny={}).precheck(guarded())) == []


@pytest.mark.parametrize(
    ("principal", "asked", "said"),
    [
        ({"AWS": NODE}, False, [f"lets {NODE} in without the external id: --require-external-id refuses that"]),
        ({"AWS": NODE}, True, []),
        ("*", False, [f"lets everybody in without the external id, {NODE} too: --require-external-id refuses it"]),
        ("*", True, [f"lets everybody but {NODE} in without the external id: if nobody needs that, remove it"]),
        ({"AWS": "123456789012"}, True, []),  # the role's own account
        ({"AWS": "111122223333"}, False, []),
    ],
)
def test_what_a_statement_of_others_opens_is_reported_before_and_after(
    principal: Any, asked: bool, said: list[str], guarded: MakeScope
) -> None:
    write(guarded(), {**document(guarded()), "Statement": [EC2, {**WEAKER, "Principal": principal}, PARTNER]})
    wanted = GUARDED if asked else replace(GUARDED, deny={})
    before = wanted.warnings(guarded())
    assert [text.partition(" of the trust policy of Role ")[0] for text in before] == ["statement Weaker"] * len(said)
    assert all(part in text for part, text in zip(said, before, strict=True))
    deployed(wanted, guarded())
    assert wanted.warnings(guarded()) == before


def test_a_deny_of_others_that_locks_out_whom_we_let_in_is_reported(guarded: MakeScope) -> None:
    shut = {"Sid": "Shut", "Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*"}
    write(guarded(), {**document(guarded()), "Statement": [EC2, shut]})
    assert GUARDED.warnings(guarded()) == [
        f"statement Shut of the trust policy of Role denies {NODE} even with the external id"
    ]
