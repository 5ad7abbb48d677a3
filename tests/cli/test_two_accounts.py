"""The command line on two accounts: who signs in where, what is said of it, and whether the chain holds."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from bootstrap.cli.target import Target
from tests.cli.conftest import INPUTS, Bootstrap, sealed, writes
from tests.conftest import MakeScope
from tests.support.wire import Call, Carry, Wire, error_answer

CLUSTER, S3 = "123456789012", "210987654321"
ENTRANCE = f"arn:aws:iam::{S3}:role/OrganizationAccountAccessRole"
ATC = f"--integration aspera-atc {INPUTS['aspera-atc']}"
CREATE = f"create {ATC} --yes"
STATE = Path(".bootstrap/aspera-atc.json")


@pytest.fixture
def iam(scope: MakeScope) -> Any:
    """The cluster manager's account, with the role of its nodes."""
    client = scope().client("iam")
    trust(client, {"Service": "ec2.amazonaws.com"})
    return client


def trust(client: Any, principal: dict[str, str]) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    if "atc-node" in [role["RoleName"] for role in client.list_roles()["Roles"]]:
        client.update_assume_role_policy(RoleName="atc-node", PolicyDocument=document)
    else:
        client.create_role(RoleName="atc-node", AssumeRolePolicyDocument=document)


@pytest.fixture
def in_s3(scope: MakeScope) -> Callable[[str], Any]:
    """Gives clients for the account with the buckets."""
    sts = scope().client("sts")
    keys = sts.assume_role(RoleArn=ENTRANCE, RoleSessionName="test")["Credentials"]
    return partial(
        boto3.client,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name="us-east-1",
    )


@pytest.fixture
def buckets(in_s3: Callable[[str], Any]) -> Any:
    """IAM of the account with the buckets."""
    return in_s3("iam")


def names(client: Any) -> list[str]:
    return sorted(
        [role["RoleName"] for role in client.list_roles()["Roles"]]
        + [policy["PolicyName"] for policy in client.list_policies(Scope="Local")["Policies"]]
    )


def test_a_life_over_two_accounts(bootstrap: Bootstrap, cloud: Wire, iam: Any, buckets: Any) -> None:
    made = bootstrap(CREATE)
    assert made.code == 0, made.err
    assert f"AWS account (cluster) {CLUSTER}" in made.err
    assert f"AWS account (s3) {S3}" in made.err
    assert "[cluster]" in made.err
    assert "[s3]" in made.err
    assert f"arn:aws:iam::{S3}:role/atc-s3-access-keys" in made.out
    assert names(iam) == ["atc-node", "atc-s3-assume-role"]
    assert names(buckets) == ["atc-s3-access-keys", "atc-s3-policy"]
    state = json.loads(STATE.read_text())
    assert {alias: item["id"] for alias, item in state["accounts"].items()} == {"cluster": CLUSTER, "s3": S3}
    with cloud.recorded() as calls:
        assert "No changes" in bootstrap(CREATE).err
    assert [call for call in writes(calls) if call != "sts.AssumeRole"] == []
    assert bootstrap("status --detailed-exitcode").code == 0
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert (names(iam), names(buckets)) == (["atc-node"], [])


def test_one_account_for_both_is_allowed_and_said(bootstrap: Bootstrap, iam: Any) -> None:
    made = bootstrap("create --integration aspera-atc --bucket acme-in --yes")
    assert made.code == 0, made.err
    assert "cluster and s3 are the same account." in made.err
    assert "the cluster and the buckets are in the same account." in made.err
    assert names(iam) == ["atc-node", "atc-s3-access-keys", "atc-s3-assume-role", "atc-s3-policy"]
    drawn = json.loads(STATE.read_text())["inputs"]["external_id"]
    assert drawn in made.out
    assert drawn in bootstrap("create --integration aspera-atc --bucket acme-in --yes").out
    assert bootstrap("destroy --yes").code == 0


def test_a_missing_node_role_is_said_before_anything_is_made(bootstrap: Bootstrap, cloud: Wire) -> None:
    with cloud.recorded() as calls:
        refused = bootstrap(CREATE)
    assert refused.code == 1
    assert f"--node-role: there is no role atc-node in account {CLUSTER} (cluster)" in refused.err
    assert [call for call in writes(calls) if call != "sts.AssumeRole"] == []
    assert not STATE.exists()


