"""Ways to more permissions that researchers published: each one breaks the claim that a role cannot gain more, and each is a
danger. That of a role that is passed needs the service that takes it."""

import pytest

from bootstrap.permissions.actions import table
from bootstrap.permissions.exposures import exposures
from bootstrap.permissions.lint.escalation import escalations
from tests.permissions.test_cannot import found, role, says

PATHFINDING = """
apprunner:UpdateService; bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter;
cloudformation:UpdateStack; cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet; codebuild:StartBuild;
codebuild:StartBuildBatch; ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances;
ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate; ec2-instance-connect:SendSSHPublicKey ec2:DescribeInstances;
ecs:ExecuteCommand ecs:DescribeTasks; glue:UpdateDevEndpoint; iam:CreatePolicyVersion; iam:CreateAccessKey;
iam:CreateLoginProfile; iam:PutRolePolicy; iam:UpdateLoginProfile; iam:PutUserPolicy; iam:AttachUserPolicy;
iam:AttachRolePolicy; iam:AttachGroupPolicy; iam:PutGroupPolicy; iam:UpdateAssumeRolePolicy; iam:AddUserToGroup;
lambda:UpdateFunctionCode; sagemaker:CreatePresignedNotebookInstanceUrl; ssm:StartSession; ssm:SendCommand; sts:AssumeRole;
sagemaker:CreateNotebookInstanceLifecycleConfig sagemaker:StopNotebookInstance sagemaker:UpdateNotebookInstance
"""
"""pathfinding.cloud (Datadog), which has those of Rhino Security Labs and Cloudsplaining: with a role that is there."""
PASSING = """
apprunner:CreateService bedrock-agentcore:CreateCodeInterpreter cloudformation:CreateStack cloudformation:CreateStackSet
cloudformation:UpdateStackSet codebuild:CreateProject datapipeline:CreatePipeline ec2:RunInstances ec2:RequestSpotInstances
ecs:CreateService ecs:RunTask ecs:StartTask glue:CreateDevEndpoint glue:CreateJob glue:UpdateJob lambda:CreateFunction
sagemaker:CreateNotebookInstance sagemaker:CreateTrainingJob sagemaker:CreateProcessingJob
autoscaling:CreateLaunchConfiguration codebuild:UpdateProject codepipeline:CreatePipeline
cognito-identity:SetIdentityPoolRoles ec2:ReplaceIamInstanceProfileAssociation elasticmapreduce:RunJobFlow
iam:AddRoleToInstanceProfile
rds:AddRoleToDBCluster sagemaker:CreateHyperParameterTuningJob
"""
"""The same, and HackTricks Cloud: with iam:PassRole."""
HACKTRICKS = """
cloudformation:UpdateStackSet; codebuild:UpdateProject; ec2-instance-connect:SendSerialConsoleSSHPublicKey; ecr:PutImage;
elasticbeanstalk:UpdateEnvironment; elasticmapreduce:OpenEditorInConsole; glue:UpdateJob; iam:SetDefaultPolicyVersion;
iam:UpdateAccessKey; iam:CreateServiceSpecificCredential; iam:ResetServiceSpecificCredential; iam:UploadSSHPublicKey;
iam:DeactivateMFADevice; iam:UpdateSAMLProvider; iam:UpdateOpenIDConnectProviderThumbprint; ssm:ResumeSession;
identitystore:CreateGroupMembership; sso:PutInlinePolicyToPermissionSet; sso:AttachManagedPolicyToPermissionSet;
sso:AttachCustomerManagedPolicyReferenceToPermissionSet; sso:CreateAccountAssignment; lambda:UpdateFunctionConfiguration
"""
"""HackTricks Cloud, its chapter on privilege escalation in AWS."""
AWS = """
states:UpdateStateMachine; ssm:CreateAssociation; ssm:UpdateAssociation; sagemaker:UpdateNotebookInstanceLifecycleConfig;
iam:PutRolePermissionsBoundary; iam:DeleteRolePermissionsBoundary; iam:PutUserPermissionsBoundary;
iam:DeleteUserPermissionsBoundary; iam:AddClientIDToOpenIDConnectProvider; datapipeline:PutPipelineDefinition;
cloudformation:CreateStackInstances; amplify:UpdateApp; elasticmapreduce:AddJobFlowSteps; emr-containers:StartJobRun;
elasticmapreduce:GetClusterSessionCredentials; rolesanywhere:UpdateTrustAnchor; sts:AssumeRoot;
cloud9:CreateEnvironmentMembership
"""
"""By what the API references say that an action does."""
PUBLISHED = [" ".join(path.split()) for each in (PATHFINDING, HACKTRICKS, AWS) for path in each.split(";")]


def dangers(*actions: str, on: str = "*") -> list[str]:
    statement = says(*actions, on=(on,))
    linted = escalations({"": {"Statement": [statement.to_json()]}})
    raised = [each.code for each in linted if each.code == "escalation"]
    return raised + [each.code for each in exposures((role(statement),), table()) if each.code == "code-of-others"]


@pytest.mark.parametrize("path", PUBLISHED)
def test_what_is_published_breaks_the_claim_and_is_a_danger(path: str) -> None:
    actions = path.split()
    assert found("raise-itself", role(says(*actions))).holds is not True
    assert dangers(*actions)
    statement = says(*actions, on=tuple(dict.fromkeys(map(_some_of_a_type, actions))))
    assert found("raise-itself", role(statement)).holds is not True


def _some_of_a_type(action: str) -> str:
    """What the action is about, by a pattern."""
    [known] = table().matching(action)
    return known.arns[0].replace("%", "acme-*") if known.arns else "*"


@pytest.mark.parametrize("action", PASSING.split())
def test_a_passed_role_is_a_way_with_each_service_that_takes_it(action: str) -> None:
    assert found("raise-itself", role(says("iam:PassRole", action))).holds is False
    told = [each.text for each in escalations({"": {"Statement": [says("iam:PassRole", action).to_json()]}})]
    assert any(text.startswith(f"iam:PassRole on every role, with {action}") for text in told)


def test_what_is_no_way_to_more_leaves_the_claim() -> None:
    assert found("raise-itself", role(says("ssm:ListAssociations", "glue:GetJob", "iam:ListUsers"))).holds is True
    assert dangers("ssm:ListAssociations", "glue:GetJob") == []
