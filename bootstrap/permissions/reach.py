"""What single actions reach if they are allowed on everything, in a few words each. Pure.

Sources: Service authorization reference, for the actions; EC2 user guide, user-data (that of a stopped machine can be
changed); the API references: Athena StartSession and UpdateWorkGroup (a workgroup has an execution role and a place for
results), Batch SubmitJob and CodeBuild StartBuild (commands may be overridden), CloudFormation UpdateStack (a stack keeps
its role), EC2 AssociateAddress (AllowReassociation takes an address from another machine) and EnableAddressTransfer, SNS
Publish (also to telephone numbers). Ways to run code with the roles of others are published in pathfinding.cloud (Datadog),
Cloudsplaining, HackTricks Cloud and by Rhino Security Labs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """What the actions (or patterns) reach, in words that go on from a verb. `member` is the part of an answer that shows
    it. An action that is about many kinds of things reaches this one only `on` such an ARN."""

    what: str
    actions: tuple[str, ...]
    member: str = ""
    on: str = ""


def patterns_in(*tables: Iterable[Reach]) -> tuple[str, ...]:
    """The actions of tables, each once."""
    return tuple(dict.fromkeys(action for several in tables for each in several for action in each.actions))


def by_action(found: Mapping[str, str]) -> tuple[Reach, ...]:
    """A table from what each action reaches."""
    return tuple(Reach(what, (action,)) for action, what in found.items())


THROUGH: tuple[Reach, ...] = (
    Reach("functions", ("lambda:UpdateFunctionConfiguration",)),
    Reach("state machines", ("states:UpdateStateMachine",)),
    Reach(
        "Spark workgroups of Athena",
        ("athena:StartSession", "athena:StartCalculationExecution", "athena:CreatePresignedNotebookUrl"),
    ),
    Reach("job definitions of Batch", ("batch:SubmitJob",)),
    Reach(
        "build projects",
        (
            *("codebuild:StartBuild", "codebuild:StartBuildBatch", "codebuild:UpdateProject"),
            *("codebuild:StartSandbox", "codebuild:StartCommandExecution"),
        ),
    ),
    Reach("stacks", ("cloudformation:UpdateStack", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet")),
    Reach(
        "stack sets",
        (
            *("cloudformation:CreateStackSet", "cloudformation:UpdateStackSet"),
            *("cloudformation:CreateStackInstances", "cloudformation:UpdateStackInstances"),
        ),
    ),
    Reach("containers", ("ecs:ExecuteCommand", "ecs:RunTask", "ecs:StartTask", "ecr:PutImage")),
    Reach("services of App Runner", ("apprunner:UpdateService",)),
    Reach("apps of Amplify", ("amplify:UpdateApp", "amplify:UpdateBranch")),
    Reach("environments of Elastic Beanstalk", ("elasticbeanstalk:UpdateEnvironment",)),
    Reach("environments of Cloud9", ("cloud9:CreateEnvironmentMembership",)),
    Reach("environments of Airflow", ("airflow:CreateWebLoginToken", "airflow:CreateCliToken")),
    Reach(
        "code interpreters of Bedrock",
        ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
    ),
    Reach("applications of Kinesis", ("kinesisanalytics:UpdateApplication",)),
    Reach("pipelines of Data Pipeline", ("datapipeline:PutPipelineDefinition",)),
    Reach("queues of Deadline Cloud", ("deadline:AssumeQueueRole*", "deadline:AssumeFleetRole*")),
    Reach(
        "clusters of EMR",
        (
            *("elasticmapreduce:AddJobFlowSteps", "elasticmapreduce:GetClusterSessionCredentials"),
            *("elasticmapreduce:OpenEditorInConsole", "elasticmapreduce:StartNotebookExecution"),
            *("elasticmapreduce:CreateStudioPresignedUrl", "elasticmapreduce:CreateStudioSessionMapping"),
            *("emr-containers:StartJobRun", "emr-containers:GetManagedEndpointSessionCredentials"),
        ),
    ),
    Reach(
        "sessions, jobs and endpoints of Glue",
        ("glue:RunStatement", "glue:UpdateJob", "glue:UpdateJobFromSourceControl", "glue:UpdateDevEndpoint"),
    ),
    Reach(
        "notebooks of SageMaker",
        (
            *(
                "sagemaker:CreatePresignedNotebookInstanceUrl",
                "sagemaker:CreatePresignedDomainUrl",
                "sagemaker:StartSession",
            ),
            *("sagemaker:UpdateNotebookInstance", "sagemaker:UpdateNotebookInstanceLifecycleConfig"),
            *("sagemaker:UpdateDomain", "sagemaker:UpdateUserProfile"),
        ),
    ),
    Reach(
        "machines",
        (
            *("ec2-instance-connect:SendSSHPublicKey", "ec2-instance-connect:SendSerialConsoleSSHPublicKey"),
            *("ec2:ModifyInstanceAttribute", "ec2:CreateReplaceRootVolumeTask"),
            *("ssm:CreateAssociation*", "ssm:UpdateAssociation", "ssm:ResumeSession"),
            *("ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion"),
            *("ssm:RegisterTaskWithMaintenanceWindow", "ssm:UpdateMaintenanceWindowTask", "ssm-guiconnect:StartConnection"),
            "codedeploy:CreateDeployment",
        ),
    ),
    Reach("launch templates", ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate")),
)
"""What runs code of the caller's with a role that somebody else gave, and where. The linter knows the strongest of these:
lambda:UpdateFunctionCode, ssm:SendCommand, ssm:StartSession."""
ELSEWHERE: tuple[Reach, ...] = (
    Reach("results of queries", ("athena:UpdateWorkGroup",)),
    Reach("logs", ("logs:PutSubscriptionFilter", "logs:CreateExportTask")),
    Reach("streams of Firehose", ("firehose:UpdateDestination",)),
    Reach("events", ("events:PutTargets",)),
    Reach("messages", ("sns:Subscribe",)),
    Reach("names of new objects", ("s3:PutBucketNotification",)),
    Reach("access logs of buckets", ("s3:PutBucketLogging",)),
    Reach("lists of objects", ("s3:PutInventoryConfiguration",)),
    Reach("objects", ("s3:PutReplicationConfiguration",)),
    Reach("metrics", ("cloudwatch:PutMetricStream",)),
    Reach("changes of tables", ("dynamodb:EnableKinesisStreamingDestination",)),
    Reach("network traffic", ("ec2:CreateTrafficMirrorSession",)),
    Reach("traffic to names", ("route53:ChangeResourceRecordSets",)),
)
ALARMS: tuple[Reach, ...] = (
    Reach("by numbers of its own choice in their metrics", ("cloudwatch:PutMetricData",)),
    Reach("by their state or their limits", ("cloudwatch:SetAlarmState", "cloudwatch:PutMetricAlarm")),
)
"""What makes an alarm act: it can stop machines, scale, send messages and start functions."""
OPENS: tuple[Reach, ...] = (
    Reach("security groups", ("ec2:AuthorizeSecurityGroup*", "ec2:ModifySecurityGroupRules")),
    Reach("security groups of load balancers", ("elasticloadbalancing:SetSecurityGroups",)),
    Reach("network ACLs", ("ec2:CreateNetworkAclEntry", "ec2:ReplaceNetworkAcl*")),
    Reach("routes", ("ec2:CreateRoute", "ec2:ReplaceRoute*", "ec2:AssociateRouteTable")),
    Reach("gateways", ("ec2:AttachInternetGateway",)),
    Reach("peerings", ("ec2:CreateVpcPeeringConnection", "ec2:AcceptVpcPeeringConnection")),
    Reach("public addresses", ("ec2:AssociateAddress", "ec2:ModifySubnetAttribute")),
    Reach(
        "network interfaces",
        ("ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:AssignPrivateIpAddresses"),
    ),
    Reach("the block of public access", ("ec2:ModifyVpcBlockPublicAccess*", "ec2:CreateVpcBlockPublicAccessExclusion")),
)
SHARES: tuple[Reach, ...] = (
    Reach("snapshots", ("ec2:ModifySnapshotAttribute",)),
    Reach("images", ("ec2:ModifyImageAttribute", "ec2:ModifyFpgaImageAttribute")),
    Reach("network interfaces", ("ec2:CreateNetworkInterfacePermission",)),
    Reach("public addresses", ("ec2:EnableAddressTransfer",)),
    Reach("snapshots of databases", ("rds:ModifyDB*SnapshotAttribute", "redshift:AuthorizeSnapshotAccess")),
    Reach("data of Redshift", ("redshift:AuthorizeDataShare",)),
    Reach(
        "resources",
        (
            *("ram:CreateResourceShare", "ram:UpdateResourceShare", "ram:AssociateResourceShare*"),
            *("ram:CreatePermission*", "ram:ReplacePermissionAssociations", "ram:SetDefaultPermissionVersion"),
            *("ram:Promote*", "ram:EnableSharingWithAwsOrganization"),
        ),
    ),
    Reach("directories", ("ds:ShareDirectory",)),
)
SENDS: tuple[Reach, ...] = (
    Reach("messages to topics and telephones", ("sns:Publish",)),
    Reach("messages to queues", ("sqs:SendMessage",)),
    Reach("mail from your addresses", ("ses:Send*",)),
    Reach("texts and calls", ("sms-voice:Send*", "mobiletargeting:Send*")),
    Reach("events", ("events:PutEvents",)),
    Reach("records into streams", ("kinesis:PutRecord*", "firehose:PutRecord*", "kafka-cluster:WriteData")),
    Reach("messages to devices", ("iot:Publish",)),
)
STARTS: tuple[Reach, ...] = (
    Reach("functions", ("lambda:Invoke*",)),
    Reach("state machines", ("states:StartExecution", "states:StartSyncExecution")),
    Reach("jobs and workflows of Glue", ("glue:StartJobRun", "glue:StartWorkflowRun")),
    Reach("pipelines", ("codepipeline:StartPipelineExecution", "sagemaker:StartPipelineExecution")),
    Reach("APIs", ("execute-api:Invoke",)),
    Reach("models", ("sagemaker:InvokeEndpoint*",)),
)
LAUNCHES = ("ec2:RequestSpotInstances", "ec2:RequestSpotFleet", "ec2:CreateFleet")
"""What starts machines without ec2:RunInstances: AWS then calls that with a role of its own."""