def test_the_same_accounts_can_be_reached_in_another_way(bootstrap: Bootstrap, iam: Any, buckets: Any) -> None:
    bootstrap(CREATE)
    text = STATE.read_text().replace(ENTRANCE, f"arn:aws:iam::{S3}:role/gone")
    STATE.write_text(sealed(json.loads(text)))
    refused = bootstrap("status")
    assert refused.code == 1
    assert "AccessDenied" in refused.err
    assert bootstrap(f"status --sign-in s3={ENTRANCE}").code == 0
    gone = bootstrap(f"destroy --yes --sign-in s3={ENTRANCE}")
    assert gone.code == 0, gone.err
    assert names(buckets) == []


@pytest.mark.parametrize("given", ["s3", "s3=", "other=me"])
def test_a_way_into_an_account_that_there_is_none_of_is_refused(given: str, bootstrap: Bootstrap, iam: Any) -> None:
    bootstrap(CREATE)
    refused = bootstrap(f"status --sign-in {given}")
    assert refused.code == 64
    assert "Accounts: cluster, s3." in refused.err


def test_credentials_of_the_wrong_account_are_refused(bootstrap: Bootstrap, iam: Any) -> None:
    bootstrap(CREATE)
    other = "arn:aws:iam::333333333333:role/OrganizationAccountAccessRole"
    refused = bootstrap(f"destroy --yes --sign-in s3={other}")
    assert refused.code == 1
    assert f"belongs to AWS account {S3} (s3); these credentials belong to account 333333333333" in refused.err
    assert "--sign-in s3=PROFILE|ARN" in refused.err


@pytest.mark.parametrize("then", ["create", "destroy"])
@pytest.mark.parametrize("operation", ["CreatePolicy", "CreateRole", "AttachRolePolicy"])
def test_what_fails_in_the_second_account_can_be_finished_and_taken_back(
    operation: str, then: str, bootstrap: Bootstrap, cloud: Wire, iam: Any, buckets: Any
) -> None:
    def refused(call: Call, carry: Carry) -> Any:
        there = re.search(r"(PolicyName|RoleName)=(atc-s3-policy|atc-s3-access-keys)\b", call.text)
        return error_answer(call, "AccessDenied", "not allowed", 403) if there and call.operation == operation else carry()

    cloud.between = refused
    failed = bootstrap(CREATE)
    cloud.between = lambda call, carry: carry()
    assert failed.code == 1
    assert f"iam:{operation}" in failed.err, failed.err
    if then == "create":
        again = bootstrap(CREATE)
        assert again.code == 0, again.err
        assert names(buckets) == ["atc-s3-access-keys", "atc-s3-policy"]
        assert bootstrap("status --detailed-exitcode").code == 0
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert (names(iam), names(buckets)) == (["atc-node"], [])
    assert not STATE.exists()


# The chain


def test_a_chain_that_cannot_be_tried_from_here_is_unknown(bootstrap: Bootstrap, iam: Any) -> None:
    bootstrap(CREATE)
    checked = bootstrap("status --check-chain")
    assert checked.code == 0
    assert f"unknown  arn:aws:iam::{CLUSTER}:role/atc-node  you may not assume it yourself" in checked.out
    assert f"unknown  arn:aws:iam::{S3}:role/atc-s3-access-keys" in checked.out
    assert f"its trust policy lets arn:aws:iam::{CLUSTER}:role/atc-node in only with the external id" in checked.out
    assert "s3://acme-in/ was not tried with it" in checked.out
    assert "ok  " not in checked.out


def test_a_chain_that_holds_is_ok_needs_the_external_id_and_lists_the_bucket(
    bootstrap: Bootstrap, iam: Any, in_s3: Callable[[str], Any]
) -> None:
    trust(iam, {"AWS": CLUSTER})
    in_s3("s3").create_bucket(Bucket="acme-in")
    bootstrap(CREATE)
    checked = bootstrap("status --check-chain")
    assert checked.code == 0
    assert f"ok       arn:aws:iam::{S3}:role/atc-s3-access-keys  can be assumed with the external id" in checked.out
    assert f"ok       arn:aws:iam::{S3}:role/atc-s3-access-keys  cannot be assumed without the external id" in checked.out
    assert f"ok       arn:aws:iam::{S3}:role/atc-s3-access-keys  lists s3://acme-in/" in checked.out
    assert "It uploads and downloads nothing" in checked.err
    as_data = bootstrap("status --check-chain --json").objects
    [chain] = [item for item in as_data if item["type"] == "chain"]
    assert [finding["verdict"] for finding in chain["findings"]] == ["ok", "ok", "ok", "ok"]
    assert [item["text"] for item in as_data if item["type"] == "note"][-1].startswith("The check assumes the roles")
    assert "id-" not in json.dumps(as_data)


