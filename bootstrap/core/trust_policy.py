"""A trust policy as a vendor shows it, pasted by a person: whom it lets in, and with which external ids.

Source: IAM user guide, reference_policies_grammar (a statement is an object, or a list of them) and
id_roles_create_for-user_externalid.
"""

import reprlib
from json import JSONDecodeError
from typing import Any

from bootstrap.core.strict_json import strict_json
from bootstrap.core.validators import external_id, principal_arn

_DEEPEST = 100


def trust_policy(value: str) -> str:
    """A check for one of which each statement lets roles or users in by their ARN, with an external id. Raises
    ValueError."""
    trusted_by(value)
    return value


def trusted_by(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The principals and the external ids. Raises ValueError, which says what is wrong."""
    statements = _statements(text)
    found = [_trusted(each) for each in statements]
    principals = tuple(dict.fromkeys(each for named, _ in found for each in named))
    external_ids = tuple(dict.fromkeys(each for _, ids in found for each in ids))
    if not principals:
        raise ValueError("it trusts nobody")
    if len(statements) > 1 and len(external_ids) > 1:
        raise ValueError("its statements have different external ids")
    return principals, external_ids


def external_ids_in(text: str) -> tuple[str, ...]:
    """Those of `trusted_by`; none for a text that is no such policy, which its check refuses."""
    try:
        return trusted_by(text)[1]
    except ValueError:
        return ()


def _statements(text: str) -> list[Any]:
    try:
        content = strict_json(text, _DEEPEST)
    except JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error})") from error
    statements = content.get("Statement") if isinstance(content, dict) else None
    return statements if isinstance(statements, list) else [statements]


def _trusted(statement: Any) -> tuple[list[str], list[str]]:
    if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
        raise ValueError("each statement must be an Allow")
    if _listed(statement.get("Action")) != ["sts:AssumeRole"]:
        raise ValueError("each statement must allow sts:AssumeRole and nothing else")
    named = statement.get("Principal")
    named = _listed(named.get("AWS")) if isinstance(named, dict) and set(named) == {"AWS"} else [named]
    condition = statement.get("Condition")
    tests = condition.get("StringEquals") if isinstance(condition, dict) else None
    keys = [key.lower() for key in tests] if isinstance(tests, dict) else []
    if "sts:externalid" not in keys or not isinstance(condition, dict) or not isinstance(tests, dict):
        raise ValueError("it trusts somebody without an external id (StringEquals sts:ExternalId)")
    others = [each for each in (*condition, *tests) if each.lower() not in ("stringequals", "sts:externalid")]
    others += ["the external id twice"] if len(keys) > 1 and not others else []
    if others:
        raise ValueError(
            f"the condition must be StringEquals sts:ExternalId and nothing else, and it also has {', '.join(others)[:100]}"
        )
    [ids] = tests.values()
    if not named or not _listed(ids):
        raise ValueError("one of its statements trusts nobody")
    return [principal_arn(_text(each)) for each in named], [external_id(_text(each).strip()) for each in _listed(ids)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else reprlib.repr(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
