"""The words of a review that the text and the Markdown share."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.core.deviation import Deviation
from bootstrap.core.entrant import Entrant
from bootstrap.core.input import Input
from bootstrap.core.policy import Statement, as_list
from bootstrap.permissions.access import EVERY, ServiceAccess
from bootstrap.permissions.managed_policies import ManagedPolicy
from bootstrap.permissions.review import Concern, Review
from bootstrap.permissions.reviewed_role import ReviewedPolicy

_ONE = re.compile(r"arn:[^:]+:iam::(\d+):(role|user)/(.+)")
_CALLED = ("sts",)
"""Services in which there is nothing to change: by AWS's levels, assuming a role is a write."""
_PROVIDER = ":oidc-provider/"
_ROOT = re.compile(r"arn:[^:]+:iam::(\d+):root")


def summary(review: Review) -> Iterator[tuple[str, list[str]]]:
    """What to read first: (heading, entries)."""
    about = review.integration
    if not about.provenance().reviewed:
        yield "Where it comes from", list(about.provenance().lines)
    yield "Who gets in", [_entrant(each) for each in review.entrants] or ["nobody"]
    yield "What they can do", list(access_words(review.access)) or ["nothing in this account"]
    nothing = ["nothing: no danger was found in any statement"]
    yield "What is worst", [_concern(each, hardened=review.hardened) for each in review.worst] or nothing
    if review.hardening:
        heading = "What --harden changed" if review.hardened else "What --harden changes"
        yield heading, [f"{item.page}. With --harden: {item.limited}" for item in review.hardening]
    more = {
        "Not verified": list(about.unverified),
        "What costs money": list(about.costs),
        "What the vendor makes and destroy leaves": list(about.side_effects),
        "What to do before a destroy": list(review.handoff.before_destroy),
    }
    yield from ((heading, entries) for heading, entries in more.items() if entries)
    if review.lost:
        yield "What no longer works with --harden", list(review.lost)


def access_words(access: Sequence[ServiceAccess]) -> Iterator[str]:
    """The services by what can be done with them, the strongest first."""
    every = next((each for each in access if each.service == EVERY), None)
    if every:
        yield "everything in the account" if every.everywhere else "everything with the resources that it names"
    found = [each for each in access if each.service != EVERY]
    groups = {
        "changes who may use": [each for each in found if "permissions" in each.levels],
        "changes": [each for each in found if each.changes and each.service not in _CALLED],
        "only reads": [each for each in found if each.levels and not each.changes and each.service not in _CALLED],
        "calls": [each for each in found if each.service in _CALLED],
    }
    for words, services in groups.items():
        if services:
            names = [f"{each.service}*" if _is_wide(each, words) else each.service for each in services]
            star = " (* in every resource)" if any(name.endswith("*") for name in names) else ""
            yield f"{words} {', '.join(names)}{star}"
    if named := [name for each in found for name in each.named]:
        yield f"may call {', '.join(named)}, which AWS's table counts as a change"


def _is_wide(access: ServiceAccess, words: str) -> bool:
    """Whether what these words say is allowed on every resource."""
    wide = {"changes": access.changes_everywhere, "changes who may use": "permissions" in access.everywhere}
    return wide.get(words, False)


def _entrant(each: Entrant) -> str:
    who = each.principal
    if found := _ONE.fullmatch(who):
        who = f"the {found[2]} {found[3]} of account {found[1]}"
    elif found := _ROOT.fullmatch(who):
        who = f"everybody in account {found[1]} who may assume roles"
    elif each.kind == "Service":
        who = f"{who}, in your own account"
    elif each.kind == "Federated":
        who = f"anyone with a token of {who.partition(_PROVIDER)[2] or who}"
    with_id = ", with the external id" if each.external_id else ""
    limits = f", if {' and '.join(each.marked(text, text) for text in each.limits)}" if each.limits else ""
    return f"{each.role}: {each.marked(who, each.principal)}{with_id}{limits}. {each.why}"


def _concern(each: Concern, *, hardened: bool) -> str:
    """With the option that limits it; with --harden, where there is none, with what helps instead."""
    text = f"{each.risk}: {each.text}"
    if each.limited_by:
        return f"{text} ({each.limited_by} limits that)"
    if not hardened:
        return text
    is_entry = each.breadth == 0  # a boundary limits what a role may do, and not who gets in
    return f"{text} (no option limits that{'' if is_entry else '; a policy of yours as --permissions-boundary can'})"


def risk_words(review: Review, item: Deviation) -> str:
    """The risk of a deviation with these inputs."""
    return f"{item.risk}, limited by {item.flag}" if review.is_limited(item) else item.risk


def condition_words(conditions: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for operator, test in conditions.items():
        for key, value in test.items():
            yield f"only if {key} {operator} {', '.join(map(str, as_list(value)))}"


def action_words(statement: Statement) -> str:
    return ("denies " if statement.effect == "Deny" else "") + ", ".join(statement.actions)


def scope_words(statement: Statement) -> str:
    """Whom a statement of a trust policy lets in, or what another is about."""
    content = statement.to_json()
    who = [name for names in statement.principals.values() for name in names]
    by = [f"by {', '.join(who)}"] if who else []
    on = [f"on {', '.join(content['Resource'])}"] if "Resource" in content else []
    all_but = [f"on all but {', '.join(statement.not_resources)}"] if statement.not_resources else []
    return ", ".join([*by, *on, *all_but])


def with_source(why: str, source: str) -> str:
    return f"{why} ({source})" if source else why


def policy_words(policy: ReviewedPolicy) -> str:
    """Where the content of a policy is to be found."""
    if found := policy.published:
        return f"version {found.version} of {found.updated}"
    return "created with the statements above" if policy.attached.created else "what it grants is not known here"


def published_words(policy: ManagedPolicy) -> Iterator[tuple[str, list[str]]]:
    """The statements of a policy of AWS: the actions, then what limits them."""
    for item in as_list(policy.document["Statement"]):
        effect = "" if item["Effect"] == "Allow" else "denies "
        but = f"on all but {', '.join(as_list(item.get('NotResource', [])))}"
        on = but if "NotResource" in item else f"on {', '.join(as_list(item.get('Resource', '*')))}"
        limits = [on, *condition_words(item.get("Condition", {}))]
        not_these = f"every action but {', '.join(as_list(item.get('NotAction', [])))}"
        yield effect + (not_these if "NotAction" in item else ", ".join(as_list(item["Action"]))), limits


def required_words(given: Input) -> str:
    """Whether it must be given, or ""."""
    if not given.required:
        return ""
    return "required, but may come later: until then, the role lets nobody in" if given.after_create else "required"


def default_words(value: Any) -> str:
    """A default as a user writes it."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "on" if value is True else str(value)
