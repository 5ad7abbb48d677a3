"""The accounts of a fleet in one table."""

from bootstrap.core.account_status import AccountStatus, differs
from bootstrap.views.accounts import account_lines

GOOD = AccountStatus(account="111111111111", unit="ou-abcd-12345678", region="us-east-1", result="up to date")
TAKEN = AccountStatus(account="222222222222", region="us-east-1", result="failed", reason="R already exists in stack\nx")
MOVED = AccountStatus(account="333333333333", result="drifted", drifts=("AWS::IAM::Role R: /Policy",))
AWAY = AccountStatus(account="444444444444", result="suspended", reason="the account is suspended")


def lines(*found: AccountStatus, columns: int | None = None, every: bool = True) -> list[str]:
    return [line.plain.rstrip() for line in account_lines(found, columns, every=every)]


def test_each_account_has_a_row_and_below_it_why_it_is_not_as_it_should_be() -> None:
    assert lines(GOOD, TAKEN, MOVED) == [
        "ACCOUNT       RESULT      UNIT              REGION",
        "111111111111  up to date  ou-abcd-12345678  us-east-1",
        "222222222222  failed                        us-east-1",
        "      R already exists in stack\\nx",
        "333333333333  drifted",
        "      AWS::IAM::Role R: /Policy",
        "",
        "3 accounts: 1 up to date, 1 drifted, 1 failed.",
    ]
    assert lines()[-1] == "0 accounts: none yet."
    assert lines(GOOD)[-1] == "1 account: 1 up to date."


def test_what_aws_skips_is_no_difference() -> None:
    assert differs([GOOD, TAKEN]) and differs([MOVED])
    assert not differs([GOOD, AWAY, AccountStatus(account="5", result="working")])


def test_after_a_run_only_those_that_did_not_go_well_have_a_row() -> None:
    gone = AccountStatus(account="666666666666", result="deleted")
    assert lines(GOOD, TAKEN, AWAY, every=False)[1:] == [
        "222222222222  failed           us-east-1",
        "      R already exists in stack\\nx",
        "444444444444  suspended",
        "      the account is suspended",
        "",
        "3 accounts: 1 up to date, 1 suspended, 1 failed.",
    ]
    assert lines(GOOD, gone, every=False) == ["2 accounts: 1 up to date, 1 deleted."]
