"""One run over two accounts: what Aspera's page asks for, in whose account, in which order, and after which accident."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE, Account, SignIn
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, own
from bootstrap.core.partitions import partition_of
from bootstrap.core.plan import Action
from bootstrap.core.role_chain import LIMITS
from bootstrap.engine.prepare import apply, prepare_create, prepare_destroy
from bootstrap.errors import PlanRefused, StateError, UsageError
from bootstrap.integrations.aspera.atc import AsperaAtc
from bootstrap.integrations.aspera.roles import existing_roles
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT, Deployment, everything_in
from tests.support.faults import no_fault
from tests.support.samples import allow, trust
from tests.support.wire import Call, Carry, Wire, error_answer

CLUSTER_ID = "123456789012"
NODE = f"arn:aws:iam::{CLUSTER_ID}:role/atc-node"
S3_ROLE = f"arn:aws:iam::{OTHER_ACCOUNT}:role/atc-s3-access-keys"
ACCOUNTS = [
    Account(alias="cluster", id=CLUSTER_ID, partition="aws", region="us-east-1"),
    Account(alias="s3", id=OTHER_ACCOUNT, partition="aws", region="us-east-1"),
]


def atc(**given: Any) -> AsperaAtc:
    found = from_inputs(AsperaAtc, {"bucket": ["acme-in"], "external_id": "id-7", "s3_profile": "buckets", **given})
    assert isinstance(found, AsperaAtc)
    return found


def built(accounts: list[Account] = ACCOUNTS, **given: Any) -> tuple[Graph, Handoff]:
    graph = Graph(accounts)
    return graph, atc(**given).build(graph)


def granted(**given: Any) -> dict[str, set[str]]:
    """The actions of the policy for the buckets, by resource."""
    found: dict[str, set[str]] = {}
    for item in built(**given)[0].nodes["s3-policy"].resource.properties()["document"]["Statement"]:
        for place in item["Resource"]:
            found.setdefault(place, set()).update(action.partition(":")[2] for action in item["Action"])
    return found


# What there is


def test_each_resource_is_in_the_account_that_it_belongs_to() -> None:
    nodes = built()[0].nodes
    assert {address: node.account for address, node in nodes.items()} == {
        "s3-policy": "s3",
        "s3-role": "s3",
        "s3-attachment": "s3",
        "assume-policy": "cluster",
        "node-attachment": "cluster",
    }
    assert nodes["node-attachment"].resource.properties()["role"] == "atc-node"


def test_the_role_to_assume_is_named_by_the_arn_of_a_role() -> None:
    [statement] = built()[0].nodes["assume-policy"].resource.properties()["document"]["Statement"]
    assert statement["Resource"] == [S3_ROLE]
    elsewhere = built(path="/team/", role_prefix="x-")[0].nodes["assume-policy"].resource.properties()
    [statement] = elsewhere["document"]["Statement"]
    assert statement["Resource"] == [f"arn:aws:iam::{OTHER_ACCOUNT}:role/team/x-atc-s3-access-keys"]


def test_only_the_nodes_are_trusted_and_with_the_external_id() -> None:
    [statement] = built()[0].nodes["s3-role"].resource.properties()["trust"]["Statement"]
    assert statement["Principal"] == {"AWS": [NODE]}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "id-7"}}
    other = f"arn:aws:iam::{CLUSTER_ID}:role/team/nodes"
    [statement] = built(node_role=other)[0].nodes["s3-role"].resource.properties()["trust"]["Statement"]
    assert statement["Principal"] == {"AWS": [other]}


@pytest.mark.parametrize(
    ("allowed", "bucket", "objects"),
    [
        (
            "upload",
            "GetBucketLocation ListBucket ListBucketMultipartUploads",
            "AbortMultipartUpload DeleteObject ListMultipartUploadParts PutObject",
        ),
        ("download", "GetBucketLocation ListBucket ListBucketMultipartUploads", "GetObject"),
        ("browse", "ListBucket ListBucketMultipartUploads", ""),
        ("delete", "ListBucket ListBucketMultipartUploads", "AbortMultipartUpload DeleteObject ListMultipartUploadParts"),
        (
            "browse, upload",
            "GetBucketLocation ListBucket ListBucketMultipartUploads",
            "AbortMultipartUpload DeleteObject ListMultipartUploadParts PutObject",
        ),
    ],
)
def test_transfers_get_what_the_page_lists_for_them(allowed: str, bucket: str, objects: str) -> None:
    found = granted(allow=allowed)
    assert found.pop("arn:aws:s3:::acme-in") == set(bucket.split())
    assert found.pop("arn:aws:s3:::acme-in/*", set()) == set(objects.split())
    assert found == {}


def test_a_prefix_holds_objects_and_listing() -> None:
    policy = built(bucket=["acme-in/a/b"])[0].nodes["s3-policy"].resource.properties()["document"]["Statement"]
    assert "arn:aws:s3:::acme-in/a/b/*" in granted(bucket=["acme-in/a/b"])
    [listing] = [item for item in policy if item["Action"] == ["s3:ListBucket"]]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["a/b", "a/b/*"]}}


@pytest.mark.parametrize(
    ("allowed", "actions"), [("upload", {"Decrypt", "GenerateDataKey"}), ("download", {"Decrypt"}), ("browse", set())]
)
def test_an_encrypted_bucket_takes_the_key_as_well(allowed: str, actions: set[str]) -> None:
    key = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert granted(allow=allowed, kms_key=key).get(key, set()) == actions


def test_a_role_of_the_users_gets_one_statement_and_nothing_else() -> None:
    graph, handoff = built(existing_s3_role=f"arn:aws:iam::{OTHER_ACCOUNT}:role/data/reader")
    assert sorted(graph.nodes) == ["assume-policy", "node-attachment", "s3-trust"]
    trusted = graph.nodes["s3-trust"].resource.properties()
    assert (trusted["role"], trusted["role_path"]) == ("reader", "/data/")
    assert "Sid" not in trusted["statement"]
    assert handoff.values["Role ARN"].endswith(":role/data/reader")


def test_the_form_of_the_cluster_manager_can_be_filled_in() -> None:
    values = built(bucket=["acme-in/incoming", "acme-out"])[1].values
    assert values == {
        "Role ARN": S3_ROLE,
        "External id": "id-7",
        "Bucket": "acme-in",
        "Path": "/incoming",
        "Endpoint": "s3.amazonaws.com",
        "Session name": "assumed-atcm",
    }
    handoff = built(bucket=["acme-in", "acme-out"])[1]
    steps = " ".join(handoff.steps)
    assert all(word in steps for word in ("acme-out", "PENDING", "SYNCHRONIZED", "ERROR", own("check")))
    assert handoff.verbs == {"check": ["status", "--check-chain"]}
    assert LIMITS in handoff.later


@pytest.mark.parametrize(
    ("region", "endpoint", "is_opt_in"),
    [
        ("eu-west-1", "s3.amazonaws.com", False),
        ("me-south-1", "s3.me-south-1.amazonaws.com", True),
        ("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com", False),
        ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn", False),
        ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu", False),
    ],
)
def test_the_endpoint_and_the_sessions_are_those_that_work_in_the_region(
    region: str, endpoint: str, is_opt_in: bool
) -> None:
    account = Account(id=CLUSTER_ID, partition=partition_of(region), region=region)
    handoff = built([replace(account, alias=alias) for alias in ("cluster", "s3")])[1]
    assert handoff.values["Endpoint"] == endpoint
    assert any(f"{region} is an opt-in region" in text for text in handoff.later) is is_opt_in
    switch = f"Security Token Service (STS), activate {region}."
    assert any(text.endswith(switch) for text in handoff.later) is (region == "eu-west-1")


def test_accounts_are_reached_by_profiles_or_by_a_role() -> None:
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/admin"
    assert atc(cluster_profile="c").sign_ins == {"cluster": SignIn(profile="c"), "s3": SignIn(profile="buckets")}
    by_role = atc(cluster_profile="c", s3_profile=None, s3_role_arn=role)
    assert by_role.sign_ins["s3"] == SignIn(profile="c", role_arn=role)
    same = atc(s3_profile=None)
    assert same.sign_ins == {"cluster": SignIn(), "s3": SignIn()}
    assert "in the same account" in same.notes[0]
    assert atc().notes == ()
    with pytest.raises(UsageError, match="give only one of them"):
        _ = atc(s3_role_arn=role).sign_ins


# What it does


@pytest.fixture
def deployment(scope: MakeScope, cloud: Wire, tmp_path: Path) -> Callable[..., Deployment]:
    def make(**given: Any) -> Deployment:
        return Deployment(atc(**given), scope(), tmp_path)

    return make


def both(deployment: Deployment) -> list[dict[str, Any]]:
    """All that is in the two accounts."""
    return [everything_in(deployment.scope_of(alias)) for alias in ("cluster", "s3")]


def bystanders(deployment: Deployment) -> list[dict[str, Any]]:
    """What others have in both accounts, with names close to ours."""
    for alias in ("cluster", "s3"):
        iam = deployment.scope_of(alias).client("iam")
        for name in ("atc-manager", "atc-s3-access-keys-2", "atc-node-2"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust()))
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(allow("s3:*")))
        arn = iam.create_policy(PolicyName="atc-s3-policy-2", PolicyDocument=json.dumps(allow("s3:*")))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="atc-node-2", PolicyArn=arn)
    iam = deployment.scope_of("cluster").client("iam")
    iam.attach_role_policy(RoleName="atc-node", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    return both(deployment)


EXISTING = {"existing_s3_role": "data-reader"}
each_way = pytest.mark.parametrize("given", [{}, EXISTING], ids=["a new role", "a role of the user's"])


@each_way
def test_both_accounts_are_as_before_when_it_is_gone(given: dict[str, Any], deployment: Callable[..., Deployment]) -> None:
    found = deployment(**given)
    before = bystanders(found)
    assert sorted(found.create()) == sorted(found.nodes())
    assert found.create() == []
    assert sorted(found.destroy()) == sorted(found.nodes())
    assert both(found) == before


def test_a_node_role_that_is_not_there_stops_it_before_the_first_change(
    deployment: Callable[..., Deployment], cloud: Wire
) -> None:
    found = deployment()
    found.scope_of("cluster").client("iam").delete_role(RoleName="atc-node")
    with cloud.recorded() as calls, pytest.raises(PlanRefused) as caught:
        atc().resolve_lookups(found.session.accounts, lambda *queries, account: found.scope_of(account).read(*queries))
    assert caught.value.problems == (f"--node-role: there is no role atc-node in account {CLUSTER_ID} (cluster)",)
    assert {call.operation for call in calls} == {"GetRole"}


def test_a_node_role_that_was_made_anew_is_trusted_again_and_gets_its_policy(deployment: Callable[..., Deployment]) -> None:
    found = deployment()
    found.create()
    iam = found.scope_of("cluster").client("iam")
    [attached] = iam.list_attached_role_policies(RoleName="atc-node")["AttachedPolicies"]
    iam.detach_role_policy(RoleName="atc-node", PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName="atc-node")
    iam.create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))
    plan = prepare_create(found.session, found.backend, "test", found.wanted).plan
    changed = {change.address: change for change in plan.work}
    assert sorted(changed) == ["node-attachment", "s3-role"]
    assert "is a role or user that was deleted" in changed["s3-role"].reason
    found.create()
    trusted = found.scope_of("s3").client("iam").get_role(RoleName="atc-s3-access-keys")["Role"]["AssumeRolePolicyDocument"]
    assert trusted["Statement"][0]["Principal"]["AWS"] in (NODE, [NODE])
    assert found.create() == []


@pytest.mark.parametrize("alias", ["cluster", "s3"])
def test_a_state_is_of_its_two_accounts_and_of_no_others(
    alias: str, deployment: Callable[..., Deployment], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = deployment()
    found.create()
    text = found.backend.path.read_text()
    mine = {"cluster": CLUSTER_ID, "s3": OTHER_ACCOUNT}[alias]
    found.backend.path.write_text(text.replace(mine, "999999999999"))
    with pytest.raises(StateError, match=rf"999999999999 \({alias}\); these credentials belong to account {mine}"):
        prepare_destroy(found.session, found.backend)


def test_an_external_id_is_drawn_once_and_hard_to_guess(deployment: Callable[..., Deployment]) -> None:
    one, other = deployment(external_id=None).wanted, deployment(external_id=None).wanted
    assert isinstance(one, AsperaAtc)
    assert isinstance(other, AsperaAtc)
    assert one.external_id != other.external_id
    assert len(one.external_id or "") >= 32


def test_failing_in_one_account_the_other_goes_on_and_both_ways_are_open(
    deployment: Callable[..., Deployment], cloud: Wire
) -> None:
    found = deployment()
    before = both(found)
    prepared = prepare_create(found.session, found.backend, "test", found.wanted)

    def denied_in_s3(call: Call, carry: Carry) -> Any:  # whichever account is asked first
        is_it = call.operation == "AttachRolePolicy" and "RoleName=atc-s3-access-keys" in call.text
        return error_answer(call, "AccessDenied", "not authorized", 403) if is_it else carry()

    cloud.between = denied_in_s3
    report = apply(prepared, found.backend, lambda event: None)
    cloud.between = no_fault
    assert [item.change.account for item in report.outcome.failed] == ["s3"]
    assert {change.action for change in prepare_destroy(found.session, found.backend).plan.work} <= {
        Action.DELETE,
        Action.FORGET,
    }
    found.create()
    assert found.create() == []
    found.destroy()
    assert both(found) == before


# Accidents of people


def policies_of(deployment: Deployment, role: str) -> list[str]:
    listed = deployment.scope_of("cluster").client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return [item["PolicyName"] for item in listed]


@pytest.mark.parametrize(
    ("first", "then", "address"),
    [
        ({}, {"node_role": "atc-node-2"}, "node-attachment"),
        ({"existing_s3_role": "reader-1"}, {"existing_s3_role": "reader-2"}, "s3-trust"),
    ],
)
def test_going_over_to_another_role_is_refused_because_the_first_would_keep_what_we_added(
    first: dict[str, str], then: dict[str, str], address: str, scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    found = Deployment(atc(**first), scope(), tmp_path)
    before = both(found)
    found.create()
    other = Deployment(atc(**first, **then) if not first else atc(**then), scope(), tmp_path)
    [refused] = prepare_create(other.session, other.backend, "test", other.wanted).plan.refused
    assert refused.address == address
    assert refused.refusal.startswith("its role cannot change in place (")
    assert "destroy" in refused.advice
    found.destroy()
    if "node_role" in then:
        other.scope_of("cluster").client("iam").delete_role(RoleName="atc-node-2")
    else:
        other.scope_of("s3").client("iam").delete_role(RoleName="reader-2")
    assert both(found) == before


def test_our_own_role_cannot_be_brought_as_the_users(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    found = Deployment(atc(), scope(), tmp_path)
    found.create()
    brought = Deployment(atc(existing_s3_role="atc-s3-access-keys"), scope(), tmp_path)
    refused = prepare_create(brought.session, brought.backend, "test", brought.wanted).plan.refused
    assert "s3-role" in [change.address for change in refused]
    assert "this deployment created it" in " ".join(change.refusal for change in refused)


def test_a_node_role_made_anew_with_its_policies_is_ours_to_repair_and_to_destroy(
    deployment: Callable[..., Deployment],
) -> None:
    found = deployment()
    found.create()
    iam = found.scope_of("cluster").client("iam")
    [attached] = iam.list_attached_role_policies(RoleName="atc-node")["AttachedPolicies"]
    iam.detach_role_policy(RoleName="atc-node", PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName="atc-node")
    iam.create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))
    iam.attach_role_policy(RoleName="atc-node", PolicyArn=attached["PolicyArn"])
    assert found.create() == ["s3-role"]
    assert found.create() == []
    found.destroy()
    assert policies_of(found, "atc-node") == []


def test_a_role_of_the_users_made_anew_with_its_trust_is_cleaned_as_well(deployment: Callable[..., Deployment]) -> None:
    found = deployment(**EXISTING)
    found.create()
    iam = found.scope_of("s3").client("iam")
    document = iam.get_role(RoleName="data-reader")["Role"]["AssumeRolePolicyDocument"]
    iam.delete_role(RoleName="data-reader")
    iam.create_role(RoleName="data-reader", AssumeRolePolicyDocument=json.dumps(document))
    assert found.create() == []
    found.destroy()
    assert iam.get_role(RoleName="data-reader")["Role"]["AssumeRolePolicyDocument"]["Statement"] == trust()["Statement"]


@pytest.mark.parametrize("place", [f"{OTHER_ACCOUNT}:role/atc-node", f"{CLUSTER_ID}:role/x/atc-node"])
def test_a_role_that_was_named_whole_is_that_one_or_none(place: str, deployment: Callable[..., Deployment]) -> None:
    found, role = deployment(), f"arn:aws:iam::{place}"

    def ask(*queries: Any, account: str) -> list[Any]:
        return found.scope_of(account).read(*queries)

    with pytest.raises(PlanRefused) as caught:
        atc(node_role=role).resolve_lookups(found.session.accounts, ask)
    assert caught.value.problems == (f"--node-role: the role atc-node of account cluster is {NODE}, not {role}",)


def test_one_role_for_the_nodes_and_for_the_buckets_is_refused_only_in_one_account(scope: MakeScope, cloud: Wire) -> None:
    accounts = {each.alias: each for each in ACCOUNTS}
    scope().client("iam").create_role(RoleName="atc-node", AssumeRolePolicyDocument=json.dumps(trust()))

    def ask(*queries: Any, account: str) -> list[Any]:
        return scope().read(*queries)

    twice = atc(existing_s3_role="atc-node", s3_profile=None)
    with pytest.raises(PlanRefused, match=f"--existing-s3-role and --node-role are the same role, {NODE}: ") as caught:
        twice.resolve_lookups({**accounts, "s3": replace(accounts["cluster"], alias="s3")}, ask)
    assert "run the same command with: --existing-s3-role ''" in caught.value.advice
    found = twice.resolve_lookups(accounts, ask)
    assert isinstance(found, AsperaAtc) and found.existing_s3_role == NODE.replace(CLUSTER_ID, OTHER_ACCOUNT)


def test_what_is_explained_shows_two_accounts_where_there_are_two() -> None:
    def named(integration: AsperaAtc) -> set[str]:
        return set(re.findall("[0-9]{12}", repr(integration.statements)))

    assert named(AsperaAtc.example()) == {CLUSTER_ID, OTHER_ACCOUNT}
    assert named(replace(AsperaAtc.example(), s3_profile=None)) == {CLUSTER_ID}


def test_somebody_elses_dead_principal_stops_a_destroy_before_anything_is_touched(
    deployment: Callable[..., Deployment],
) -> None:
    found = deployment(**EXISTING)
    iam = found.scope_of("s3").client("iam")
    made = iam.create_role(RoleName="short-lived", AssumeRolePolicyDocument=json.dumps(trust()))["Role"]
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": made["Arn"]}}
    theirs = {"Version": "2012-10-17", "Statement": [*trust()["Statement"], statement]}
    iam.update_assume_role_policy(RoleName="data-reader", PolicyDocument=json.dumps(theirs))
    found.create()
    iam.delete_role(RoleName="short-lived")
    [refused] = prepare_destroy(found.session, found.backend).plan.refused
    assert refused.refusal.startswith(
        "IAM refuses every change of the trust policy of data-reader while it names the deleted AROA"
    )


def test_accounts_of_two_partitions_are_refused(deployment: Callable[..., Deployment]) -> None:
    found = deployment()
    identity = found.session.identities["s3"]
    china = replace(identity, account=replace(identity.account, partition="aws-cn"))
    apart = replace(found.session, identities={**found.session.identities, "s3": china})
    with pytest.raises(PlanRefused, match=r"different partitions \(aws, aws-cn\)"):
        prepare_create(apart, found.backend, "test", found.wanted)


def test_in_the_sandbox_the_command_that_makes_the_node_role_is_printed() -> None:
    there = replace(EXAMPLE, alias="cluster", endpoint="http://127.0.0.1:1")
    with pytest.raises(PlanRefused) as raised:
        existing_roles(
            {"node_role": ("cluster", "atc-node"), "existing_s3_role": ("cluster", None)}, {"cluster": there}, none
        )
    words = shlex.split(raised.value.advice.partition("To make the role there, run: ")[2])
    assert words[words.index("aws") :][:5] == ["aws", "iam", "create-role", "--role-name", "atc-node"]
    trust = json.loads(words[words.index("--assume-role-policy-document") + 1])
    assert trust["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert "--endpoint-url" in words


def none(*queries: Any, account: str) -> list[Any]:
    return [None for _ in queries]
