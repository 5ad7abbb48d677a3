"""The access that somebody approved, in a compact form, and whether that of another plan is wider. Pure.

It is about what should exist: what somebody opened in AWS meanwhile is drift (`permissions/widening.py`). Placeholders stand
for your accounts, each for one, and for the region, so that a page made with example accounts can be compared.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core import policy
from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.graph import Graph, Node
from bootstrap.core.json_types import fits
from bootstrap.core.reference import references
from bootstrap.permissions.managed_policies import managed_policy
from bootstrap.permissions.widening import of_document

Access = dict[str, dict[str, list[Any]]]
"""By role, bucket or security group: `lets_in` and `may` are statements in canonical form, `attached` the ARNs of policies
that others wrote, `boundary` at most one ARN, and `open` the rules of a security group that let in. Beside these, `settings`
has those of an address, as `settings_since.py` writes and compares them."""
SETTINGS = "settings"
ACCOUNT, REGION = "{account}", "{region}"
_OF_ALIAS = re.compile(r"\{account( [^{}]+)?\}")
_STATEMENT = {
    "Effect": str,
    "Action": list[str],
    "NotAction": list[str],
    "Resource": list[str],
    "NotResource": list[str],
    "Principal": dict[str, list[str]],
    "NotPrincipal": dict[str, list[str]],
    "Condition": dict[str, dict[str, list[str]]],
}


@dataclass(frozen=True)
class AccessChange:
    """A difference from what was approved. `code` is one of `widening.RULES`, "new-policy", "new-network" or "new-place"; ""
    for one that opens nothing, or a setting (`is_setting`) that cannot be judged. `is_place`: another account or region."""

    where: str
    text: str
    code: str = ""
    is_setting: bool = False
    is_place: bool = False

    @property
    def widens(self) -> bool:
        return bool(self.code)

    @property
    def line(self) -> str:
        return f"{self.where}: {self.text}"

    def as_json(self) -> dict[str, Any]:
        return {"where": self.where, "text": self.text, "code": self.code, "widens": self.widens}


def access_of(graph: Graph) -> Access:
    """What the resources of a graph let in and allow."""
    found: Access = {}

    def of(noun: str, name: str, node: Node) -> dict[str, list[Any]]:
        elsewhere = f" ({node.account})" if node.account != DEFAULT else ""
        empty: dict[str, list[Any]] = {name: [] for name in ("lets_in", "may", "attached", "boundary", "open")}
        return found.setdefault(f"{noun} {name}{elsewhere}", empty)

    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        match node.resource.kind:
            case "iam_role":
                role = of("role", properties["name"], node)
                role["lets_in"] += statements_of(properties["trust"])
                role["may"] += [
                    each for document in properties["inline_policies"].values() for each in statements_of(document)
                ]
                role["boundary"] += filter(None, [properties["permissions_boundary"]])
            case "iam_role_trust_statement":
                of("role", properties["role"], node)["lets_in"] += statements_of({"Statement": properties["statement"]})
            case "iam_role_attachment":
                role, created = of("role", properties["role"], node), _created(graph, node)
                role["may"] += [each for document in created for each in statements_of(document)]
                role["attached"] += [] if created else [properties["policy_arn"]]
            case "s3_bucket_policy_statement":
                of("bucket", properties["bucket"], node)["lets_in"] += statements_of({"Statement": properties["statements"]})
            case "ec2_security_group":
                of("security group", properties["name"], node)["open"] += sorted(properties["ingress"])
    placed: Access = with_placeholders(found, graph)
    return placed


def since(approved: Access, now: Access) -> tuple[AccessChange, ...]:
    """What is different from the approved access, the widening first."""
    approved, now = ({where: each for where, each in access.items() if SETTINGS not in each} for access in (approved, now))
    found = [each for where, access in now.items() for each in _since(where, approved.get(where, {}), access)]
    found += [AccessChange(where, "it is no longer part of the plan") for where in approved if where not in now]
    return tuple(sorted(found, key=lambda each: not each.widens))


def check_access(access: Any) -> None:
    """Raises ValueError for what `access_of` does not write."""
    if not fits(access, Access):
        raise ValueError("the access is not that of roles, buckets and security groups")
    for where, parts in access.items():
        statements = [each for name in ("lets_in", "may") for each in parts.get(name, [])]
        texts = [each for name in ("attached", "boundary", "open") for each in parts.get(name, [])]
        settings = [parts[SETTINGS]] if SETTINGS in parts else []
        is_known = all(len(each) == 1 and isinstance(each[0], dict) for each in settings)
        if not is_known or not all(map(_is_statement, statements)) or not fits(texts, list[str]):
            raise ValueError(f"the access of {where} is not what bootstrap writes")


def _is_statement(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("Effect") in ("Allow", "Deny")
        and all(name in _STATEMENT and fits(each, _STATEMENT[name]) for name, each in value.items())
    )


def _since(where: str, before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> Iterator[AccessChange]:
    def parts(name: str) -> tuple[list[Any], list[Any]]:
        return before.get(name, []), after.get(name, [])

    found = list(_wider(where, *parts("lets_in")))
    (had, has), (attached, attaches) = parts("may"), parts("attached")
    published = {arn: managed_policy(arn) for arn in {*attached, *attaches}}
    known = [each for arn in attached if (one := published[arn]) for each in statements_of(one.document)]
    found += _wider(where, [*had, *known], has)
    for arn in attaches:
        if arn not in attached and (one := published[arn]):
            found += _wider(f"{where}: {one.name}", [*had, *known], statements_of(one.document))
        elif arn not in attached:
            found.append(AccessChange(where, f"it also has the policy {arn}, whose content is not known", "new-policy"))
    (limit, limits), (open_before, open_now) = parts("boundary"), parts("open")
    if limit and limits != limit:
        instead = (
            f"has the permissions boundary {limits[0]} instead of" if limits else "no longer has the permissions boundary"
        )
        found.append(AccessChange(where, f"it {instead} {limit[0]}", "lost-boundary"))
    found += [AccessChange(where, f"it lets in {each}", "new-network") for each in open_now if each not in open_before]
    if not found and {name: each for name, each in before.items() if each} != {n: each for n, each in after.items() if each}:
        found.append(AccessChange(where, "it has changed, and lets in and allows nothing more"))
    yield from found


def _wider(where: str, before: list[Any], after: list[Any]) -> Iterator[AccessChange]:
    for code, text, _ in of_document({"Statement": after}, {"Statement": before}):
        yield AccessChange(where, _OF_ALIAS.sub(r"your own account\1", text), code)


def statements_of(document: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = policy.canonical(dict(document))["Statement"]
    return found


def _created(graph: Graph, attachment: Node) -> list[Mapping[str, Any]]:
    """The document of the attached policy, if the graph creates that."""
    named = references(attachment.resource.properties()["policy_arn"])
    return [graph.predicted(graph.nodes[address]).properties()["document"] for address, _ in named]


def with_placeholders(value: Any, graph: Graph) -> Any:
    text = json.dumps(value)
    for account in graph.accounts:
        text = re.sub(rf"(?<!\d){account.id}(?!\d)", placeholder(account), text)
        text = re.sub(rf"(?<![\w-]){account.region}(?!\w)", REGION, text)  # not where it is a part of a vendor's name
    return json.loads(text)


def placeholder(account: Account) -> str:
    """What stands for its number: of several accounts, one is not the other."""
    return ACCOUNT if account.alias == DEFAULT else f"{{account {account.alias}}}"
