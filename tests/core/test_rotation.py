"""A rotation of the external id: who gets in during it, and what can be asked for when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build, statements_of
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff
from bootstrap.core.integration import Integration, option
from bootstrap.core.lockout import lockout
from bootstrap.core.plan import Plan
from bootstrap.core.policy import Statement, document
from bootstrap.core.rotation import begin, check_rotation, joined, retired_by
from bootstrap.core.state import Record, State, Status
from bootstrap.errors import UsageError
from bootstrap.integrations import integration, integration as find
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.permissions.review import review
from bootstrap.permissions.trust_overlap import external_ids, requiring
from bootstrap.resources.iam.role import IamRole

UpsolverVpc = integration("upsolver-vpc")
API = "arn:aws:iam::428641199958:role/upsolver-api"


def rotating(**more: Any) -> Integration:
    return from_inputs(UpsolverVpc, {"external_id": "new", "previous_external_id": "old", "org_id": "acme", **more})


def ids(integration: Integration) -> list[str]:
    graph = Graph([EXAMPLE])
    build(integration, graph)
    return external_ids(graph.nodes["role"].resource.properties()["trust"], API)


def test_both_ids_let_the_vendor_in_and_the_new_one_comes_first() -> None:
    assert ids(rotating()) == ["new", "old"]
    assert ids(from_inputs(UpsolverVpc, {"external_id": "new", "org_id": "acme"})) == ["new"]


def test_each_principal_of_the_vendor_may_use_both() -> None:
    graph = Graph([EXAMPLE])
    build(rotating(), graph)
    trust = graph.nodes["role"].resource.properties()["trust"]
    tests = [statement["Condition"]["StringEquals"]["sts:ExternalId"] for statement in trust["Statement"]]
    assert tests == [["new", "old"], ["new", "old"]]


def test_the_reasons_are_about_the_policies_that_are_sent() -> None:
    conditions = [item.conditions for item in statements_of(rotating()) if item.principals]
    assert conditions == [{"StringEquals": {"sts:ExternalId": ["new", "old"]}}] * 2
    found = review(rotating())
    assert {(each.principal, each.external_id) for each in found.entrants if each.kind == "AWS"} == {
        (API, True),
        ("arn:aws:iam::922761411349:root", True),
    }


def test_the_linter_looks_at_both_ids() -> None:
    graph = Graph([EXAMPLE])
    build(rotating(previous_external_id="x" * 1224), graph)
    assert graph.validate() == ["role: trust: the policy has 2,856 characters without white space; IAM takes 2,048"]
    build(rotating(), graph := Graph([EXAMPLE]))
    assert not [item for _, item in graph_findings(graph) if item.severity == "error"]


def test_the_hand_off_says_what_to_change_and_how_to_end_it() -> None:
    handoff = build(rotating(), Graph([EXAMPLE]))
    shown = Handoff.from_json(handoff.to_json(), lambda *_: "known", ["--name", "acme"])
    assert (shown.values["External id"], shown.values["Previous external id"]) == ("new", "old")
    assert shown.steps[-1].endswith("At Upsolver, replace old with new.")
    assert shown.later[0].endswith("run: bootstrap rotate external-id --retire --name acme")


def test_the_hand_off_names_both_ids_where_the_vendor_has_shown_them() -> None:
    given = {"bucket": "lake", "confluent_role": "arn:aws:iam::111122223333:role/c", "external_id": "new"}
    confluent = from_inputs(find("confluent-s3"), {**given, "previous_external_id": "old"})
    values = build(confluent, Graph([EXAMPLE])).values
    assert (values["External id"], values["Previous external id"]) == ("new", "old")


def test_a_rotation_changes_the_storage_integration_in_place() -> None:
    user = "arn:aws:iam::111122223333:user/abc1-b-self1234"
    given = {"bucket": "lake", "snowflake_user": user, "external_id": "new"}
    kind = find("snowflake-s3")
    usual, rotated = (
        build(from_inputs(kind, {**given, **more}), Graph([EXAMPLE])) for more in ({}, {"previous_external_id": "old"})
    )
    assert set(usual.files) == {"storage-integration.sql", "test.sql"}
    assert set(rotated.files) == {"rotate.sql", "test.sql"}
    assert rotated.files["rotate.sql"].strip().startswith("ALTER STORAGE INTEGRATION aws_s3 SET")
    assert "STORAGE_AWS_EXTERNAL_ID = 'new';" in rotated.files["rotate.sql"]
    assert ["rotate.sql" in " ".join(each.steps) for each in (usual, rotated)] == [False, True]


def test_a_deny_that_demands_the_id_accepts_both_as_well() -> None:
    new, old = ({"Effect": "Allow", "Condition": {"StringEquals": {"sts:ExternalId": each}}} for each in ("new", "old"))
    both = joined(requiring(new), requiring(old))
    assert both["Condition"] == {"StringNotEquals": {"sts:ExternalId": ["new", "old"]}}


@dataclass(frozen=True, kw_only=True)
class Prefixed(Integration):
    """The vendor's external id is only a part of what the trust policy tests, or of none."""

    name: ClassVar[str] = "prefixed"
    title: ClassVar[str] = "a prefixed id"
    pages: ClassVar[tuple[str, ...]] = ("https://example.com",)
    external_id: str = option("Require this external id.")
    tested: bool = option("Test it.", default=True)

    @property
    def statements(self) -> Sequence[Statement]:
        test = {"StringEquals": {"sts:ExternalId": (f"pre-{self.external_id}",)}} if self.tested else {}
        return (
            Statement(
                sid="Vendor",
                actions=("sts:AssumeRole",),
                principals={"AWS": (API,)},
                conditions=test,
                why="reads",
                source="https://example.com",
            ),
        )

    def build(self, graph: Graph) -> Handoff:
        graph.add("role", IamRole(name="Vendor", description=self.external_id, trust=document(self.statements)))
        return Handoff({})

    @classmethod
    def example(cls) -> Self:
        return cls(external_id="EXTERNAL-ID")


