"""What an account is called: yours, without the number of an example, and each of a fleet."""

from dataclasses import replace

from bootstrap.core.account import EXAMPLE
from bootstrap.permissions.account_words import EACH_ACCOUNT, account_words

OTHER = replace(EXAMPLE, id="111122223333", alias="s3")
INSIDE = (replace(EXAMPLE, id=EACH_ACCOUNT),)


def test_an_examples_number_is_not_said_and_a_real_one_is() -> None:
    assert account_words(EXAMPLE.id, [EXAMPLE], [EXAMPLE], named=False) == "your account"
    assert account_words(EXAMPLE.id, [EXAMPLE], [EXAMPLE], named=True) == "your account 123456789012"


def test_of_several_accounts_each_has_its_alias() -> None:
    two = [EXAMPLE, OTHER]
    assert account_words(OTHER.id, two, two, named=False) == "your account (s3)"
    assert account_words(OTHER.id, two, two, named=True) == "your account 111122223333 (s3)"


def test_what_stands_for_the_accounts_of_a_fleet_says_so_and_any_other_keeps_its_number() -> None:
    assert account_words(EACH_ACCOUNT, [EXAMPLE], INSIDE, named=True) == "each account of the fleet"
    assert account_words("999988887777", [EXAMPLE], INSIDE, named=False) == "account 999988887777"
