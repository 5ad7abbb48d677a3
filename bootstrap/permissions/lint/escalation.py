"""Permissions with which their holder can get other permissions than those that are granted.

The combinations are the published ones for IAM: PassRole to a service that runs code, changing a policy or trust of a more
powerful role or user, creating credentials. What changes code that runs with a role already is in `reach.THROUGH`. Sources:
pathfinding.cloud (Datadog), Cloudsplaining, HackTricks Cloud; IAM user guide id_roles_use_passrole and
access_policies_boundaries; Service authorization reference (iam:PassedToService, ec2:CreateAction, iam:AWSServiceName).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from bootstrap.permissions.lint.data_reads import data_findings
from bootstrap.permissions.lint.finding import Finding, condition_keys
from bootstrap.permissions.lint.grant import Grant
from bootstrap.permissions.lint.role_takeover import role_escalations
from bootstrap.permissions.lint.tags import tag_findings

RUNS_CODE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ec2:RunInstances", ("ec2",)),
    ("ec2:RequestSpotInstances", ("ec2",)),
    ("ec2:RequestSpotFleet", ("ec2",)),
    ("ec2:CreateFleet", ("ec2",)),
    ("ec2:AssociateIamInstanceProfile", ("ec2",)),
    ("ec2:ReplaceIamInstanceProfileAssociation", ("ec2",)),
    ("iam:AddRoleToInstanceProfile", ("ec2",)),
    ("autoscaling:CreateLaunchConfiguration", ("ec2",)),
    ("lambda:CreateFunction", ("lambda",)),
    ("lambda:UpdateFunctionConfiguration", ("lambda",)),
    ("batch:RegisterJobDefinition", ("ecs-tasks",)),
    ("batch:CreateComputeEnvironment", ("ec2", "batch")),
    ("ecs:RegisterTaskDefinition", ("ecs-tasks",)),
    ("ecs:RunTask", ("ecs-tasks",)),
    ("ecs:StartTask", ("ecs-tasks",)),
    ("ecs:CreateService", ("ecs-tasks",)),
    ("ecs:CreateTaskSet", ("ecs-tasks",)),
    ("ecs:UpdateService", ("ecs-tasks",)),
    ("eks:CreatePodIdentityAssociation", ("pods.eks",)),
    ("apprunner:CreateService", ("tasks.apprunner",)),
    ("apprunner:UpdateService", ("tasks.apprunner",)),
    ("amplify:CreateApp", ("amplify",)),
    ("amplify:UpdateApp", ("amplify",)),
    ("elasticbeanstalk:CreateEnvironment", ("ec2", "elasticbeanstalk")),
    ("elasticbeanstalk:UpdateEnvironment", ("ec2", "elasticbeanstalk")),
    ("cloudformation:CreateStack", ("cloudformation",)),
    ("cloudformation:UpdateStack", ("cloudformation",)),
    ("cloudformation:CreateChangeSet", ("cloudformation",)),
    ("cloudformation:CreateStackSet", ("cloudformation",)),
    ("cloudformation:UpdateStackSet", ("cloudformation",)),
    ("codebuild:CreateProject", ("codebuild",)),
    ("codebuild:UpdateProject", ("codebuild",)),
    ("codepipeline:CreatePipeline", ("codepipeline",)),
    ("codepipeline:UpdatePipeline", ("codepipeline",)),
    ("bedrock-agentcore:CreateCodeInterpreter", ("bedrock-agentcore",)),
    ("elasticmapreduce:RunJobFlow", ("ec2", "elasticmapreduce")),
    ("emr-serverless:StartJobRun", ("emr-serverless",)),
    ("kinesisanalytics:CreateApplication", ("kinesisanalytics",)),
    ("glue:CreateJob", ("glue",)),
    ("glue:UpdateJob", ("glue",)),
    ("glue:CreateSession", ("glue",)),
    ("glue:CreateDevEndpoint", ("glue",)),
    ("sagemaker:CreateNotebookInstance", ("sagemaker",)),
    ("sagemaker:CreateTrainingJob", ("sagemaker",)),
    ("sagemaker:CreateProcessingJob", ("sagemaker",)),
    ("sagemaker:CreateHyperParameterTuningJob", ("sagemaker",)),
    ("states:CreateStateMachine", ("states",)),
    ("states:UpdateStateMachine", ("states",)),
    ("scheduler:CreateSchedule", ("scheduler",)),
    ("scheduler:UpdateSchedule", ("scheduler",)),
    ("ssm:StartAutomationExecution", ("ssm",)),
    ("ssm:CreateActivation", ("ssm",)),
    ("cognito-identity:SetIdentityPoolRoles", ("cognito-identity",)),
    ("rolesanywhere:CreateProfile", ("rolesanywhere",)),
    ("rolesanywhere:UpdateProfile", ("rolesanywhere",)),
    ("redshift:ModifyClusterIamRoles", ("redshift",)),
    ("rds:AddRoleToDBCluster", ("rds",)),
    ("rds:AddRoleToDBInstance", ("rds",)),
    ("transfer:CreateUser", ("transfer",)),
    ("datapipeline:CreatePipeline", ("datapipeline", "elasticmapreduce")),
)
"""Actions that run code with a role that is passed, and the services that the role is passed to."""
ALONE: Mapping[str, str] = {
    "iam:CreatePolicyVersion": "can rewrite any policy of the account, also its own",
    "iam:SetDefaultPolicyVersion": "can restore an older, wider version of any policy",
    "iam:AttachRolePolicy": "can attach any policy to any role",
    "iam:AttachUserPolicy": "can attach any policy to any user",
    "iam:AttachGroupPolicy": "can attach any policy to any group",
    "iam:PutRolePolicy": "can write any permission into any role",
    "iam:PutUserPolicy": "can write any permission into any user",
    "iam:PutGroupPolicy": "can write any permission into any group",
    "iam:AddUserToGroup": "can join any group",
    "iam:UpdateAssumeRolePolicy": "can add itself to the trust of any role",
    "iam:CreateAccessKey": "can create access keys for any user",
    "iam:CreateLoginProfile": "can set a password for any user",
    "iam:UpdateLoginProfile": "can change any user's password",
    "iam:UpdateAccessKey": "can activate access keys of any user again",
    "iam:UploadSSHPublicKey": "can sign in to CodeCommit as any user",
    "iam:CreateServiceSpecificCredential": "can create a password for CodeCommit, Keyspaces or Bedrock for any user",
    "iam:ResetServiceSpecificCredential": "can change any user's password for CodeCommit, Keyspaces or Bedrock",
    "iam:DeactivateMFADevice": "can turn off the second factor of any user",
    "iam:UpdateSAMLProvider": "can sign in as any role that trusts an identity provider (SAML)",
    "iam:UpdateOpenIDConnectProviderThumbprint": "can let in who pretends to be an identity provider that roles trust",
    "iam:AddClientIDToOpenIDConnectProvider": "can let in applications of its own at an identity provider that roles trust",
    "iam:PutRolePermissionsBoundary": "can widen the permissions boundary of any role",
    "iam:PutUserPermissionsBoundary": "can widen the permissions boundary of any user",
    "iam:DeleteRolePermissionsBoundary": "can remove the permissions boundary of any role",
    "iam:DeleteUserPermissionsBoundary": "can remove the permissions boundary of any user",
    "sts:AssumeRole": "can assume every role that trusts this account",
    "sts:AssumeRoot": "can act as the root user of any member account",
    "rolesanywhere:CreateTrustAnchor": "can sign in with certificates of its own as roles that trust Roles Anywhere",
    "rolesanywhere:UpdateTrustAnchor": "can sign in with certificates of its own as roles that trust Roles Anywhere",
    "sso:CreateAccountAssignment": "can give any permission set to any user, in any account of the organization",
    "sso:PutInlinePolicyToPermissionSet": "can write any permission into any permission set",
    "sso:AttachManagedPolicyToPermissionSet": "can attach any policy to any permission set",
    "sso:AttachCustomerManagedPolicyReferenceToPermissionSet": "can attach any policy to any permission set",
    "sso:DeletePermissionsBoundaryFromPermissionSet": "can remove the permissions boundary of any permission set",
    "sso:PutPermissionsBoundaryToPermissionSet": "can widen the permissions boundary of any permission set",
    "identitystore:CreateGroupMembership": "can put any user of IAM Identity Center into any group",
    "lambda:UpdateFunctionCode": "can run code with the role of any function",
    "ssm:SendCommand": "can run commands with the role of any instance",
    "ssm:StartSession": "can log in to any instance, and so use its role",
}
"""Actions that are dangerous alone when they are allowed on every resource, and what their holder can do."""
_SHOWN = 3
"""If a statement allows more of them, one finding says so."""
_UNNAMED = "any:Action"
"""Stands for an action that only `*` matches."""


def escalations(documents: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings on all identity policies of one role or user together. `documents` by the prefix of their paths."""
    grants = list(_grants(documents))
    allowed = [each for each in grants if each.statement["Effect"] == "Allow"]
    denied = [each for each in grants if each.statement["Effect"] == "Deny"]
    always = [each for each in denied if each.is_about_everything]
    never = cache(lambda action: any(each.allows(action) for each in always))
    administrators = [each for each in allowed if each.allows_widely(_UNNAMED)]
    others = [each for each in allowed if not each.allows_widely(_UNNAMED)]
    for each in administrators:
        but = " that it does not name" if "NotAction" in each.statement else ""
        yield each.finding("administrator", f"it allows every action{but} on every resource")
    runs_code = [row for row in RUNS_CODE if any(each.allows(row[0]) for each in allowed) and not never(row[0])]
    for each in others:
        yield from _alone(each, never)
        yield from data_findings(each, never)
        if each.allows_widely("iam:PassRole") and not never("iam:PassRole"):
            yield from _with_passed_roles(each, runs_code)
        yield from _service_linked_roles(each)
    yield from role_escalations(others, denied)
    if not never("ec2:CreateTags"):
        yield from tag_findings(others)


