"""A report as data; docs/review.md describes the keys."""

from dataclasses import asdict
from typing import Any

from bootstrap.core.entrant import accounts_to_allow
from bootstrap.permissions.actions import table
from bootstrap.permissions.fleet_facts import FleetFacts
from bootstrap.permissions.hardened import limited_by
from bootstrap.permissions.operator_powers import operator_powers
from bootstrap.permissions.plan_summary import Planned
from bootstrap.permissions.report import Report
from bootstrap.views.report_verdict import verdict

FORMAT = 1


def content_of(report: Report) -> dict[str, Any]:
    """JSON-able, in the order of the page."""
    found, integration, handoff = report.verdict, report.integration, report.handoff
    about = report.recorded or report.planned
    return {
        "format": FORMAT,
        "verdict": {
            "sentence": verdict(report),
            "resources": found.resources,
            "outside": [each.sentence for each in found.outside],
            "reads": found.reads,
            "writes": found.writes,
            "deletes": found.deletes,
            "manages_permissions": found.administers,
            "gains_more": found.raises,
            "everywhere": {"actions": len(found.everywhere), "changes": len(found.changes_everywhere)},
        },
        "plan": _plan(report.planned) if report.planned else None,
        "who": [
            {**each.as_json(), "account": each.account, "named_by": report.chosen_accounts.get(each.account)}
            for each in report.entrants
        ],
        "accounts_to_allow": list(accounts_to_allow(each for each in report.entrants if each.account not in report.own)),
        "external_id": asdict(report.external_id) if report.external_id else None,
        "waiting_for": list(report.waiting),
        "picture": {
            "accounts": [
                {"title": box.title, "own": box.own, "items": {key: item.label for key, item in box.items.items()}}
                for box in report.picture.boxes
            ],
            "arrows": [
                {"from": each.source, "to": each.target, "verbs": list(each.verbs)} for each in report.picture.arrows
            ],
        },
        "access": [
            {
                "role": each.role.grants.role,
                "used_by": [one.sentence for one in each.by],
                "existed_before": each.exists,
                "documents": dict(each.sent.documents),
                "session_hours": each.sent.hours or None,
                "settings": dict(each.sent.settings),
                "permissions_boundary": each.sent.boundary or None,
                "rows": [row.as_json() for row in each.rows],
                "unknown_policies": [
                    policy.attached.policy
                    for policy in each.role.policies
                    if not (policy.published or policy.attached.created)
                ],
            }
            for each in report.access
        ],
        "dangers": [
            {
                "risk": each.risk,
                "text": each.text,
                "reasons": report.reasons(each),
                "page": each.deviation.page if each.deviation else None,
                "sent": each.deviation.sent if each.deviation else None,
                "actions": list(each.actions),
                "limited_by": next(iter(limited_by(each, report.limits)), None),
                "limited": next(iter(limited_by(each, report.limits).values()), None),
            }
            for each in report.review.concerns
        ],
        "unverified": list(integration.unverified),
        "harden": {
            "on": report.review.hardened,
            "statements": [asdict(each) for each in report.hardened],
            "lost": list(report.review.lost),
        },
        "options_on": {
            each.flag: {
                "statements": [asdict(one) for one in each.statements],
                "ended": [{"risk": one.risk, "text": one.text} for one in each.ends],
            }
            for each in report.limits_on
        },
        "options": {each.flag: [asdict(one) for one in each.statements] for each in report.limits},
        "deviations": [
            {
                **asdict(item),
                "sids": list(item.sids),
                "policies": list(item.policies),
                "is_limited": report.review.is_limited(item),
                "applies": report.applies(item),
            }
            for item in report.review.deviations
        ],
        "cannot": [
            {
                "code": each.code,
                "claim": each.claim,
                "holds": each.holds,
                "against": list(each.against),
                "why": each.why if each.holds else None,
                "ruled_out_with": list(report.settled.get(each.code, ())),
            }
            for each in report.checks
        ],
        "changes": [asdict(each) for each in report.since.changes] if report.since else None,
        "approved": {name: getattr(report.since, name) for name in ("by", "when", "plan", "signature")}
        if report.since
        else None,
        "resources": [
            {
                **asdict(each),
                "settings": dict(report.settings[each.address].properties) if each.address in report.settings else None,
                "policies": dict(report.settings[each.address].policies) if each.address in report.settings else {},
            }
            for each in report.review.resources
        ],
        "fleet": _fleet(report, report.fleet) if report.fleet else None,
        "keys_added": [asdict(each) for each in report.keys_added],
        "demands": asdict(about.demands) if about and about.demands else None,
        "costs": list(integration.costs),
        "can_create": {kind: list(actions) for kind, actions in report.costing.items()},
        "operator": dict(report.operator),
        "operator_can": [asdict(each) for each in operator_powers(report.operator.values(), table())],
        "operator_gains": list(report.operator_raises),
        "operator_risk": "high" if report.operator_raises or report.stacks else None,
        "operator_limits": dict(report.operator_limits),
        "cage": {"sets": len(report.cage.sets), **report.cage.tightness} if report.cage else None,
        "removal": {"before_destroy": list(handoff.before_destroy), "side_effects": list(integration.side_effects)},
        "made": {
            **integration.provenance().as_json(),
            "title": integration.title,
            "pages": list(integration.pages),
            "deployment": report.deployment or None,
            "differs": list(report.recorded.differs) if report.recorded else [],
            "edited": report.recorded.edited if report.recorded else False,
            "accounts": [account.to_json() for account in report.accounts],
            "examples": not report.deployment,
            "looked_up": list(report.looked_up),
            "inputs": dict(report.inputs),
            "given": sorted(report.given),
            "without_effect": sorted(report.idle),
            "digest": report.digest,
            "version": report.made.version,
            "date": report.made.date,
        },
    }


def _fleet(report: Report, facts: FleetFacts) -> dict[str, Any]:
    resources = [asdict(each) for each in report.stacks]
    inside = [each.id for each in report.inside]
    return {"where": report.where, "resources": resources, "stands_for_each_account": inside, **asdict(facts)}


def _plan(planned: Planned) -> dict[str, Any]:
    plan = planned.plan
    return {
        "digest": plan.digest,
        "created": plan.created,
        "expires": plan.expires,
        "file": planned.path,
        "changes": planned.changes,
    }
