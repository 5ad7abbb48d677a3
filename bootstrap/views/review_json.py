"""The review of an integration as data, for --json."""

from dataclasses import asdict
from typing import Any

from bootstrap.permissions.managed_policies import source
from bootstrap.permissions.review import Review


def content_of(review: Review) -> dict[str, Any]:
    """Summary, inputs, resources, permissions with reasons, policies, deviations: JSON-able."""
    integration = review.integration
    return {
        "name": integration.name,
        "title": integration.title,
        "pages": list(integration.pages),
        **integration.provenance().as_json(),
        "costs": list(integration.costs),
        "unverified": list(integration.unverified),
        "side_effects": list(integration.side_effects),
        "before_destroy": list(review.handoff.before_destroy),
        "summary": {
            "entrants": [each.as_json() for each in review.entrants],
            "access": [_access(each) for each in review.access],
            "concerns": [{"risk": each.risk, "text": each.text, "limited_by": each.limited_by} for each in review.concerns],
            "hardened": review.hardened,
            "lost_with_harden": list(review.lost),
            "hardening": [{"page": item.page, "limited": item.limited} for item in review.hardening],
        },
        "inputs": [
            {
                "flag": item.flag,
                "metavar": None if item.kind == "flag" else "|".join(item.choices) or item.metavar,
                "help": item.help,
                "required": item.required,
                "after_create": item.after_create,
                "default": item.default if item.kind != "list" else list(item.default or ()),
            }
            for item in review.inputs
        ],
        "resources": [asdict(each) for each in review.resources],
        "permissions": [
            {
                "role": role.grants.role,
                "sid": item.sid,
                "effect": item.effect,
                "actions": list(item.actions),
                "resources": [] if item.not_resources else list(item.resources),
                "not_resources": list(item.not_resources),
                "principals": {kind: list(names) for kind, names in item.principals.items()},
                "conditions": {key: dict(value) for key, value in item.conditions.items()},
                "why": item.why,
                "source": item.source,
            }
            for role in review.roles
            for item in (*role.grants.trusts, *role.grants.statements)
        ],
        "policies": [
            {
                "role": role.grants.role,
                **asdict(each.attached),
                "published": asdict(each.published) if each.published else None,
            }
            for role in review.roles
            for each in role.policies
        ],
        "deviations": [
            {**asdict(item), "sids": list(item.sids), "policies": list(item.policies), "is_limited": review.is_limited(item)}
            for item in review.deviations
        ],
        "handoff": [*review.handoff.commands, *review.handoff.values],
        "managed_policies": source(),
    }


def _access(each: Any) -> dict[str, Any]:
    return {
        "service": each.service,
        "levels": list(each.levels),
        "everywhere": list(each.everywhere),
        "named": list(each.named),
    }
