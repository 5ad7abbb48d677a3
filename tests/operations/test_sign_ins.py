"""Who signs in to each account: as the run says, and as the state says if it can be trusted."""

from dataclasses import replace

import pytest

from bootstrap.core.account import EXAMPLE, Account, SignIn
from bootstrap.core.state import State
from bootstrap.errors import StateError, UsageError
from bootstrap.integrations.aspera.atc import AsperaAtc
from bootstrap.operations.sign_ins import SignInOptions, recorded_ways, sign_ins_for

S3 = replace(EXAMPLE, id="210987654321")
ENTRANCE = f"arn:aws:iam::{S3.id}:role/OrganizationAccountAccessRole"
BY_ROLE = SignIn(profile="c", role_arn=ENTRANCE)


@pytest.mark.parametrize(
    ("recorded", "given", "s3"),
    [
        (SignIn(profile="b"), f"s3={ENTRANCE}", BY_ROLE),
        (SignIn(profile="b"), "cluster=new", SignIn(profile="b")),
        (BY_ROLE, "cluster=new", SignIn(profile="new", role_arn=ENTRANCE)),
        (SignIn(profile="c"), "cluster=new", SignIn(profile="new")),
    ],
)
def test_a_role_to_take_is_taken_from_the_first_account(recorded: SignIn, given: str, s3: SignIn) -> None:
    state = State(
        deployment="a",
        integration="aspera-atc",
        lineage="l",
        accounts=dict.fromkeys(("cluster", "s3"), EXAMPLE),
        sign_ins={"cluster": SignIn(profile="c"), "s3": recorded},
    )
    assert sign_ins_for((given,), state)["s3"] == s3


def recorded_state(s3_role: str = ENTRANCE, account: Account = S3) -> State:
    """As create records it, with the way into the second account."""
    inputs = AsperaAtc(bucket=("acme-in",), external_id="ext-1", s3_role_arn=s3_role).to_json()
    return State(
        deployment="atc",
        integration="aspera-atc",
        lineage="l",
        accounts={"cluster": EXAMPLE, "s3": account},
        inputs=inputs,
        sign_ins=dict(AsperaAtc.sign_ins_for(inputs)),
    )


def test_a_recorded_way_is_used_and_shown() -> None:
    notes: list[str] = []
    ways = recorded_ways(SignInOptions(note=notes.append), recorded_state())
    assert ways["s3"].role_arn == ENTRANCE
    assert notes == [f"From the state: sign in to account s3 ({S3.id}) by the role {ENTRANCE}."]


def test_a_way_that_the_run_names_wins_and_nothing_is_taken_from_the_state() -> None:
    notes: list[str] = []
    options = SignInOptions(reached_by=("s3=mine",), note=notes.append)
    assert recorded_ways(options, recorded_state())["s3"] == SignIn(profile="mine")
    assert notes == []


def test_a_recorded_role_of_another_account_is_refused() -> None:
    with pytest.raises(StateError, match="that role is not of this account"):
        recorded_ways(SignInOptions(), recorded_state(account=EXAMPLE))


@pytest.mark.parametrize("state", [replace(recorded_state(), edited=True), replace(recorded_state(), inputs={})])
def test_an_edited_state_chooses_nobody_unless_it_is_accepted(state: State) -> None:
    with pytest.raises(StateError, match="Nobody was signed in"):
        recorded_ways(SignInOptions(), state)
    assert recorded_ways(SignInOptions(accepted=True), state)["s3"].role_arn == ENTRANCE


@pytest.mark.parametrize("reached_by", [("other=mine",), ("s3=",), ("s3=a", "s3=b")])
def test_an_option_for_no_account_or_for_one_twice_is_refused(reached_by: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--sign-in"):
        sign_ins_for(reached_by, recorded_state())