def test_a_chain_that_is_broken_names_the_hop_and_fails(bootstrap: Bootstrap, iam: Any) -> None:
    trust(iam, {"AWS": CLUSTER})
    bootstrap(CREATE)
    [attached] = iam.list_attached_role_policies(RoleName="atc-node")["AttachedPolicies"]
    iam.detach_role_policy(RoleName="atc-node", PolicyArn=attached["PolicyArn"])
    checked = bootstrap("status --check-chain")
    assert checked.code == 1
    assert f"ok       arn:aws:iam::{CLUSTER}:role/atc-node" in checked.out
    assert f"failed   arn:aws:iam::{S3}:role/atc-s3-access-keys  could not be assumed with the previous role" in checked.out


def test_what_has_no_chain_says_so(bootstrap: Bootstrap) -> None:
    bootstrap(f"create --integration upsolver-vpc {INPUTS['upsolver-vpc']} --yes")
    refused = bootstrap("status --check-chain")
    assert refused.code == 64
    assert "upsolver-vpc has no chain of roles to check" in refused.err


def test_an_external_id_that_was_drawn_stays_also_with_an_inputs_file(bootstrap: Bootstrap, iam: Any) -> None:
    Path("atc.toml").write_text('bucket = ["acme-in"]\n')
    made = bootstrap("create --integration aspera-atc --inputs atc.toml --yes")
    again = bootstrap("create --integration aspera-atc --inputs atc.toml --yes")
    assert made.code == again.code == 0
    assert "No changes" in again.err
    assert again.out == made.out


