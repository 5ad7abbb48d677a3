"""Who gets in, in words."""

import pytest

from bootstrap.core.entrant import Entrant

OWN = "123456789012"


@pytest.mark.parametrize(
    ("kind", "principal", "outside", "sentence"),
    [
        (
            "AWS",
            "arn:aws:iam::999988887777:role/reader",
            True,
            "account 999988887777 (Acme), as its role reader, may assume R",
        ),
        ("AWS", "arn:aws:iam::999988887777:root", True, "account 999988887777 (Acme) may assume R"),
        ("AWS", f"arn:aws:iam::{OWN}:role/R", False, f"account {OWN} (Acme), as its role R, may assume R"),
        ("AWS", "*", True, "everybody in the world (Acme) may assume R"),
        ("Service", "ec2.amazonaws.com", False, "ec2.amazonaws.com (Acme) may assume R"),
        ("Federated", f"arn:aws:iam::{OWN}:oidc-provider/oidc.acme", True, "whoever oidc.acme signs in (Acme) may assume R"),
    ],
)
def test_an_entrant_is_an_account_or_a_provider_and_outside_unless_it_is_ones_own(
    kind: str, principal: str, outside: bool, sentence: str
) -> None:
    entrant = Entrant(principal, kind, "R", False, "why", "Acme")
    assert (entrant.is_outside({OWN}), entrant.sentence) == (outside, sentence)


def test_an_account_that_an_option_names_is_not_said_to_be_the_vendors() -> None:
    for principal, sentence in (
        ("arn:aws:iam::999988887777:root", "account 999988887777, which --who names, may assume R"),
        ("arn:aws:iam::999988887777:role/a", "account 999988887777, which --who names, as its role a, may assume R"),
    ):
        assert Entrant(principal, "AWS", "R", False, "why", "Acme", named_by="--who").sentence == sentence


def test_who_is_known_only_later_is_whoever_the_vendor_names_and_what_a_token_must_say_is_told() -> None:
    assert Entrant("", "AWS", "R", True, "why", "Acme", later=True).sentence == (
        "whoever Acme names may assume R, with an external id"
    )
    provider = f"arn:aws:iam::{OWN}:oidc-provider/oidc.acme"
    signed = Entrant(provider, "Federated", "R", False, "why", limits=("aud is acme", "sub is like acme/*"))
    assert signed.sentence == "whoever oidc.acme signs in may assume R, if aud is acme and sub is like acme/*"


def test_an_example_value_is_marked_with_the_option_that_gives_another() -> None:
    user = "arn:aws:iam::111122223333:user/a"
    entrant = Entrant(user, "AWS", "R", True, "why", examples=((user, "--user"), ("other", "--other")))
    assert entrant.marked("the user a", user) == "the user a (an example: you give it with --user)"
    assert entrant.marked("R", "R") == "R"
    assert entrant.as_json()["examples"] == [[user, "--user"]]