def test_an_id_that_is_only_a_part_of_what_is_tested_is_rotated_too() -> None:
    given = from_inputs(Prefixed, {"external_id": "new", "previous_external_id": "old"})
    assert ids(given) == ["pre-new", "pre-old"]
    [statement] = statements_of(given)
    assert statement.conditions == {"StringEquals": {"sts:ExternalId": ["pre-new", "pre-old"]}}


def test_no_two_ids_are_said_to_be_accepted_where_none_is_tested() -> None:
    given = from_inputs(Prefixed, {"external_id": "new", "previous_external_id": "old", "tested": False})
    with pytest.raises(UsageError, match="no role here tests the external id"):
        build(given, Graph([EXAMPLE]))


@pytest.mark.parametrize(
    "content",
    [
        {"Condition": {"StringEquals": {"sts:ExternalId": "another"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/id": "new"}}},
        {"Description": "new", "Resource": ["new"]},
    ],
)
def test_nothing_else_is_touched(content: Any) -> None:
    other = json.loads(json.dumps(content).replace('"new"', '"old"'))
    assert joined(content, other) == content


@pytest.mark.parametrize(
    ("recorded", "new", "inputs"),
    [
        ({"external_id": "a"}, "b", {"external_id": "b", "previous_external_id": "a"}),
        ({"external_id": "a"}, None, {"external_id": "", "previous_external_id": "a"}),  # bootstrap makes the new one
        ({"external_id": "b", "previous_external_id": "a"}, None, {}),  # once more
        ({"external_id": "b", "previous_external_id": "a"}, "b", {}),
        ({"external_id": "b", "previous_external_id": "a"}, "a", {"external_id": "a", "previous_external_id": "b"}),
    ],
)
def test_what_a_rotation_changes(recorded: dict[str, str], new: str | None, inputs: dict[str, str]) -> None:
    assert begin(recorded, new, "acme") == inputs


def test_a_rotation_to_the_same_id_or_during_another_one_is_refused() -> None:
    with pytest.raises(UsageError, match="a is the external id already"):
        begin({"external_id": "a"}, "a", "acme")
    assert begin({"external_id": "a"}, "a", "acme", is_unfinished=True) == {}
    with pytest.raises(UsageError, match="b is still replacing a") as caught:
        begin({"external_id": "b", "previous_external_id": "a"}, "c", "acme", ["--sandbox"])
    assert caught.value.advice.endswith("run: bootstrap rotate external-id --retire --name acme --sandbox")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, ""),
        ({"external_id": "b"}, ""),
        ({"external_id": "a"}, "a is the previous external id; b replaces it"),
        ({"external_id": "c"}, "b is still replacing a"),
        ({"external_id": "a", "previous_external_id": "b"}, ""),
    ],
)
def test_no_create_locks_the_vendor_out_in_the_middle_of_a_rotation(given: dict[str, str], problem: str) -> None:
    check_rotation(given, recorded({"external_id": "b"}))
    rotated = recorded({"external_id": "b", "previous_external_id": "a"})
    if not problem:
        check_rotation(given, rotated)
        return
    with pytest.raises(UsageError, match=problem) as caught:
        check_rotation(given, rotated)
    assert "run: bootstrap rotate external-id --" in caught.value.advice


