"""Findings in the elements, actions and resources of a statement, against AWS's table of actions.

Sources: IAM user guide reference_policies_elements and reference_policies_grammar; Access Analyzer's
access-analyzer-reference-policy-checks, whose names of checks are followed where they fit.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from bootstrap.core.policy_text import below, placeholders
from bootstrap.permissions.actions import Table, as_arns
from bootstrap.permissions.lint.finding import PARTITION, Finding, Kind, items, of_any_service
from bootstrap.permissions.lint.suggestions import Suggestions
from bootstrap.permissions.wildcards import WITHIN, Arns, opened

_ELEMENTS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
    *("Principal", "NotPrincipal", "Condition"),
}
_ACTION_OF_CALL = {
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
"""API calls whose action has another name."""
_OLD_BUCKET = re.compile(r"(?=.*[a-z])(?!.*[A-Z]_[A-Z])[A-Za-z0-9._-]{3,255}")
"""Until March 2018 us-east-1 accepted capitals and _ (S3 user guide, bucketnamingrules); ORG_ID is a placeholder."""
_REGION = re.compile(r"[a-z]+(-[a-z]+)+-\d+|global|")


def is_of_repository(statement: dict[str, Any]) -> bool:
    """Whether the statement is from a policy of an ECR repository, which names no resource."""
    actions = [action for _, action in items(statement, "Action", "")]
    return bool(actions) and all(re.match("ecr(-public)?:", action, re.IGNORECASE) for action in actions)


def element_findings(statement: dict[str, Any], place: str, kind: Kind, suggestions: Suggestions) -> Iterator[Finding]:
    """Elements that IAM does not accept."""

    def error(text: str, field: str = "") -> Finding:
        return Finding("error", "element", below(place, field) if field else place, text)

    for name in sorted(set(statement) - _ELEMENTS):
        near = suggestions.near(name, _ELEMENTS)
        yield error(f"{name} is not an element of a statement{f'; {near} is' if near else ''}", name)
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield error(f"Effect must be Allow or Deny, not {statement.get('Effect')!r}", "Effect")
    pairs = [("Action", "NotAction")]
    pairs += [("Resource", "NotResource")] if kind != "trust" and not is_of_repository(statement) else []
    pairs += [("Principal", "NotPrincipal")] if kind != "identity" else []
    for one, other in pairs:
        if (one in statement) == (other in statement):
            yield error(f"it needs {one} or {other}, but has {'both' if one in statement else 'neither'}")
    unwanted = {"identity": ("Principal", "NotPrincipal"), "trust": ("Resource", "NotResource"), "resource": ()}
    for name in unwanted[kind]:
        if name in statement:
            refused = f" (AWS: Has prohibited field {name})" if kind == "trust" else ""
            yield error(f"a{'n' if kind == 'identity' else ''} {kind} policy must not have {name}{refused}", name)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        value = statement.get(name, "")
        if not all(isinstance(item, str) for item in (value if isinstance(value, list) else [value])) or value == []:
            yield error(f"{name} must be text, or a list of texts", name)
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or (kind != "resource" and not re.fullmatch(r"[A-Za-z0-9]*", sid)):
        yield error(f"a Sid may have only letters and digits, but {sid!r} has others", "Sid")


def action_findings(statement: dict[str, Any], place: str, table: Table, suggestions: Suggestions) -> Iterator[Finding]:
    for field in ("Action", "NotAction"):
        for where, pattern in items(statement, field, place):
            if of_any_service(pattern):
                continue
            service, colon, word = pattern.partition(":")
            if not colon or not word:
                yield Finding("error", "action", where, f"{pattern!r} does not have the form SERVICE:ACTION")
            elif re.search(r"[*?]", service):
                yield Finding("error", "action", where, f"{pattern}: AWS accepts no wildcard in the name of a service")
            elif table.service(service) is None:
                near = suggestions.near(service.lower(), table)
                yield Finding("error", "action", where, f"there is no service {service!r}{_suggestion(near)}")
            elif not table.matching(pattern):
                yield Finding("error", "action", where, _no_action(pattern, table, suggestions))


def _no_action(pattern: str, table: Table, suggestions: Suggestions) -> str:
    if right := _ACTION_OF_CALL.get(pattern.lower()):
        return f"{pattern} is an API call, not an IAM action; the permission for it is {right}"
    service, _, word = pattern.partition(":")
    known = table.service(service) or {}
    near = suggestions.near(word.lower(), known, 0.75)
    what = "no action matches" if re.search(r"[*?]", word) else "there is no IAM action"
    return f"{what} {pattern} (as of {table.date}){_suggestion(near and known[near].name)}"


def _suggestion(near: str) -> str:
    return f"; did you mean {near}?" if near else ""


def resource_findings(statement: dict[str, Any], place: str, table: Table) -> Iterator[Finding]:
    """Actions that match none of the resources, resources that no action matches, and invalid ARNs."""
    resources = list(items(statement, "Resource", place))
    broken = False
    for where, arn in resources:
        if problem := _arn_problem(arn):
            broken = True
            if not placeholders(arn):  # these have a finding
                yield Finding("error", "arn", where, f"{arn}: {problem}")
        elif (bucket := _bucket(arn)) and re.search(r"[A-Z_]", bucket):
            text = (
                f"{bucket} can only be a bucket in us-east-1 from before 2018: since then, names have no capitals and no _"
            )
            yield Finding("warning", "arn", where, text)
    if not resources or broken:
        return
    arns = {arn for _, arn in resources}
    named = [(where, pattern, table.matching(pattern)) for where, pattern in items(statement, "Action", place)]
    each_once = {id(actions): actions for _, _, actions in named}.values()  # the table gives the same tuple again
    known = {action.name: action for actions in each_once for action in actions}
    granted_on = as_arns(frozenset(arn for action in known.values() for arn in action.arns))
    matching = {arn for arn in arns if arn == "*" or granted_on.meet(opened(arn))}
    wanted = Arns(map(opened, matching))
    reached = cache(lambda arn: wanted.meet(arn.replace("%", WITHIN)))
    matched = cache(lambda pattern: any(reached(arn) for action in table.matching(pattern) for arn in action.arns))
    for where, pattern, actions in named:
        if actions and "*" not in arns and not (matching and matched(pattern)):
            some = next((action.arns for action in actions if action.arns), ())
            like = f"it takes {', '.join(some[:3]).replace('%', '*')}" if some else 'it takes Resource "*" only'
            yield Finding("error", "resource-mismatch", where, f"{pattern} matches none of the resources: {like}")
    if any(of_any_service(pattern) for _, pattern, _ in named) or not known:
        return
    for where, arn in resources:
        if arn not in matching:
            yield Finding("warning", "resource-mismatch", where, f"no action of the statement matches {arn}")
    if statement.get("Effect") == "Allow" and "*" in arns and not statement.get("Condition"):
        narrower = sorted({action.name for action in known.values() if action.level in "wp" and action.arns})
        if narrower:
            more = f" and {len(narrower) - 3} more" if len(narrower) > 3 else ""
            text = f'{", ".join(narrower[:3])}{more} on "*": name the resources that are needed instead'
            yield Finding("note", "wide-resource", place, text)


def _bucket(arn: str) -> str:
    """The name of the bucket in an ARN of S3, or "" when it has wildcards or variables."""
    parts = opened(arn).split(":", 5)
    if len(parts) < 6 or parts[2] != "s3" or parts[4]:
        return ""
    name = parts[5].partition("/")[0]
    return "" if re.search(r"[*?]", name) else name


def _arn_problem(arn: str) -> str:
    """Why an ARN of a policy matches nothing, or "". Wildcards and variables may be anywhere except in the service."""
    if arn == "*":
        return ""
    parts = opened(arn).split(":", 5)
    if parts[0] == "arn" and not re.fullmatch(r"[^*?]+", parts[2] if len(parts) > 2 else ""):
        return "AWS accepts no wildcard for the service in an ARN (Resource vendor must be fully qualified)"
    if parts[0] == "arn" and len(parts) < 6 and arn.endswith("*"):
        return ""
    if len(parts) < 6 or parts[0] != "arn":
        return "it does not have the six parts of an ARN (arn:partition:service:region:account:resource)"
    _, partition, service, region, account, resource = parts
    plain = re.compile(r"[^*?]*")
    if plain.fullmatch(partition) and not re.fullmatch(PARTITION, partition):
        return f"{partition!r} is not a partition"
    if plain.fullmatch(region) and not _REGION.fullmatch(region):
        return f"{region!r} is not a region"
    if plain.fullmatch(account) and not re.fullmatch(r"\d{12}|aws|aws-marketplace|", account):
        return f"{account!r} is not an account id"
    if re.search(r"\s", resource) and service == "iam":  # keys of objects in S3 may have spaces
        return "it contains a space"
    if service == "iam" and resource != "*" and re.search(r"[*?]", resource.partition("/")[0]):
        return 'AWS accepts no wildcard for the type (IAM resource path must either be "*" or start with user/, role/, ...)'
    bucket = _bucket(arn)
    if re.search(r"[^a-z0-9.-]", bucket) and not _OLD_BUCKET.fullmatch(bucket):
        return f"no bucket is named {bucket!r}: names have no capitals, no _ and no spaces"
    return "" if resource else "the resource is missing"
