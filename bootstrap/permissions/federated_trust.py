"""Which identity providers a trust policy lets in, and with which audiences of their tokens. Pure.

Source: IAM user guide id_roles_create_for-idp_oidc, reference_policies_iam-condition-keys (the keys are ISSUER:CLAIM).
"""

from collections.abc import Iterator
from typing import Any

from bootstrap.core import policy
from bootstrap.permissions.lint.finding import limits

_PROVIDER = ":oidc-provider/"


def providers(trust: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The ARN of each OIDC provider that a statement trusts, with the audiences that it accepts: patterns, "*" for any."""
    content = policy.canonical(trust)
    for statement in content.get("Statement", ()) if isinstance(content, dict) else ():
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            continue
        named = statement.get("Principal")
        for arn in named.get("Federated", ()) if isinstance(named, dict) else ():
            if _PROVIDER in arn:
                key = f"{arn.partition(_PROVIDER)[2]}:aud".lower()
                yield arn, tuple(value for _, name, values in limits(statement) if name == key for value in values) or ("*",)
