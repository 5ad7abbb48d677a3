"""The trust policy and the policies of each role and bucket, as they are sent to AWS. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bootstrap.core.graph import Graph
from bootstrap.core.reference import references


@dataclass
class Sent:
    """`documents` by what they are; `hours` for which one sign-in lasts, 0 where that is not set here; `boundary` is the ARN
    of the permissions boundary, or ""; `settings` are the other properties of a role that is created, with the user's tags.
    """

    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    hours: float = 0
    boundary: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What is sent for a resource that is no part of a role: its properties, and its policies by their names."""

    title: str
    properties: Mapping[str, Any]
    policies: Mapping[str, Mapping[str, Any]]


_IN_ROLES = ("iam_role", "iam_role_trust_statement", "s3_bucket_policy_statement", "iam_role_attachment")


def settings_of(graph: Graph) -> dict[str, Settings]:
    """By address, without what `sent_by_role` has."""
    found: dict[str, Settings] = {}
    for node in graph.nodes.values():
        if node.resource.kind not in _IN_ROLES:
            resource = graph.predicted(node)
            is_policy = node.resource.kind == "iam_policy"  # the role that it is attached to has its document
            omitted = {"asked", *(["document"] if is_policy else [])}
            properties = {name: value for name, value in resource.properties().items() if name not in omitted}
            policies = {} if is_policy else resource.policies(graph.account(node.account))
            found[node.address] = Settings(f"{node.address} ({node.resource.kind})", properties, policies)
    return found


def sent_by_role(graph: Graph) -> dict[str, Sent]:
    """By the name of the role, or "bucket NAME"."""
    found: dict[str, Sent] = {}
    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        match node.resource.kind:
            case "iam_role":
                role = found.setdefault(properties["name"], Sent())
                role.documents["trust policy"] = properties["trust"]
                role.documents |= {f"policy {name}": each for name, each in properties["inline_policies"].items()}
                role.hours = properties["max_session_duration"] / 3600
                role.boundary = properties["permissions_boundary"] or ""
                role.settings = {name: properties[name] for name in ("path", "description", "tags")}
            case "iam_role_trust_statement":
                statement = {"Statement": [properties["statement"]]}
                found.setdefault(properties["role"], Sent()).documents["added to its trust policy"] = statement
            case "s3_bucket_policy_statement":
                name = f"bucket {properties['bucket']}"
                statements = {"Statement": properties["statements"]}
                found.setdefault(name, Sent()).documents["added to its policy"] = statements
            case "iam_role_attachment":
                role = found.setdefault(properties["role"], Sent())
                for address, _ in references(node.resource.properties()["policy_arn"]):
                    created = graph.predicted(graph.nodes[address]).properties()
                    role.documents[f"policy {created['name']}"] = created["document"]
    return found