def recorded(inputs: dict[str, str], *retired: str) -> State:
    return State(deployment="acme", integration="x", lineage="l", accounts={}, inputs=inputs, retired=retired)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"external_id": "b"}, ""),
        ({"external_id": "c"}, ""),
        ({"external_id": "a"}, "--external-id: a was retired by a rotation; b replaced it"),
        ({"external_id": "a", "previous_external_id": ""}, "a was retired"),
        ({"external_id": "b", "previous_external_id": "a"}, "--previous-external-id: a was retired"),
        ({"external_id": "a", "previous_external_id": "b"}, ""),  # this is how `rotate` goes back on purpose
    ],
)
def test_no_inputs_file_undoes_a_rotation_that_is_over(given: dict[str, str], problem: str) -> None:
    ended = recorded({"external_id": "b"}, *retired_by(recorded({"external_id": "b", "previous_external_id": "a"}), {}))
    if not problem:
        check_rotation(given, ended, ["--sandbox"])
        return
    with pytest.raises(UsageError, match=problem) as caught:
        check_rotation(given, ended, ["--sandbox"])
    if "previous_external_id" not in given:
        back = "run: bootstrap rotate external-id --external-id a --name acme --sandbox"
        assert caught.value.advice.endswith(back)


def test_a_rotation_retires_the_previous_id_and_takes_back_one_that_it_uses_again() -> None:
    both = recorded({"external_id": "b", "previous_external_id": "a"}, "x")
    assert retired_by(both, {"external_id": "b"}) == ("x", "a")
    assert retired_by(both, both.inputs) == ("x",)
    assert retired_by(recorded({"external_id": "b"}, "x", "a"), {"external_id": "a", "previous_external_id": "b"}) == ("x",)
    assert retired_by(None, {"external_id": "a"}) == ()


def test_a_change_of_the_id_in_one_step_is_a_warning_that_names_the_rotation() -> None:
    def warning(now: Integration, had: Integration, **inputs: str) -> str:
        build(now, graph := Graph([EXAMPLE]))
        build(had, before := Graph([EXAMPLE]))
        role = Record(
            address="role",
            kind="iam_role",
            account="default",
            status=Status.READY,
            properties=before.nodes["role"].resource.properties(),
        )
        return lockout(graph, Plan(()), replace(recorded(inputs), records={"role": role}), now, ["--sandbox"])

    old = from_inputs(UpsolverVpc, {"external_id": "old", "org_id": "acme"})
    new = from_inputs(UpsolverVpc, {"external_id": "new", "org_id": "acme"})
    assert warning(new, old, external_id="old") == (
        "Warning: the external id changes from old to new. Upsolver is locked out until it uses the new one. To have both "
        "accepted until then, instead run: bootstrap rotate external-id --external-id new --name acme --sandbox"
    )
    assert (warning(rotating(), old, external_id="old"), warning(new, rotating(), external_id="new")) == ("", "")
    assert (warning(old, old, external_id="old"), lockout(Graph([EXAMPLE]), Plan(()), None, old)) == ("", "")


@pytest.mark.parametrize(
    "given", [{"external_id": "a1", "previous_external_id": "a1"}, {"external_id_later": True, "previous_external_id": "a1"}]
)
def test_a_previous_id_without_a_new_one_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="--previous-external-id is not replaced"):
        from_inputs(UpsolverVpc, {"org_id": "acme", **given})
