"""Commands of the AWS CLI are about the account that they are printed for."""

from dataclasses import replace

import pytest

from bootstrap.core.account import EXAMPLE, SignIn

ROLE = "arn:aws:iam::123456789012:role/ops"
MAKE = "aws ec2 create-default-vpc"
PLACE = "--region us-east-1"


@pytest.mark.parametrize(
    ("sign_in", "by_another", "printed"),
    [
        (SignIn(), False, f"{MAKE} {PLACE}"),
        (SignIn(profile="work"), False, f"{MAKE} --profile work {PLACE}"),
        (SignIn(profile="-a b"), False, f"{MAKE} '--profile=-a b' {PLACE}"),
        (SignIn(role_arn=ROLE), False, f"in account 123456789012, as {ROLE}: {MAKE} {PLACE}"),
        (SignIn(profile="work", role_arn=ROLE), False, f"in account 123456789012, as {ROLE}: {MAKE} {PLACE}"),
        (SignIn(profile="work"), True, f"in account 123456789012: {MAKE} {PLACE}"),
    ],
)
def test_a_command_names_the_profile_or_where_to_run_it(sign_in: SignIn, by_another: bool, printed: str) -> None:
    account = replace(EXAMPLE, sign_in=sign_in)
    assert account.aws("ec2", "create-default-vpc", by_another=by_another) == printed


def test_a_command_for_another_region_or_the_sandbox_says_so() -> None:
    account = replace(EXAMPLE, endpoint="http://127.0.0.1:1")
    printed = account.aws("kms", "describe-key", key_id="k", region="eu-west-1")
    sandbox, _, printed = printed.partition(" aws ")
    assert sandbox.startswith("env -u AWS_SESSION_TOKEN AWS_ACCESS_KEY_ID=")
    assert printed == "kms describe-key --key-id k --region eu-west-1 --endpoint-url http://127.0.0.1:1"


def test_how_an_account_is_reached_is_not_part_of_what_it_is() -> None:
    account = replace(EXAMPLE, sign_in=SignIn(profile="work"), endpoint="http://127.0.0.1:1")
    assert account == EXAMPLE
    assert account.to_json() == EXAMPLE.to_json()
    assert set(account.to_json()) == {"alias", "id", "partition", "region"}
