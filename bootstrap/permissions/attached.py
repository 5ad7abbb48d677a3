"""What is dangerous about a managed policy that a role gets and that its plan does not create. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from bootstrap.core.near import nearest
from bootstrap.core.policy import as_list
from bootstrap.permissions.access import grants_in
from bootstrap.permissions.actions import table
from bootstrap.permissions.lint.escalation import escalations
from bootstrap.permissions.lint.finding import Finding
from bootstrap.permissions.managed_policies import ManagedPolicy, is_of_aws, managed_policy, names, source

_WORST = ("administrator", "full-access", "escalation", "wide-read")


@lru_cache
def attached_findings(arn: str) -> tuple[Finding, ...]:
    """At most one, with the name of the policy as its Sid."""
    name = arn.rpartition("/")[2]
    if found := managed_policy(arn):
        dangers = sorted(_dangers(found), key=lambda item: _WORST.index(item.code))
        return tuple(replace(item, sid=name, where="policy_arn") for item in dangers[:1])
    text = f"what {arn} grants is not known here: read the policy in the account first"
    if is_of_aws(arn):
        known = {each.rpartition("/")[2]: each for each in names()}
        meant = known.get(name) or known.get(nearest(name, known))
        near = f". Did you mean {meant}?" if meant else ""
        text = f"what it grants is not known, as AWS has no policy of this name (as of {source()}){near}"
    return (Finding("warning", "unknown-policy", "policy_arn", text, name),)


def _dangers(policy: ManagedPolicy) -> Iterator[Finding]:
    yield from (item for item in escalations({"": policy.document}) if item.code in _WORST)
    whole = {
        action.partition(":")[0]
        for actions, resources in grants_in({"Statement": _unconditional(policy)}, table())
        for action in actions
        if action.endswith(":*") and "*" in resources
    }
    if policy.name.endswith("FullAccess") and whole:
        text = f"it allows every action of {', '.join(sorted(whole))} on every resource"
        yield Finding("warning", "full-access", "", text)


def _unconditional(policy: ManagedPolicy) -> list[object]:
    return [each for each in as_list(policy.document["Statement"]) if not each.get("Condition")]
