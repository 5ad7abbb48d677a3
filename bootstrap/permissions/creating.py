"""What somebody can create, start or order with the permissions of a page: what costs money, and what destroy leaves. Pure.

Source: Service authorization reference; the pricing pages of AWS for what is free (IAM, launch templates, VPCs, subnets).
"""

from collections.abc import Mapping

from bootstrap.permissions.actions import Table
from bootstrap.permissions.powers import Powers

COSTING: Mapping[str, tuple[str, ...]] = {
    "machines": (
        *("ec2:RunInstances", "ec2:StartInstances", "ec2:RequestSpot*", "ec2:CreateFleet", "batch:SubmitJob"),
        *("batch:CreateComputeEnvironment", "autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"),
        *("autoscaling:SetDesiredCapacity", "elasticmapreduce:RunJobFlow", "sagemaker:Create*Job", "ecs:RunTask"),
        *("ecs:CreateService", "ecs:UpdateService", "ec2:ModifyFleet", "ec2:ModifySpotFleetRequest", "eks:CreateCluster"),
        *("eks:CreateNodegroup", "sagemaker:CreateEndpoint", "sagemaker:CreateNotebookInstance"),
        *("ec2:AllocateHosts", "lightsail:CreateInstances", "batch:UpdateComputeEnvironment"),
    ),
    "reservations and purchases, which cost money whether they are used or not": (
        *("athena:CreateCapacityReservation", "athena:UpdateCapacityReservation", "ec2:CreateCapacityReservation*"),
        *("ec2:ModifyCapacityReservation*", "ec2:Purchase*", "ec2:AcceptReservedInstancesExchangeQuote"),
        *("savingsplans:CreateSavingsPlan", "rds:Purchase*", "rds:CreateDBCapacityReservation", "redshift:Purchase*"),
        *("redshift-serverless:CreateReservation", "elasticache:Purchase*", "memorydb:Purchase*", "es:Purchase*"),
        *("dynamodb:PurchaseReservedCapacityOfferings", "sagemaker:CreateReservedCapacity", "glacier:Purchase*"),
        *("lambda:PutProvisionedConcurrencyConfig", "kinesis:UpdateShardCount", "bedrock:CreateProvisionedModelThroughput"),
        *("aws-marketplace:Subscribe", "aws-marketplace:AcceptAgreementRequest"),
    ),
    "databases, warehouses and caches": (
        *("rds:CreateDBInstance", "rds:CreateDBCluster", "rds:StartDB*", "redshift:CreateCluster", "redshift:ResumeCluster"),
        *("redshift-serverless:CreateWorkgroup", "elasticache:CreateCacheCluster", "elasticache:CreateServerlessCache"),
        *("dynamodb:CreateTable", "dynamodb:UpdateTable", "es:CreateDomain", "kafka:CreateCluster*"),
    ),
    "volumes and snapshots": ("ec2:CreateVolume", "ec2:CreateSnapshot", "ec2:CreateSnapshots", "ec2:CopySnapshot"),
    "addresses, gateways and endpoints": (
        *("ec2:AllocateAddress", "ec2:CreateNatGateway", "ec2:CreateVpcEndpoint", "ec2:CreateTransitGateway"),
        *("ec2:CreateTransitGatewayVpcAttachment", "ec2:CreateVpnConnection", "ec2:CreateClientVpnEndpoint"),
        *("elasticloadbalancing:CreateLoadBalancer", "network-firewall:CreateFirewall"),
    ),
    "file systems": ("elasticfilesystem:CreateFileSystem", "fsx:CreateFileSystem"),
    "objects": ("s3:PutObject",),
    "buckets": ("s3:CreateBucket",),
    "queries": (
        *("athena:StartQueryExecution", "athena:StartSession", "redshift-data:ExecuteStatement", "logs:StartQuery"),
        "timestream:Select",
    ),
    "streams, queues and topics": (
        "kinesis:CreateStream",
        "firehose:CreateDeliveryStream",
        "sqs:CreateQueue",
        "sns:CreateTopic",
    ),
    "metrics, alarms and logs": ("cloudwatch:PutMetricData", "cloudwatch:PutMetricAlarm", "logs:PutLogEvents"),
    "images": ("ecr:PutImage",),
    "functions and jobs": ("lambda:CreateFunction", "lambda:InvokeFunction", "glue:StartJobRun", "states:StartExecution"),
    "secrets and keys": ("secretsmanager:CreateSecret", "kms:CreateKey"),
}
"""By what it is. No condition of AWS limits how many there may be: the quotas of the account do."""
SPENT: Mapping[str, tuple[str, ...]] = {
    "messages, mail, SMS, events and records": (
        *("sns:Publish", "ses:Send*", "sms-voice:Send*", "mobiletargeting:SendMessages", "sqs:SendMessage"),
        *("events:PutEvents", "kinesis:PutRecord", "kinesis:PutRecords", "firehose:PutRecord", "firehose:PutRecordBatch"),
    ),
    "deliveries of logs, with what receives them": (
        "logs:PutSubscriptionFilter",
        "logs:CreateDelivery",
        "ec2:CreateFlowLogs",
    ),
    "reads that AWS charges for": (
        *("cloudwatch:GetMetricData", "cloudwatch:GetMetricWidgetImage", "xray:BatchGetTraces", "xray:GetTraceSummaries"),
        "ce:Get*",
    ),
}
"""What costs money each time, or as long as it goes on, and leaves nothing that destroy would have to name."""
FREE: Mapping[str, tuple[str, ...]] = {
    "roles, policies and users of IAM": (
        *("iam:CreateRole", "iam:CreatePolicy", "iam:CreateServiceLinkedRole", "iam:CreateInstanceProfile"),
        "iam:CreateUser",
    ),
    "launch templates": ("ec2:CreateLaunchTemplate",),
    "networks and security groups": ("ec2:CreateVpc", "ec2:CreateSubnet", "ec2:CreateSecurityGroup"),
    "databases and tables of Glue": ("glue:CreateDatabase", "glue:CreateTable"),
    "subscriptions and event buses": ("logs:PutSubscriptionFilter", "events:CreateEventBus", "sns:Subscribe"),
    "repositories": ("ecr:CreateRepository",),
    "tags": ("ec2:CreateTags",),
}
"""What costs nothing, or only with what it then has."""


def created(powers: Powers, table: Table, kinds: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The kinds that somebody can create, each with the actions that do it."""
    found = {
        kind: tuple(dict.fromkeys(power.action.name for power in powers.named(actions, table)))
        for kind, actions in kinds.items()
    }
    return {kind: actions for kind, actions in found.items() if actions}