def _grants(documents: Mapping[str, Any]) -> Iterator[Grant]:
    for prefix, content in documents.items():
        found = content.get("Statement", []) if isinstance(content, dict) else []
        several = isinstance(found, list)
        for number, item in enumerate(found if several else [found]):
            if isinstance(item, dict) and item.get("Effect") in ("Allow", "Deny"):
                yield Grant(item, f"{prefix}Statement[{number}]" if several else f"{prefix}Statement")


def _alone(grant: Grant, never: Callable[[str], bool]) -> Iterator[Finding]:
    found = [action for action in ALONE if grant.allows_widely(action) and not never(action)]
    if len(found) > _SHOWN:
        actions = f"{', '.join(found[:_SHOWN])} and {len(found) - _SHOWN} more"
        yield grant.finding("escalation", f"{actions} on every resource: its holder can gain any permission")
        return
    for action in found:
        yield grant.finding("escalation", f"{action} on every resource: its holder {ALONE[action]}")


def _with_passed_roles(grant: Grant, runs_code: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[Finding]:
    if actions := [action for action, services in runs_code if grant.passes_to(services)]:
        what = "its holder can act as any role that such a service may use"
        text = f"iam:PassRole on every role, with {', '.join(actions)}: {what}"
        yield grant.finding("escalation", text)


def _service_linked_roles(grant: Grant) -> Iterator[Finding]:
    action, key = "iam:CreateServiceLinkedRole", "iam:AWSServiceName"
    if grant.allows_widely(action) and all(each.lower() != key.lower() for _, each, _ in condition_keys(grant.statement)):
        yield grant.finding("service-linked-role", f"{action} for every service: a condition on {key} would limit it")
