"""The owner of a bucket of another account gets a policy for that bucket: what our roles are granted there, and no more."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff
from bootstrap.core.policy import Statement
from bootstrap.errors import UsageError
from bootstrap.integrations import integration
from bootstrap.integrations.existing.bucket_policies import FILE, OwnersPart, owners_part
from tests.support.inputs import EVERYTHING

ROLE = "arn:aws:iam::123456789012:role/data/reader"


def handed(name: str, theirs: set[str], **given: Any) -> tuple[Graph, Handoff]:
    wanted: Any = from_inputs(integration(name), {**EVERYTHING[name], **given})
    graph = Graph([replace(EXAMPLE, alias=alias) for alias in wanted.sign_ins])
    return graph, replace(wanted, theirs=frozenset(theirs)).build(graph)


USED: dict[str, tuple[dict[str, Any], str]] = {
    "upsolver-vpc": ({"read_bucket": ["acme-theirs/raw", "acme-ours"]}, "UpsolverRole"),
    "upsolver-private-vpc": ({"bucket": ["acme-theirs/raw"]}, "UpsolverServerRole"),
    "upsolver-data-access": ({"write_bucket": ["acme-theirs", "acme-ours"]}, "UpsolverDataAccessRole"),
    "biomodal-duet": ({"read_bucket": ["acme-theirs/hg38"]}, "biomodal-duet-vm"),
    "aspera-atc": ({"bucket": ["acme-theirs/in", "acme-ours"], "existing_s3_role": None}, "atc-s3-access-keys"),
}


@pytest.mark.parametrize("name", USED)
def test_it_grants_in_that_bucket_what_the_roles_own_policy_grants_and_to_these_roles_only(name: str) -> None:
    given, role = USED[name]
    graph, handoff = handed(name, {"acme-theirs"}, **given)
    [(bucket, policy)] = json.loads(handoff.files[FILE]).items()
    assert bucket == "acme-theirs"
    text = json.dumps([node.resource.properties() for node in graph.nodes.values()])
    prefix, path = (EVERYTHING[name].get(key, default) for key, default in (("role_prefix", ""), ("path", "/")))
    assert policy["Statement"]
    for item in policy["Statement"]:
        assert f"arn:aws:iam::123456789012:role{path}{prefix}{role}" in item["Principal"]["AWS"]
        names = {node.resource.label for node in graph.nodes.values() if node.resource.kind == "iam_role"}
        assert {arn.rpartition("/")[2] for arn in item["Principal"]["AWS"]} <= names
        own = {key: value for key, value in item.items() if key not in ("Sid", "Principal")}
        assert json.dumps(own)[1:-1] in text
        assert all(place.startswith("arn:aws:s3:::acme-theirs") for place in item["Resource"])
    assert FILE in handoff.steps[0]
    assert "acme-theirs" in handoff.steps[0]
    assert FILE not in handed(name, set(), **given)[1].files


def test_a_role_of_the_users_that_aspera_takes_is_let_in_too() -> None:
    _, handoff = handed("aspera-atc", {"acme-theirs"}, bucket=["acme-theirs"], existing_s3_role=ROLE)
    statements = json.loads(handoff.files[FILE])["acme-theirs"]["Statement"]
    assert {json.dumps(item["Principal"]) for item in statements} == {json.dumps({"AWS": [ROLE]})}


def test_a_bucket_gets_no_statement_about_another_one_whose_name_begins_alike() -> None:
    def reads(sid: str, *places: str) -> Statement:
        return Statement(sid=sid, actions=("s3:GetObject",), resources=places, why="", source="")

    granted = [reads("A", "arn:aws:s3:::raw/*", "arn:aws:s3:::raw-2/*"), reads("B", "arn:aws:s3:::raw-2/*"), reads("C", "*")]
    part = owners_part(EXAMPLE, {"raw": ""}, [ROLE], granted)
    [statement] = json.loads(part.files[FILE])["raw"]["Statement"]
    assert statement["Resource"] == ["arn:aws:s3:::raw/*"]
    assert statement["Sid"] == "readerA"
    assert owners_part(EXAMPLE, {}, [ROLE], granted) == OwnersPart()


OWNER = "210987654321"


@pytest.mark.parametrize("name", USED)
def test_the_owner_of_a_bucket_that_cannot_be_looked_at_is_named_and_gets_the_same_policy(name: str) -> None:
    given, _ = USED[name]
    seen = handed(name, {"acme-theirs"}, **given)[1]
    named = handed(name, set(), **given, bucket_owner=[f"acme-theirs={OWNER}"])[1]
    assert named.files[FILE] == seen.files[FILE]
    assert f"acme-theirs (account {OWNER})" in named.steps[0]


@pytest.mark.parametrize("name", ["upsolver-vpc", "upsolver-private-vpc"])
def test_the_bucket_that_upsolver_writes_to_may_be_another_accounts(name: str) -> None:
    given = {"existing_bucket": "acme-theirs", "org_id": None, "read_bucket": ["acme-ours"]}
    graph, handoff = handed(name, set(), **given, bucket_owner=[OWNER])
    assert graph.existing == []
    [(bucket, policy)] = json.loads(handoff.files[FILE]).items()
    assert bucket == "acme-theirs"
    assert [item["Action"] for item in policy["Statement"]] == [["s3:*"]]
    [(_, brought)] = handed(name, set(), **given)[0].existing
    assert brought.label == "acme-theirs"


WRONG: dict[str, tuple[list[str], str]] = {
    "not 12 digits": (["acme-theirs=21098765432"], "is not the number of an AWS account (12 digits)"),
    "a name that no bucket has": ([f"Acme={OWNER}"], "'Acme' does not"),
    "a bucket that no input names": ([f"acme-other={OWNER}"], "the inputs do not name a bucket acme-other"),
    "no bucket, where there are two": ([OWNER], "it is not clear which bucket belongs to"),
    "two owners": ([f"acme-theirs={OWNER}", "acme-theirs=123456789012"], "acme-theirs has two owners"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("name", ["aspera-atc", "upsolver-data-access", "biomodal-duet"])
def test_an_owner_that_cannot_be_right_is_refused(name: str, wrong: str) -> None:
    owners, told = WRONG[wrong]
    places = (
        {"read_bucket": ["acme-theirs", "acme-ours"]}
        if name == "biomodal-duet"
        else {"bucket": ["acme-theirs", "acme-ours"]}
    )
    with pytest.raises(UsageError) as caught:
        handed(name, set(), **places, bucket_owner=owners)
    assert told in caught.value.message
    assert "acme-theirs=210987654321" in caught.value.advice or "no bucket" not in caught.value.message
