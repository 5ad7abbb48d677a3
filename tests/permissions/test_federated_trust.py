"""Which OIDC providers a trust policy lets in, and for which audiences."""

from typing import Any

import pytest

from bootstrap.permissions.federated_trust import providers

ISSUER = "oidc.example.com/tenants/7/"
PROVIDER = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"


def trust(condition: Any = None, effect: str = "Allow", **principal: Any) -> dict[str, Any]:
    statement = {
        "Effect": effect,
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": principal or {"Federated": PROVIDER},
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition or {}}]}


CASES: dict[str, tuple[Any, list[tuple[str, tuple[str, ...]]]]] = {
    "any audience": (trust(), [(PROVIDER, ("*",))]),
    "one audience": (trust({"StringEquals": {f"{ISSUER}:aud": "app"}}), [(PROVIDER, ("app",))]),
    "several, in other letter case": (
        trust({"StringLike": {f"{ISSUER.upper()}:AUD": ["b*", "a"]}}),
        [(PROVIDER, ("a", "b*"))],
    ),
    "all audiences but one": (trust({"StringNotEquals": {f"{ISSUER}:aud": "app"}}), [(PROVIDER, ("*",))]),
    "the audience of another issuer": (trust({"StringEquals": {"other.example.com:aud": "app"}}), [(PROVIDER, ("*",))]),
    "a list of providers": (trust(Federated=[PROVIDER, f"{PROVIDER}b"]), [(PROVIDER, ("*",)), (f"{PROVIDER}b", ("*",))]),
    "a provider that is kept out": (trust(effect="Deny"), []),
    "SAML": (trust(Federated="arn:aws:iam::123456789012:saml-provider/acme"), []),
    "an account": (trust(AWS="123456789012"), []),
    "everybody": ({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}, []),
    "no policy": ("not JSON", []),
    "nothing": (None, []),
    "a statement that is none": ({"Statement": ["x"]}, []),
}


@pytest.mark.parametrize(("document", "expected"), CASES.values(), ids=list(CASES))
def test_the_providers_of_a_trust_policy(document: Any, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert list(providers(document)) == expected
