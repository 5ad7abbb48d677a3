"""A trust policy that a person pasted: whom it lets in, and why one is refused."""

import json
from typing import Any

import pytest

from bootstrap.core.trust_policy import trust_policy, trusted_by
from tests.support.watchdog import no_hang

ROLE = "arn:aws:iam::111122223333:role/vendor"
OTHER = "arn:aws:iam::111122223333:user/vendor-2"


def pasted(*principals: Any, ids: Any = "id-7", **changed: Any) -> str:
    """One statement for each principal."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": ids}},
            **changed,
        }
        for principal in principals
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


STATEMENTS = json.loads(pasted(ROLE))["Statement"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (pasted(ROLE), ((ROLE,), ("id-7",))),
        (pasted(ROLE, OTHER, ROLE), ((ROLE, OTHER), ("id-7",))),
        (pasted([ROLE, OTHER], ids=["id-7", "id-8"]), ((ROLE, OTHER), ("id-7", "id-8"))),
    ],
)
def test_it_has_principals_and_external_ids_each_once(text: str, found: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    assert trusted_by(text) == found
    assert trust_policy(text) == text  # the state keeps what was pasted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON"),
        ('{"Statement": [], "Statement": []}', "the key 'Statement' is there twice"),
        ('{"Statement": NaN}', "NaN is not JSON"),
        ('{"a":' * 100_000, "it is nested more than 100 levels deep"),
        (pasted(), "it trusts nobody"),
        (
            json.dumps({"Statement": [*STATEMENTS, *json.loads(pasted(OTHER, ids="id-8"))["Statement"]]}),
            "different external ids",
        ),
        (pasted("*"), "'*' is not the ARN of a role or user"),
        (pasted(f"{ROLE}/${{aws:username}}"), "is not the ARN of a role or user"),
        (pasted(f"{ROLE}\n"), "is not the ARN of a role or user"),
        (pasted({"AWS": ROLE}), "is not the ARN of a role or user"),
        (pasted(None), "is not the ARN of a role or user"),
        (pasted(7), "'7' is not the ARN of a role or user"),
        (pasted("x" * 100_000), "is not the ARN of a role or user"),
        (pasted(ROLE, ids="*"), "may not contain '*'"),
        (pasted(ROLE, ids="a'b"), 'may not contain "\'"'),
        (pasted(ROLE, ids=["id-7", {}]), "may not contain '{'"),
        (pasted(ROLE, ids=[]), "one of its statements trusts nobody"),
        (pasted(ROLE, Effect="Deny"), "each statement must be an Allow"),
        (pasted(ROLE, Action="sts:*"), "each statement must allow sts:AssumeRole and nothing else"),
        (pasted(ROLE, Condition={}), "it trusts somebody without an external id"),
    ],
)
def test_what_does_not_trust_certain_roles_with_an_external_id_is_refused(text: str, reason: str) -> None:
    with no_hang(), pytest.raises(ValueError, match=r"^.+$") as raised:
        trust_policy(text)
    assert reason in str(raised.value)
