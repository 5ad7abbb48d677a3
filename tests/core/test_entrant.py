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
