"""Permissions that, alone or together, let their holder become more than what they grant.

The combinations are the published ones for IAM (PassRole to a service that runs code, changing a policy or trust of
somebody mightier, making credentials). Sources: IAM user guide id_roles_use_passrole and access_policies_boundaries;
Service authorization reference (iam:PassedToService, ec2:CreateAction, iam:AWSServiceName).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from bootstrap.permissions.lint.finding import Finding, condition_keys
from bootstrap.permissions.lint.grant import Grant
from bootstrap.permissions.lint.roles import role_escalations
from bootstrap.permissions.lint.tags import tag_findings

# What runs code with a role that is passed to it: (action, the services that the role is passed to).
_RUNNERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ec2:RunInstances", ("ec2",)),
    ("ec2:AssociateIamInstanceProfile", ("ec2",)),
    ("ec2:ReplaceIamInstanceProfileAssociation", ("ec2",)),
    ("iam:AddRoleToInstanceProfile", ("ec2",)),
    ("lambda:CreateFunction", ("lambda",)),
    ("lambda:UpdateFunctionConfiguration", ("lambda",)),
    ("batch:RegisterJobDefinition", ("ecs-tasks",)),
    ("batch:CreateComputeEnvironment", ("ec2", "batch")),
    ("ecs:RegisterTaskDefinition", ("ecs-tasks",)),
    ("ecs:RunTask", ("ecs-tasks",)),
    ("ecs:StartTask", ("ecs-tasks",)),
    ("ecs:UpdateService", ("ecs-tasks",)),
    ("apprunner:CreateService", ("tasks.apprunner",)),
    ("cloudformation:CreateStack", ("cloudformation",)),
    ("cloudformation:UpdateStack", ("cloudformation",)),
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


def escalations(documents: Mapping[str, Any]) -> Iterator[Finding]:
    """What identity policies that one role or user has come to together. `documents` by the prefix of their paths."""
    allowed, denied = list[Grant](), list[Grant]()
    for prefix, content in documents.items():
        found = content.get("Statement", []) if isinstance(content, dict) else []
        for number, item in enumerate(found if isinstance(found, list) else [found]):
            if isinstance(item, dict) and item.get("Effect") in ("Allow", "Deny"):
                where = f"{prefix}Statement[{number}]" if isinstance(found, list) else f"{prefix}Statement"
                (allowed if item["Effect"] == "Allow" else denied).append(Grant(item, where))
    never = [one for one in denied if not one.statement.get("Condition")]
    everything = [one for one in allowed if one.allows_widely("any:Thing")]
    some = [one for one in allowed if not one.allows_widely("any:Thing")]
    ruled_out = cache(lambda action: any(one.allows_widely(action) for one in never))
    runners = [each for each in _RUNNERS if any(one.allows(each[0]) for one in allowed) and not ruled_out(each[0])]
    for one in everything:
        yield one.finding("administrator", "everything is allowed on everything")
    for one in some:
        for action, text in _ALONE.items():
            if one.allows_widely(action) and not ruled_out(action):
                yield one.finding("escalation", f"{action} on everything: its holder {text}")
        passes = one.allows_widely("iam:PassRole") and not ruled_out("iam:PassRole")
        if runs := [action for action, services in runners if passes and one.passes_to(services)]:
            text = f"iam:PassRole on every role, with {', '.join(runs)}: its holder can become any role of the account"
            yield one.finding("escalation", text)
        keys = {key.lower() for _, key, _ in condition_keys(one.statement)}
        service = "iam:CreateServiceLinkedRole"
        if one.allows_widely(service) and "iam:awsservicename" not in keys:
            yield one.finding("service-linked-role", f"{service} for every service; iam:AWSServiceName would say for which")
    yield from role_escalations(some, denied)
    if not ruled_out("ec2:CreateTags"):
        yield from tag_findings(some)
