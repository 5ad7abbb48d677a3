"""The permissions and trust of each role of a graph, and whom the policy of a bucket admits, with the vendor's reasons, for
reviewers. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bootstrap.core.graph import Graph, Node
from bootstrap.core.pending import is_locked
from bootstrap.core.policy import Statement, as_list
from bootstrap.core.reference import references

_BUCKET = "bucket "


@dataclass(frozen=True)
class AttachedPolicy:
    """A managed policy by its ARN. `why` and `source` as in `Statement`. One that is `created` has its statements there."""

    policy: str
    why: str
    source: str
    created: bool


@dataclass(frozen=True)
class RoleGrants:
    """Who may assume the role, what it may do, and which managed policies it has; of an existing role, what is added. Of a
    bucket ("bucket NAME"), whom its policy admits."""

    role: str
    trusts: list[Statement] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    attached: list[AttachedPolicy] = field(default_factory=list)

    @property
    def is_bucket(self) -> bool:
        return self.role.startswith(_BUCKET)

    @property
    def title(self) -> str:
        return f"B{self.role[1:]}" if self.is_bucket else f"Role {self.role}"


def grants_by_role(graph: Graph, statements: Sequence[Statement]) -> list[RoleGrants]:
    """The roles in the order of the graph. `statements` are the integration's: they explain the graph's documents."""
    by_key = {key: item for item in reversed(statements) for key in _keys(item.to_json())}
    by_sid = {item.sid: item for item in reversed(statements)}
    found: dict[str, RoleGrants] = {}

    def explained(document: Mapping[str, Any]) -> Iterator[Statement]:
        for item in document["Statement"]:
            whole = by_key.get(_keys(item)[0])
            yield whole or _as_sent(by_sid[item["Sid"]], item)

    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        match node.resource.kind:
            case "iam_role":
                role = found.setdefault(properties["name"], RoleGrants(properties["name"]))
                if not is_locked(properties["trust"]):  # else nobody gets in
                    role.trusts.extend(explained(properties["trust"]))
                for document in properties["inline_policies"].values():
                    role.statements.extend(explained(document))
            case "iam_role_trust_statement":
                role = found.setdefault(properties["role"], RoleGrants(properties["role"]))
                role.trusts.extend(explained({"Statement": [properties["statement"]]}))
            case "s3_bucket_policy_statement":
                name = _BUCKET + properties["bucket"]
                bucket = found.setdefault(name, RoleGrants(name))
                bucket.trusts.extend(explained({"Statement": properties["statements"]}))
            case "iam_role_attachment":
                role = found.setdefault(properties["role"], RoleGrants(properties["role"]))
                created = list(_policies(graph, node))
                for policy in created:
                    role.statements.extend(explained(policy.resource.properties()["document"]))
                role.attached.append(_attached(properties, created=bool(created)))
    return list(found.values())


def _as_sent(statement: Statement, item: Mapping[str, Any]) -> Statement:
    """The statement as the document has it: joined with others where that would be too long, or with the ARNs to which the
    integration only refers."""
    return replace(
        statement,
        resources=tuple(as_list(item.get("Resource", "*"))),
        principals={kind: tuple(as_list(names)) for kind, names in item.get("Principal", {}).items()},
        conditions=item.get("Condition", {}),
    )


def _attached(properties: Mapping[str, Any], *, created: bool) -> AttachedPolicy:
    return AttachedPolicy(properties["policy_arn"], properties["why"], properties["source"], created)


def _policies(graph: Graph, attachment: Node) -> Iterator[Node]:
    """The attached policy, when the graph creates it."""
    for address, _ in references(attachment.resource.properties()["policy_arn"]):
        yield graph.nodes[address]


def _keys(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """The statement as text, with and without its Sid: in the trust of an existing role, the Sid marks the owner."""
    bare = {key: value for key, value in statement.items() if key != "Sid"}
    return tuple(dict.fromkeys(json.dumps(each, sort_keys=True) for each in (dict(statement), bare)))