def test_no_credentials_to_start_from_is_said_as_such(in_process: Bootstrap, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    refused = in_process(CREATE)
    assert refused.code == 1
    assert "no AWS credentials were found" in refused.err


def test_create_is_never_told_to_sign_in_by_options_of_other_verbs() -> None:
    assert "--sign-in" not in Target(reached_by=("s3=other",)).create_flags


def test_going_over_from_a_role_to_a_profile_needs_only_the_profile(bootstrap: Bootstrap, iam: Any) -> None:
    bootstrap(CREATE)
    refused = bootstrap("create --integration aspera-atc --bucket acme-in --s3-profile nobody --yes")
    assert "give only one of them" not in refused.err
    assert "signing in to the account s3: the AWS profile does not exist" in refused.err
    assert json.loads(STATE.read_text())["inputs"]["s3_role_arn"] == ENTRANCE
    both = bootstrap(f"create --integration aspera-atc --s3-profile nobody --s3-role-arn {ENTRANCE} --yes")
    assert "give only one of them" in both.err


def test_each_account_keeps_its_region_and_an_other_one_is_refused_with_words_that_help(
    bootstrap: Bootstrap, iam: Any
) -> None:
    bootstrap(CREATE)
    state = json.loads(STATE.read_text())
    state["accounts"]["s3"]["region"] = "eu-west-1"
    STATE.write_text(sealed(state))
    seen = bootstrap("status")
    assert seen.code == 0, seen.err
    assert f"AWS account (s3) {S3}, partition aws, region eu-west-1" in seen.err
    refused = bootstrap("status --region us-east-1")
    assert refused.code == 1
    assert "Omit --region" in refused.err


def test_the_permissions_of_each_account_are_a_policy_of_its_own(bootstrap: Bootstrap) -> None:
    policies = json.loads(bootstrap(f"permissions {ATC}").out)
    assert list(policies) == ["cluster", "s3"]
    taken = [item for item in policies["cluster"]["Statement"] if "sts:AssumeRole" in item["Action"]]
    assert [item["Resource"] for item in taken] == [[ENTRANCE]]
    granted = {alias: {action for item in policies[alias]["Statement"] for action in item["Action"]} for alias in policies}
    assert "iam:CreateRole" in granted["s3"] - granted["cluster"]
    assert "iam:AttachRolePolicy" in granted["cluster"] & granted["s3"]


def test_a_trust_in_a_node_role_that_iam_does_not_know_yet_is_waited_for(
    bootstrap: Bootstrap, cloud: Wire, iam: Any, buckets: Any
) -> None:
    cloud.refuse("CreateRole", "MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"arn"')
    made = bootstrap(CREATE)
    assert made.code == 0, made.err


@pytest.mark.parametrize(
    "chain", [[{}], [{"account": "s3", "role": 7, "external_id": ""}], [{"account": "x", "role": "r", "external_id": ""}]]
)
def test_a_chain_that_was_edited_by_hand_is_damage_and_no_traceback(chain: Any, bootstrap: Bootstrap, iam: Any) -> None:
    bootstrap(CREATE)
    state = json.loads(STATE.read_text())
    state["handoff"]["chain"] = chain
    STATE.write_text(json.dumps(state))
    refused = bootstrap("outputs")
    assert refused.code == 1
    assert "has been damaged or edited by hand" in refused.err


def test_a_lost_state_of_two_accounts_is_recovered_with_the_ways_in(bootstrap: Bootstrap, iam: Any, buckets: Any) -> None:
    bootstrap(CREATE)
    lost = json.loads(STATE.read_text())
    STATE.unlink()
    found = bootstrap(f"recover {ATC} --yes")
    assert found.code == 0, found.err
    assert "[s3]" in found.err
    state = json.loads(STATE.read_text())
    assert [state[key] for key in ("accounts", "sign_ins", "inputs", "lineage")] == [
        lost[key] for key in ("accounts", "sign_ins", "inputs", "lineage")
    ]
    assert "No changes" in bootstrap(CREATE).err
    gone = bootstrap("destroy --yes")
    assert gone.code == 0, gone.err
    assert (names(iam), names(buckets)) == (["atc-node"], [])


# Names that are taken


@pytest.mark.parametrize("prefix", ["", "acme-"])
def test_a_role_and_a_policy_that_are_there_are_refused_with_the_flag_that_uses_them(
    prefix: str, bootstrap: Bootstrap, iam: Any, buckets: Any
) -> None:
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    data = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role, policy = f"{prefix}atc-s3-access-keys", f"{prefix}atc-s3-policy"
    buckets.create_role(RoleName=role, AssumeRolePolicyDocument=trusting("ec2.amazonaws.com", "Service"))
    arn = buckets.create_policy(PolicyName=policy, PolicyDocument=data)["Policy"]["Arn"]
    buckets.attach_role_policy(RoleName=role, PolicyArn=arn)
    again = f"{CREATE} --role-prefix={prefix}"
    refused = bootstrap(again)
    assert refused.code == 1
    flag = f"--existing-s3-role {role}"
    assert f"If it already reaches the buckets, run the same command with: {flag}\n" in refused.err
    assert f"If a role {role} has this policy and reaches the buckets, run the same command with: {flag}\n" in refused.err
    assert "delete" not in refused.err
    assert bootstrap(f"{again} {flag}").code == 0
    assert bootstrap("destroy --yes").code == 0
    assert names(buckets) == [role, policy]


def test_a_role_that_comes_after_the_plan_is_refused_with_that_flag_too(
    bootstrap: Bootstrap, cloud: Wire, iam: Any, buckets: Any
) -> None:
    def first(call: Call, carry: Carry) -> Any:
        if call.operation == "CreateRole" and "atc-s3-access-keys" in call.text:
            cloud.between = lambda call, carry: carry()
            theirs = trusting("ec2.amazonaws.com", "Service")
            buckets.create_role(RoleName="atc-s3-access-keys", AssumeRolePolicyDocument=theirs)
        return carry()

    cloud.between = first
    refused = bootstrap(CREATE)
    assert refused.code == 1
    assert (
        "If it already reaches the buckets, run the same command with: --existing-s3-role atc-s3-access-keys\n"
        in refused.err
    )


def trusting(who: str, kind: str = "AWS", **condition: Any) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {kind: who}, "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# A role of the user's that lets the nodes in already

NODE = f"arn:aws:iam::{CLUSTER}:role/atc-node"
EXISTING = f"{ATC} --existing-s3-role data-reader"


def opened(buckets: Any, *who: Any) -> Any:
    """data-reader, which trusts machines and, without an external id, each of these."""
    named = [{"Service": "ec2.amazonaws.com"}, *who]
    statements = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": each} for each in named]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    buckets.create_role(RoleName="data-reader", AssumeRolePolicyDocument=document)
    return of_reader(buckets)


def of_reader(buckets: Any) -> Any:
    return buckets.get_role(RoleName="data-reader")["Role"]["AssumeRolePolicyDocument"]


def warnings(ran: Any) -> list[str]:
    return [item["text"] for change in ran.last("plan")["changes"] for item in change["warnings"]]


def test_a_weaker_statement_is_told_everywhere_and_what_closes_it_is_undone_by_destroy(
    bootstrap: Bootstrap, iam: Any, buckets: Any, in_s3: Callable[[str], Any]
) -> None:
    trust(iam, {"AWS": CLUSTER})
    in_s3("s3").create_bucket(Bucket="acme-in")
    before = opened(buckets, {"AWS": NODE})
    weaker = f"statement number 2 of the trust policy of data-reader lets {NODE} in without the external id"
    assert f"Warning: {weaker}: --require-external-id refuses that" in bootstrap(f"plan {EXISTING}").out
    [told] = warnings(bootstrap(f"create {EXISTING} --yes --json"))
    assert told.startswith(weaker)
    assert weaker in bootstrap("status").out
    checked = bootstrap("status --check-chain")
    assert checked.code == 1
    assert "can also be assumed without the external id: its trust policy is too wide (statement number 2)" in checked.out
    tightened = bootstrap("create --integration aspera-atc --require-external-id --yes --json")
    assert (tightened.code, warnings(tightened)) == (0, [])
    assert of_reader(buckets)["Statement"][:2] == before["Statement"]
    assert bootstrap("status --check-chain").code == 0
    assert "No changes" in bootstrap("create --integration aspera-atc --yes").err
    Path(STATE).unlink()
    assert bootstrap(f"recover {EXISTING} --require-external-id --yes").code == 0
    assert "No changes" in bootstrap("create --integration aspera-atc --yes").err
    assert bootstrap("create --integration aspera-atc --no-require-external-id --yes").code == 0
    assert bootstrap("status --check-chain").code == 1
    assert bootstrap("destroy --yes").code == 0
    assert of_reader(buckets) == before


def test_a_way_in_for_everybody_is_told_after_it_is_closed_to_the_nodes_as_well(
    bootstrap: Bootstrap, iam: Any, buckets: Any
) -> None:
    opened(buckets, {"AWS": f"arn:aws:iam::{CLUSTER}:root"}, "*")
    made = bootstrap(f"create {EXISTING} --require-external-id --yes --json")
    assert made.code == 0
    assert [text.partition(" in without")[0] for text in warnings(made)] == [
        f"statement number 2 of the trust policy of data-reader lets everybody in account {CLUSTER} but {NODE}",
        f"statement number 3 of the trust policy of data-reader lets everybody but {NODE}",
    ]


def test_where_the_chain_cannot_be_tried_the_trust_policy_is_read(bootstrap: Bootstrap, iam: Any, buckets: Any) -> None:
    opened(buckets, {"AWS": CLUSTER})
    bootstrap(f"create {EXISTING} --yes")
    checked = bootstrap("status --check-chain")
    assert checked.code == 1
    assert f"in its trust policy, statement number 2 lets {NODE} in without the external id" in checked.out
    bootstrap("create --integration aspera-atc --require-external-id --yes")
    closed = bootstrap("status --check-chain")
    assert closed.code == 0
    assert f"its trust policy lets {NODE} in only with the external id" in closed.out


def test_a_second_deployment_with_an_external_id_of_its_own_is_not_locked_out(
    bootstrap: Bootstrap, iam: Any, buckets: Any
) -> None:
    opened(buckets)
    assert bootstrap(f"create {EXISTING} --name first --yes").code == 0
    second = f"create {EXISTING.replace('ext-1', 'ext-2')} --role-prefix second- --name second --yes"
    refused = bootstrap(f"{second} --require-external-id")
    assert refused.code == 1
    assert f"lets {NODE} in with other external ids as well (statement Bootstrap" in refused.err
    assert "Omit --require-external-id." in refused.err
    assert bootstrap(second).code == 0


@pytest.mark.parametrize(
    ("bucket", "code", "said"),
    [
        ("acme-gone", "NoSuchBucket", "there is no bucket acme-gone"),
        ("acme-in/a/b", "AccessDenied", "s3://acme-in/a/b/ is denied: by its policies, by the bucket's"),
    ],
)
def test_a_bucket_that_the_role_does_not_reach_fails_the_check(
    bucket: str, code: str, said: str, bootstrap: Bootstrap, cloud: Wire, iam: Any
) -> None:
    trust(iam, {"AWS": CLUSTER})
    bootstrap(f"{CREATE} --bucket {bucket}")
    asked = []

    def refused(call: Call, carry: Carry) -> Any:
        if call.operation != "ListObjectsV2":
            return carry()
        asked.append(call.url)
        return error_answer(call, code, "no", 404 if code == "NoSuchBucket" else 403)

    cloud.between = refused
    checked = bootstrap("status --check-chain")
    assert checked.code == 1
    assert f"failed   arn:aws:iam::{S3}:role/atc-s3-access-keys  {said}" in checked.out
    assert "max-keys=1" in asked[-1]
    assert ("prefix=a%2Fb%2F" in asked[-1]) == ("/" in bucket)
