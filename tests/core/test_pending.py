"""What a vendor shows only once it has the role's ARN: the role is locked until then, and nothing else can wait."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pytest

from bootstrap.core import validators
from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build
from bootstrap.core.checked_inputs import from_inputs, may_be_later
from bootstrap.core.graph import Graph
from bootstrap.core.handoff import Handoff, Waiting
from bootstrap.core.integration import Integration, inputs_of, option
from bootstrap.core.pending import LOCKED, check_not_locked_again, check_unlocked, is_locked, lock, marker, pending
from bootstrap.core.policy import Statement, document
from bootstrap.core.role_chain import Hop
from bootstrap.core.state import Record, State, Status
from bootstrap.core.state_json import from_json
from bootstrap.errors import UsageError
from bootstrap.integrations import integration as integration_of
from bootstrap.integrations.aspera.atc import AsperaAtc
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from bootstrap.permissions.graph_lint import graph_findings
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole

UpsolverDataAccess = integration_of("upsolver-data-access")
UpsolverVpc, UpsolverPrivateVpc = integration_of("upsolver-vpc"), integration_of("upsolver-private-vpc")
USER = "arn:aws:iam::111122223333:user/shown-later"


@dataclass(frozen=True, kw_only=True)
class Storage(Integration):
    """As Snowflake's: the user and the external id are shown only once the vendor has the role's ARN."""

    name: ClassVar[str] = "storage"
    vendor: ClassVar[str] = "Snow"
    title: ClassVar[str] = "a stage"
    pages: ClassVar[tuple[str, ...]] = ("https://example.com/stage",)

    external_id: str = option("Require this external id.", check=validators.external_id, after=True)
    user_arn: str = option("Trust this user.", metavar="ARN", check=validators.principal_arn, after=True)
    owner: str = option("Name the owner.", default="acme")
    everywhere: bool = option("Use the user in a policy, too.", default=False)

    @property
    def statements(self) -> Sequence[Statement]:
        return (
            Statement(
                sid="Snow",
                actions=("sts:AssumeRole",),
                principals={"AWS": (self.user_arn,)},
                conditions={"StringEquals": {"sts:ExternalId": self.external_id}},
                why="reads",
                source="https://example.com/stage",
            ),
        )

    def build(self, graph: Graph) -> Handoff:
        role = graph.add("role", IamRole(name=f"{self.role_prefix}Stage", trust=document(self.statements)))
        if self.everywhere:
            graph.add("policy", IamPolicy(name="Stage", document={"Resource": [self.user_arn]}))
        return Handoff(
            values={"Role ARN": role["arn"], "External id": self.external_id},
            steps=("Paste the role ARN.", f"Check that it shows {self.external_id}."),
            files={"stage.sql": f"EXTERNAL_ID = '{self.external_id}'", "drop.sql": "DROP"},
            chain=(Hop(account="default", role=role["arn"], external_id=self.external_id),),
        )

    @classmethod
    def example(cls) -> Self:
        return cls(external_id="EXTERNAL-ID", user_arn=USER)


def storage(**given: Any) -> tuple[Graph, Handoff]:
    graph = Graph([EXAMPLE])
    return graph, build(from_inputs(Storage, given), graph)


def trust(graph: Graph) -> Mapping[str, Any]:
    found: Mapping[str, Any] = graph.nodes["role"].resource.properties()["trust"]
    return found


def test_a_role_lets_nobody_in_until_the_vendor_has_shown_everything() -> None:
    assert trust(storage()[0]) == LOCKED
    assert trust(storage(external_id="ext-1")[0]) == LOCKED
    whole, _ = storage(external_id="ext-1", user_arn=USER)
    assert trust(whole) == document(from_inputs(Storage, {"external_id": "ext-1", "user_arn": USER}).statements)


def test_a_locked_role_allows_nothing_and_denies_everybody() -> None:
    assert [each["Effect"] for each in LOCKED["Statement"]] == ["Deny"]
    assert LOCKED["Statement"][0]["Principal"] == {"AWS": "*"}
    assert not any(pending(text) for text in json.dumps(LOCKED))


def test_neither_the_linter_nor_the_checks_of_a_role_object_to_a_locked_one() -> None:
    graph, _ = storage()
    assert graph.validate() == []
    assert [item for _, item in graph_findings(graph) if item.severity != "note"] == []


def test_the_hand_off_has_what_is_known_and_says_how_to_complete_it() -> None:
    _, handoff = storage(user_arn=USER)
    assert handoff.values == {"Role ARN": "@{role.arn}"}
    assert list(handoff.files) == ["drop.sql"]
    assert handoff.chain == ()
    assert handoff.waiting == Waiting("Snow", ("external_id",))
    assert handoff.waiting.text == "waiting for Snow: external id"
    shown = Handoff.from_json(handoff.to_json(), lambda *_: "arn:...", ["--name", "stage"])
    assert shown.steps[0] == "tests says: Paste the role ARN."
    assert shown.steps[-1].endswith("bootstrap create --integration storage --name stage")
    assert len(shown.steps) == 2
    assert shown.waiting == handoff.waiting


def test_what_is_complete_waits_for_nothing() -> None:
    _, handoff = storage(external_id="ext-1", user_arn=USER)
    assert handoff.waiting is None
    assert "waiting" not in handoff.to_json()
    assert handoff.values["External id"] == "ext-1"


def test_nothing_but_a_trust_policy_can_wait() -> None:
    with pytest.raises(UsageError, match=r"policy\.document needs --user-arn, which Snow shows later"):
        storage(everywhere=True)
    assert "policy" in storage(everywhere=True, external_id="ext-1", user_arn=USER)[0].nodes


def test_what_a_file_says_comes_with_the_external_id_can_come_later_with_it() -> None:
    hightouch = integration_of("hightouch-s3")
    assert may_be_later(hightouch) == {"external_id", "hightouch_account"}
    assert from_inputs(hightouch, {"bucket": "b-1", "external_id_later": True}).pending == (
        "hightouch_account",
        "external_id",
    )
    with pytest.raises(UsageError, match="needs --hightouch-account, --external-id"):
        from_inputs(hightouch, {"bucket": "b-1"})


def test_what_is_missing_is_named_as_a_person_would_say_it() -> None:
    waiting = Waiting("Snowflake", ("snowflake_user", "role_arn", "external_id"))
    assert waiting.text == "waiting for Snowflake: Snowflake user, role ARN, external id"


def test_steps_while_waiting_stand_in_place_of_those_that_come_after() -> None:
    waiting = Waiting("Snow", ("external_id",))
    both = Handoff({}, steps=("Test it.",), steps_while_waiting=("Bring the id back.",))
    first, last = lock(Graph([EXAMPLE]), both, waiting, ["create"]).steps
    assert first == "Bring the id back."
    assert last.startswith("Until Snow has shown the external id")
    assert "steps_while_waiting" not in both.to_json()


def test_an_external_id_later_in_a_file_does_not_lock_what_is_complete() -> None:
    recorded = {"external_id": "ext-1"}
    check_unlocked({"external_id": "ext-2", "external_id_later": True}, recorded, "acme")
    check_unlocked({"external_id_later": True}, {"external_id": None, "external_id_later": True}, "acme")
    with pytest.raises(UsageError, match="acme has the external id ext-1 already") as caught:
        check_unlocked({"external_id_later": True}, recorded, "acme", ["--sandbox"])
    assert caught.value.advice.endswith("run: bootstrap rotate external-id --name acme --sandbox")


def test_a_role_that_lets_the_vendor_in_is_not_locked_again() -> None:
    locked, open_ = storage()[0], storage(external_id="ext-1", user_arn=USER)[0]
    waiting = Waiting("Snow", ("user_arn",))

    def recorded(graph: Graph) -> dict[str, Record]:
        node = graph.nodes["role"]
        properties = node.resource.properties()
        return {
            "role": Record(address="role", kind="iam_role", account="default", status=Status.READY, properties=properties)
        }

    check_not_locked_again(locked, {}, waiting, "acme")
    check_not_locked_again(locked, recorded(locked), waiting, "acme")
    check_not_locked_again(open_, recorded(open_), waiting, "acme")
    with pytest.raises(UsageError, match="without --user-arn, its role would be locked"):
        check_not_locked_again(locked, recorded(open_), waiting, "acme")


def test_no_marker_is_recorded_and_the_recorded_inputs_give_the_same_again() -> None:
    first = from_inputs(Storage, {"owner": "me"})
    assert first.pending == ("external_id", "user_arn")
    assert first.given == {"owner"}
    assert (first.to_json()["external_id"], first.to_json()["user_arn"]) == (None, None)
    assert "@{" not in json.dumps(first.to_json())
    assert from_inputs(Storage, first.to_json()) == first


def test_no_input_can_be_a_marker() -> None:
    with pytest.raises(UsageError, match="would stand for something else"):
        from_inputs(Storage, {"owner": marker("external_id")})


def test_an_external_id_that_comes_first_is_still_required_but_can_be_left_for_later() -> None:
    with pytest.raises(UsageError, match="upsolver-vpc needs --external-id") as caught:
        from_inputs(UpsolverVpc, {"org_id": "acme"})
    assert (
        "If Upsolver has not shown it yet, add --external-id-later: the role then lets nobody in until you give it."
        in str(caught.value.advice)
    )
    locked = from_inputs(UpsolverVpc, {"org_id": "acme", "external_id_later": True})
    assert locked.pending == ("external_id",)
    with pytest.raises(UsageError, match="nothing is left to give later"):
        from_inputs(UpsolverVpc, {"org_id": "acme", "external_id": "ext-1", "external_id_later": True})


def test_what_is_asked_together_with_the_external_id_can_come_later_too() -> None:
    locked = from_inputs(UpsolverDataAccess, {"bucket": "books", "external_id_later": True})
    assert locked.pending == ("external_id", "trusted_principal")
    with pytest.raises(UsageError, match="needs --bucket"):
        from_inputs(UpsolverDataAccess, {"external_id_later": True})


@pytest.mark.parametrize(
    ("integration", "later"),
    [
        (Storage, {"external_id", "user_arn"}),
        (UpsolverPrivateVpc, {"external_id"}),
        (UpsolverDataAccess, {"external_id", "trusted_principal"}),
        (AsperaAtc, set()),  # bootstrap makes the id
        (BiomodalDuet, set()),
    ],
)
def test_which_inputs_can_come_later(integration: type[Integration], later: set[str]) -> None:
    assert may_be_later(integration) == later


@pytest.mark.parametrize(
    ("integration", "flags"),
    [
        (Storage, ["--previous-external-id"]),
        (UpsolverVpc, ["--external-id-later", "--previous-external-id"]),
        (AsperaAtc, ["--previous-external-id"]),
        (BiomodalDuet, []),
    ],
)
def test_only_an_integration_with_an_external_id_has_inputs_about_it(
    integration: type[Integration], flags: list[str]
) -> None:
    found = [item.flag for item in inputs_of(integration)]
    assert [flag for flag in found if flag in ("--external-id-later", "--previous-external-id")] == flags


def test_the_server_role_of_a_waiting_deployment_works_already() -> None:
    graph = Graph([EXAMPLE])
    build(from_inputs(UpsolverPrivateVpc, {"org_id": "acme", "external_id_later": True}), graph)
    assert is_locked(graph.nodes["management-role"].resource.properties()["trust"])
    assert not is_locked(graph.nodes["server-role"].resource.properties()["trust"])


@pytest.mark.parametrize(
    "other",
    [
        None,
        "",
        {"Statement": []},
        {**LOCKED, "Statement": [{**LOCKED["Statement"][0], "Sid": "Incident"}]},  # somebody else's decision
        {**LOCKED, "Statement": [*LOCKED["Statement"], {**LOCKED["Statement"][0], "Sid": "More"}]},
        {**LOCKED, "Statement": [{**LOCKED["Statement"][0], "Effect": "Allow"}]},
    ],
)
def test_only_our_own_lock_counts_as_one(other: Any) -> None:
    assert is_locked(json.loads(json.dumps(LOCKED)))
    assert not is_locked(other)


def test_a_state_says_what_it_waits_for_and_a_damaged_one_is_refused() -> None:
    _, handoff = storage()
    state = State(
        deployment="stage", integration="storage", lineage="l", accounts={"default": EXAMPLE}, handoff=handoff.to_json()
    )
    assert from_json(state.to_json(), "here").waiting == Waiting("Snow", ("external_id", "user_arn"))
    broken = state.to_json().replace('"vendor": "Snow"', '"vendor": 7')
    with pytest.raises(Exception, match="damaged or edited by hand"):
        from_json(broken, "here")
