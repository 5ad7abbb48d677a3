"""Permissions that, alone or together, let their holder become more than what they grant.

The combinations are the published ones for IAM (PassRole to a service that runs code, changing a policy or trust of
somebody mightier, making credentials). Sources: IAM user guide id_roles_use_passrole and access_policies_boundaries;
Service authorization reference (iam:PassedToService, ec2:CreateAction, iam:AWSServiceName).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.core.actions import wildcards
from bootstrap.core.lint.finding import Finding, condition_keys, items

# What runs code with a role that is passed to it: (action, the services that the role is passed to).
_RUNNERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ec2:RunInstances", ("ec2",)),
    ("ec2:AssociateIamInstanceProfile", ("ec2",)),
    ("ec2:ReplaceIamInstanceProfileAssociation", ("ec2",)),
    ("iam:AddRoleToInstanceProfile", ("ec2",)),
    ("lambda:CreateFunction", ("lambda",)),
    ("batch:RegisterJobDefinition", ("ecs-tasks",)),
    ("batch:CreateComputeEnvironment", ("ec2", "batch")),
    ("ecs:RegisterTaskDefinition", ("ecs-tasks",)),
    ("cloudformation:CreateStack", ("cloudformation",)),
    ("codebuild:CreateProject", ("codebuild",)),
    ("glue:CreateJob", ("glue",)),
    ("glue:CreateDevEndpoint", ("glue",)),
    ("sagemaker:CreateNotebookInstance", ("sagemaker",)),
    ("sagemaker:CreateTrainingJob", ("sagemaker",)),
    ("states:CreateStateMachine", ("states",)),
    ("ssm:StartAutomationExecution", ("ssm",)),
    ("datapipeline:CreatePipeline", ("datapipeline", "elasticmapreduce")),
)
# What is dangerous alone, on everything.
_ALONE: Mapping[str, str] = {
    "iam:CreatePolicyVersion": "can rewrite any policy of the account, its own too",
    "iam:SetDefaultPolicyVersion": "can bring back an older, wider version of any policy",
    "iam:AttachRolePolicy": "can attach any policy to any role",
    "iam:AttachUserPolicy": "can attach any policy to any user",
    "iam:AttachGroupPolicy": "can attach any policy to any group",
    "iam:PutRolePolicy": "can write any permission into any role",
    "iam:PutUserPolicy": "can write any permission into any user",
    "iam:PutGroupPolicy": "can write any permission into any group",
    "iam:AddUserToGroup": "can join any group",
    "iam:UpdateAssumeRolePolicy": "can let itself into any role",
    "iam:CreateAccessKey": "can make keys for any user",
    "iam:CreateLoginProfile": "can set a password for any user",
    "iam:UpdateLoginProfile": "can change any user's password",
    "iam:DeleteRolePermissionsBoundary": "can take the boundary off any role",
    "iam:DeleteUserPermissionsBoundary": "can take the boundary off any user",
    "sts:AssumeRole": "can become every role that trusts this account",
    "lambda:UpdateFunctionCode": "can run code with the role of any function",
    "ssm:SendCommand": "can run commands with the role of any machine",
    "ssm:StartSession": "can log in to any machine, and so has its role",
}
_WIDE = {"*", "*/*", "role/*", "user/*", "group/*", "policy/*", "function:*", "instance/*", "document/*"}
_NOT_NARROWING = re.compile(
    r"aws:(requestedregion|sourceip|securetransport|multifactorauth\w+|currenttime)|iam:passedtoservice"
)


@dataclass(frozen=True)
class _Allowed:
    """One Allow statement, with its path and the name of the document that it is in."""

    statement: Mapping[str, Any]
    where: str

    def allows(self, action: str) -> bool:
        if "NotAction" in self.statement:
            return not any(wildcards(pattern).fullmatch(action) for _, pattern in self._items("NotAction"))
        return any(wildcards(pattern).fullmatch(action) for _, pattern in self._items("Action"))

    def allows_widely(self, action: str) -> bool:
        """On all things, and under no condition that says on which."""
        keys = [key.lower() for _, key, _ in condition_keys(dict(self.statement))]
        wide = "NotResource" in self.statement or any(
            arn == "*" or (arn.startswith("arn:") and arn.split(":", 5)[-1] in _WIDE) for _, arn in self._items("Resource")
        )
        return wide and self.allows(action) and all(_NOT_NARROWING.fullmatch(key) for key in keys)

    def passes_to(self, services: Sequence[str]) -> bool:
        """Whether iam:PassedToService lets a role go to one of the services."""
        tests = [
            values
            for operator, key, values in condition_keys(dict(self.statement))
            if key.lower() == "iam:passedtoservice" and "not" not in operator.lower()
        ]
        return all(
            any(
                wildcards(value).fullmatch(f"{name}.amazonaws.com{end}")
                for value in values
                for name in services
                for end in ("", ".cn")
            )
            for values in tests
        )

    def _items(self, field: str) -> Iterator[tuple[str, str]]:
        return items(dict(self.statement), field, self.where)

    def finding(self, code: str, text: str) -> Finding:
        sid = self.statement.get("Sid", "")
        return Finding("warning", code, self.where, text, sid if isinstance(sid, str) else "")


def escalations(documents: Mapping[str, Any]) -> Iterator[Finding]:
    """What identity policies that one role or user has come to together. `documents` by the prefix of their paths."""
    allowed, denied = list[_Allowed](), list[_Allowed]()
    for prefix, content in documents.items():
        found = content.get("Statement", []) if isinstance(content, dict) else []
        for number, item in enumerate(found if isinstance(found, list) else [found]):
            if isinstance(item, dict) and item.get("Effect") in ("Allow", "Deny"):
                where = f"{prefix}Statement[{number}]" if isinstance(found, list) else f"{prefix}Statement"
                (allowed if item["Effect"] == "Allow" else denied).append(_Allowed(item, where))
    never = [one for one in denied if not one.statement.get("Condition")]

    def ruled_out(action: str) -> bool:
        return any(one.allows_widely(action) for one in never)

    everything = [one for one in allowed if one.allows_widely("any:Thing")]
    for one in everything:
        yield one.finding("administrator", "everything is allowed on everything")
    for one in allowed:
        if one in everything:
            continue
        for action, text in _ALONE.items():
            if one.allows_widely(action) and not ruled_out(action):
                yield one.finding("escalation", f"{action} on everything: its holder {text}")
        if one.allows_widely("iam:PassRole") and not ruled_out("iam:PassRole"):
            runs = [
                action
                for action, services in _RUNNERS
                if one.passes_to(services) and not ruled_out(action) and any(other.allows(action) for other in allowed)
            ]
            if runs:
                text = f"iam:PassRole on every role, with {', '.join(runs)}: its holder can become any role of the account"
                yield one.finding("escalation", text)
        yield from _undone(one, allowed)


def _undone(one: _Allowed, allowed: Sequence[_Allowed]) -> Iterator[Finding]:
    """Grants that undo what conditions elsewhere are for, or that want a condition of their own."""
    keys = {key.lower() for _, key, _ in condition_keys(dict(one.statement))}
    service = "iam:CreateServiceLinkedRole"
    if one.allows_widely(service) and "iam:awsservicename" not in keys:
        yield one.finding("service-linked-role", f"{service} for every service; iam:AWSServiceName would say for which")
    if not one.allows_widely("ec2:CreateTags") or keys & {"ec2:createaction", "aws:tagkeys"}:
        return
    guarded = sorted(
        {
            action
            for other in allowed
            if any(
                key.lower().startswith(("ec2:resourcetag/", "aws:resourcetag/"))
                for _, key, _ in condition_keys(dict(other.statement))
            )
            for _, action in items(dict(other.statement), "Action", "")
            if action.lower().startswith("ec2:")
        }
    )
    if guarded:
        text = f"ec2:CreateTags on everything: its holder can put on any thing the tag that {', '.join(guarded)} ask for"
        yield one.finding("tag-condition", text)
