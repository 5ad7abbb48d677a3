"""One statement of a policy: its elements, actions, resources and conditions, against AWS's table.

Sources: IAM user guide reference_policies_elements and reference_policies_grammar; Access Analyzer's
access-analyzer-reference-policy-checks, whose names of checks are followed where they fit.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bootstrap.core.actions import Action, Table
from bootstrap.core.lint.finding import Finding, Kind, condition_keys, items, listed
from bootstrap.core.policy import placeholders

_ELEMENTS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
    *("Principal", "NotPrincipal", "Condition"),
}
_OPERATOR = re.compile(
    r"((ForAnyValue|ForAllValues):)?(String(Not)?(Equals|Like|EqualsIgnoreCase)|Arn(Not)?(Equals|Like)|Bool|BinaryEquals|"
    r"(Not)?IpAddress|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?))(IfExists)?|Null",
    re.IGNORECASE,
)
_OF_A_CALL = {
    "s3:listobjectsv2": "s3:ListBucket",
    "s3:listobjects": "s3:ListBucket",
    "s3:headbucket": "s3:ListBucket",
    "s3:headobject": "s3:GetObject",
    "s3:copyobject": "s3:GetObject and s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject",
    "s3:createmultipartupload": "s3:PutObject",
    "s3:uploadpart": "s3:PutObject",
    "s3:listbuckets": "s3:ListAllMyBuckets",
    "lambda:invoke": "lambda:InvokeFunction",
}
"""Calls of the API that have no action of their name."""
_ONLY_SOME_CALLS = ("aws:requesttag/", "aws:tagkeys", "aws:resourcetag/")
"""Of the keys that begin with aws:, those that not every request carries."""
_CALLS = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_OF_A_CALL_TOO = ("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")
"""Permissions that those calls want besides: they are asked for with the keys that the call carries."""
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+|global|")
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def element_findings(statement: dict[str, Any], place: str, kind: Kind) -> Iterator[Finding]:
    """What IAM refuses to store."""

    def error(text: str, field: str = "") -> Finding:
        return Finding("error", "element", f"{place}.{field}" if field else place, text)

    for name in sorted(set(statement) - _ELEMENTS):
        near = difflib.get_close_matches(name, _ELEMENTS, 1)
        yield error(f"{name} is no element of a statement{f'; {near[0]} is' if near else ''}", name)
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield error(f"Effect must be Allow or Deny, not {statement.get('Effect')!r}", "Effect")
    pairs = [("Action", "NotAction")]
    pairs += [("Resource", "NotResource")] if kind != "trust" else []
    pairs += [("Principal", "NotPrincipal")] if kind != "identity" else []
    for one, other in pairs:
        if (one in statement) == (other in statement):
            yield error(f"it needs {one} or {other}, {'and not both' if one in statement else 'and has neither'}")
    unwanted = {"identity": ("Principal", "NotPrincipal"), "trust": ("Resource", "NotResource"), "resource": ()}
    for name in unwanted[kind]:
        if name in statement:
            yield error(f"a{'n' if kind == 'identity' else ''} {kind} policy must not have {name}", name)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        value = statement.get(name, "")
        if not all(isinstance(item, str) for item in (value if isinstance(value, list) else [value])) or value == []:
            yield error(f"{name} must be text, or a list of texts", name)
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or (kind != "resource" and not re.fullmatch(r"[A-Za-z0-9]*", sid)):
        yield error(f"a Sid has letters and digits only, {sid!r} does not", "Sid")


def action_findings(statement: dict[str, Any], place: str, table: Table) -> Iterator[Finding]:
    for field in ("Action", "NotAction"):
        for where, pattern in items(statement, field, place):
            if pattern == "*":
                continue
            service, colon, word = pattern.partition(":")
            if not colon or not word:
                yield Finding("error", "action", where, f"{pattern!r} is not SERVICE:ACTION")
            elif table.service(service) is None:
                near = difflib.get_close_matches(service.lower(), table, 1)
                yield Finding("error", "action", where, f"there is no service {service!r}{_meant(near)}")
            elif not table.matching(pattern):
                yield Finding("error", "action", where, _no_action(pattern, table))


def _no_action(pattern: str, table: Table) -> str:
    if right := _OF_A_CALL.get(pattern.lower()):
        return f"{pattern} is a call, and no IAM action; the permission for it is {right}"
    service, _, word = pattern.partition(":")
    known = table.service(service) or {}
    near = [known[name].name for name in difflib.get_close_matches(word.lower(), known, 1, 0.75)]
    what = "no action matches" if re.search(r"[*?]", word) else "there is no IAM action"
    return f"{what} {pattern} (as of {table.date}){_meant(near)}"


def _meant(near: list[str]) -> str:
    return f"; is {near[0]} meant?" if near else ""


def resource_findings(statement: dict[str, Any], place: str, table: Table) -> Iterator[Finding]:
    """Actions that match none of the resources, resources that no action takes, and ARNs that are none."""
    resources = list(items(statement, "Resource", place))
    broken = False
    for where, arn in resources:
        if problem := _arn_problem(arn):
            broken = True
            if not placeholders(arn):  # they are told as such
                yield Finding("error", "arn", where, f"{arn}: {problem}")
    if not resources or broken:
        return
    arns = [arn for _, arn in resources]
    named = [(where, pattern, table.matching(pattern)) for where, pattern in items(statement, "Action", place)]
    for where, pattern, actions in named:
        if actions and not any(action.takes(arn) for action in actions for arn in arns):
            some = next((action.arns for action in actions if action.arns), ())
            like = f"it is for {', '.join(some[:3]).replace('%', '*')}" if some else 'it is for Resource "*" only'
            yield Finding("error", "resource-mismatch", where, f"{pattern} matches none of the resources: {like}")
    known = [action for _, _, actions in named for action in actions]
    if any(pattern == "*" for _, pattern, _ in named) or not known:
        return
    for where, arn in resources:
        if not any(action.takes(arn) for action in known):
            yield Finding("warning", "resource-mismatch", where, f"no action of the statement takes {arn}")
    if statement.get("Effect") == "Allow" and "*" in arns and not statement.get("Condition"):
        held = sorted({action.name for action in known if action.level in "wp" and action.arns})
        if held:
            more = f" and {len(held) - 3} more" if len(held) > 3 else ""
            text = f'{", ".join(held[:3])}{more} on "*" could be held to the things that are meant'
            yield Finding("note", "wide-resource", place, text)


def _arn_problem(arn: str) -> str:
    """Why an ARN of a policy can match nothing, or "". `*` and variables may stand anywhere."""
    if arn == "*" or ("*" in arn and arn.count(":") < 5 and arn.startswith(("arn:", "*", "a*", "ar*", "arn*"))):
        return ""
    parts = _VARIABLE.sub("*", arn).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return "it has not the six parts of an ARN (arn:partition:service:region:account:resource)"
    _, partition, service, region, account, resource = parts
    plain = re.compile(r"[^*?]*")
    if plain.fullmatch(partition) and not re.fullmatch(r"aws(-[a-z-]+)?", partition):
        return f"{partition!r} is no partition"
    if plain.fullmatch(region) and not _REGION.fullmatch(region):
        return f"{region!r} is no region"
    if plain.fullmatch(account) and not re.fullmatch(r"\d{12}|aws|", account):
        return f"{account!r} is no account id"
    if re.search(r"\s", resource) and service in ("iam", "s3"):
        return "it has a blank in it"
    bucket = resource.partition("/")[0]
    if service == "s3" and not account and plain.fullmatch(bucket) and re.search(r"[A-Z_]", bucket):
        return f"no bucket is named {bucket!r}: names have neither capitals nor _"
    return "" if resource else "it ends before the resource"


def condition_findings(statement: dict[str, Any], place: str, table: Table) -> Iterator[Finding]:
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(isinstance(test, dict) for test in conditions.values()):
        yield Finding("error", "condition", f"{place}.Condition", "a Condition is {operator: {key: value}}")
        return
    for operator in conditions:
        if not _OPERATOR.fullmatch(operator):
            yield Finding("error", "condition", f"{place}.Condition.{operator}", f"{operator} is no operator of IAM")
    actions = [action for _, pattern in items(statement, "Action", place) for action in table.matching(pattern)]
    whole = any(pattern == "*" for _, pattern in items(statement, "Action", place))
    if not actions or whole:
        return
    if any(item.name in _OF_A_CALL_TOO for item in actions):
        of_calls = frozenset[str]().union(*(action.keys for name in _CALLS for action in table.matching(name)))
        actions = [replace(item, keys=item.keys | of_calls) if item.name in _OF_A_CALL_TOO else item for item in actions]
    for operator, key, _ in condition_keys(statement):
        without = sorted({action.name for action in actions if not _carries(action, key)})
        if not without or (_is_claim(key, statement) and all(name.startswith("sts:") for name in without)):
            continue
        where = f"{place}.Condition.{operator}.{key}"
        all_of_them = len(without) == len({action.name for action in actions})
        passes = re.search(r"IfExists$|Not|^Null$|^ForAllValues", operator, re.IGNORECASE)
        effect = "the test is always passed" if passes else "the test always fails"
        some = ", ".join(without[:3]) + (f" and {len(without) - 3} more" if len(without) > 3 else "")
        text = f"requests for {some} do not carry {key}: {effect}"
        deny = statement.get("Effect") == "Deny"
        yield Finding("error" if all_of_them and not passes and not deny else "warning", "condition-key", where, text)


def _carries(action: Action, key: str) -> bool:
    key = key.lower()
    if key.startswith("aws:") and not key.startswith(_ONLY_SOME_CALLS):
        return True
    if key == "aws:resourcetag/" or key.startswith("aws:resourcetag/"):
        return bool(action.arns) or "aws:resourcetag/*" in action.keys  # the table does not list it everywhere
    return key in action.keys or re.sub(r"/.*", "/*", key) in action.keys


def _is_claim(key: str, statement: dict[str, Any]) -> bool:
    """Whether the key is `ISSUER:CLAIM` of a provider whose users the statement lets in."""
    named = statement.get("Principal")
    providers = listed(named.get("Federated", [])) if isinstance(named, dict) else []
    issuers = {re.sub(r".*:oidc-provider/", "", item).strip("/").lower() for item in providers if isinstance(item, str)}
    issuer = key.lower().rpartition(":")[0].strip("/")
    return issuer in issuers or ("." in issuer and (named == "*" or "*" in issuers))
