"""What a review rules out by the actions alone: claims, each with the actions of AWS that break it. Pure.

Source: the Service authorization reference, for the actions, their levels and what they do.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from bootstrap.permissions.actions import IamAction, Table
from bootstrap.permissions.disclosures import CONTENT, KEYS, PEOPLE, SETTINGS
from bootstrap.permissions.lint.data_reads import READS
from bootstrap.permissions.lint.escalation import ALONE, RUNS_CODE
from bootstrap.permissions.reach import OPENS, SENDS, SHARES, STARTS as STARTED, THROUGH, patterns_in
from bootstrap.permissions.telling_names import gives_content, gives_credentials

BORROWING = ("iam:PassRole", *(each for each in ALONE if not each.startswith(("iam:", "sts:"))), *patterns_in(THROUGH))
"""Actions with which one acts as a role, beside assuming it."""
ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoot")
STARTS = (
    *("ec2:RequestSpot*", "ec2:CreateFleet", "ec2:StartInstances", "autoscaling:CreateAutoScalingGroup"),
    *("autoscaling:UpdateAutoScalingGroup", "autoscaling:SetDesiredCapacity", "lambda:UpdateFunctionCode"),
    *patterns_in(STARTED),
    *("elasticmapreduce:RunJobFlow", "sagemaker:Create*Job"),
    *("ssm:SendCommand", "ssm:StartSession", *patterns_in(THROUGH)),
)
"""What runs code beside `RUNS_CODE`, with a role that is there already or without one."""
SECRETS = ("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue")
NETWORK = (
    *patterns_in(OPENS),
    *("ec2:CreateInternetGateway", "ec2:*NetworkAclEntry", "ec2:CreateNatGateway", "ec2:CreateVpcEndpoint"),
    *("ec2:ModifyInstanceAttribute", "ec2:CreateTransitGateway*", "ec2:CreateVpnConnection", "ec2:CreateClientVpnEndpoint"),
)
SHARING = (
    *patterns_in(SHARES),
    *("ebs:GetSnapshotBlock", "rds:StartExportTask", "ec2:ExportImage"),
    *("ec2:CreateInstanceExportTask", "ec2:CreateStoreImageTask", "ec2:CopySnapshot", "ec2:CopyImage"),
    *("ec2:AttachVolume", "rds:CopyDB*Snapshot", "rds:RestoreDB*FromSnapshot"),
)
STORED = (
    *("redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement", "redshift:GetClusterCredentials*"),
    *("redshift:GetIdentityCenterAuthToken", "redshift-serverless:GetCredentials", "dsql:DbConnect*"),
    *("redshift-serverless:GetIdentityCenterAuthToken", "dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan"),
    *("elasticache:Connect", "memorydb:Connect", "qldb:SendCommand", "qldb:GetRevision", "qldb:GetBlock"),
    *("es:ESHttp*", "aoss:APIAccessAll", "neptune-graph:ReadDataViaQuery", "neptune-graph:StartExportTask"),
    *("neptune-db:connect", "neptune-db:GetStreamRecords", "s3vectors:GetVectors", "s3vectors:QueryVectors"),
    *("kinesisvideo:GetMedia*", "kinesisvideo:GetClip", "kinesisvideo:GetImages", "kinesisvideo:Get*StreamingSessionURL"),
    *("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
)
"""Content of databases, streams and images beside what the dangers are about: a way in to them, or an answer."""
VENDED = ("lakeformation:GetDataAccess", "s3:GetDataAccess")
"""Actions that give credentials for objects which no policy of the role names."""
_ELSEWHERE_CLAIMED = ("s3", "secretsmanager", "ssm", "kms", "ebs", "lakeformation")
"""Services whose content has a claim of its own."""
WATCHING = (
    *("cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:SetAlarmState", "cloudwatch:PutMetricAlarm"),
    *("cloudwatch:PutCompositeAlarm", "cloudwatch:DeleteAnomalyDetector", "logs:DeleteLogGroup", "logs:DeleteLogStream"),
    *("logs:PutRetentionPolicy", "logs:DeleteMetricFilter", "logs:DeleteSubscriptionFilter", "events:DisableRule"),
    *("events:DeleteRule", "events:PutRule", "events:RemoveTargets", "events:PutTargets", "ec2:DeleteFlowLogs"),
    *("logs:PutSubscriptionFilter", "logs:PutMetricFilter", "logs:DeleteDestination", "sns:Unsubscribe"),
    *("cloudwatch:StopMetricStreams", "cloudwatch:DeleteMetricStream"),
)
"""What somebody could do to go unnoticed. What replaces a filter or a target cuts what it fed before."""
FEEDS = ("s3:PutBucketNotification", "s3:PutBucketLogging", "s3:PutInventoryConfiguration")
"""The same in buckets, whose settings are a claim of their own: each of these replaces all that was there."""
AUDIT = ("cloudtrail", "config", "guardduty", "securityhub", "access-analyzer")
ORGANIZATION = ("organizations", "account", "billing", "sso", "identitystore")
LOSES = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutLifecycleConfiguration")
DELETES = (*LOSES, "s3:DeleteBucket")
BUCKET = "arn:*:s3:::%"
"""The ARN of a bucket in AWS's table of actions."""
KEY_USES = (
    *("kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:GenerateMac", "kms:Sign", "kms:Verify*"),
    *("kms:DeriveSharedSecret", "kms:Encapsulate", "kms:Decapsulate"),
)
"""What uses a KMS key and leaves it as it is."""
PUBLIC = ("s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketAcl", "s3:PutObjectAcl")
"""What makes a bucket or an object public, the worst first."""
GLOBAL = (
    *("iam", "sts", "s3", "cloudfront", "route53", "organizations", "account", "billing", "ce", "budgets", "pricing", "tax"),
    *("support", "trustedadvisor", "globalaccelerator", "shield", "health", "cur", "payments", "freetier", "artifact"),
)
"""Services whose actions no region limits, or that are about resources with a region of their own (S3)."""
REGION_KEYS = frozenset(("aws:requestedregion", "ec2:region"))
NETWORK_KEYS = frozenset(("ec2:vpc", "ec2:subnet", "ec2:vpcid", "ec2:subnetid"))
SUBNETS = "arn:*:ec2:*:*:subnet/*"
"""The ARN of a subnet in AWS's table of actions."""
_DELETING = ("delete", "batchdelete", "terminate", "purge", "destroy")


@dataclass(frozen=True)
class Claim:
    """`text` goes on from "cannot". What breaks it are `actions`, and what a `test` finds of what is granted: AWS's table is
    not searched for that, as it takes a while."""

    code: str
    text: str
    actions: Callable[[Table], Iterable[IamAction]] = lambda _: ()
    test: Callable[[IamAction], bool] | None = None

    def broken_by(self, granted: Iterable[IamAction], table: Table) -> list[IamAction]:
        return [*self.actions(table), *(filter(self.test, granted) if self.test else ())]


def deletes(action: IamAction) -> bool:
    """Whether it deletes something, by its name: more than a tag."""
    return action.name in DELETES or (action.level in "wp" and action.name.partition(":")[2].lower().startswith(_DELETING))


def _levels(service: str, letters: str, but: Collection[str] = ()) -> Callable[[Table], Iterable[IamAction]]:
    def actions(table: Table) -> Iterable[IamAction]:
        return [each for each in table.matching(f"{service}:*") if each.level in letters and each.name not in but]

    return actions


def _these(patterns: Iterable[str]) -> Callable[[Table], Iterable[IamAction]]:
    wanted = tuple(patterns)
    return lambda table: [each for pattern in wanted for each in table.matching(pattern)]


def _changes_of(services: Iterable[str]) -> Callable[[Table], Iterable[IamAction]]:
    return lambda table: [each for service in services for each in _levels(service, "wtp")(table)]


def _keys(table: Table) -> Iterable[IamAction]:
    uses = {each.name for each in _these(KEY_USES)(table)}
    return [each for each in _levels("kms", "wtp")(table) if each.name not in (*uses, "kms:GenerateRandom")]


def _lets_others_in(action: IamAction) -> bool:
    """Beside roles, buckets and keys, about which there are other claims."""
    service, _, word = action.name.partition(":")
    of_others = service not in ("iam", "sts", "s3", "kms", *AUDIT, *ORGANIZATION)
    return action.level == "p" and of_others and not word.startswith(("List", "Get", "Describe"))


def _buckets(table: Table) -> Iterable[IamAction]:
    """The deletion first. Who may use a bucket is another claim, and so is what lets its objects expire."""
    changes = [each for each in _levels("s3", "w", LOSES)(table) if BUCKET in each.arns]
    return sorted(changes, key=lambda each: each.name != "s3:DeleteBucket")


CLAIMS: tuple[Claim, ...] = (
    Claim("pass-role", "pass a role to a service of AWS", _these(("iam:PassRole",))),
    Claim(
        "iam-write",
        "create, change or delete users, roles, policies or keys in IAM",
        _levels("iam", "wtp", ("iam:PassRole",)),
    ),
    Claim("run-code", "start machines or run code directly", _these((*(action for action, _ in RUNS_CODE), *STARTS))),
    Claim("use-keys", "use KMS keys: encrypt, decrypt or sign with them", _these(KEY_USES)),
    Claim("change-keys", "create, change, disable or delete KMS keys, or let others use them (policies, grants)", _keys),
    Claim("secrets", "read secrets of Secrets Manager", _these(SECRETS)),
    Claim("parameters", "read parameters of Systems Manager", _these(("ssm:GetParameter*",))),
    Claim(
        "settings",
        "read credentials and keys, or settings that may have secrets: templates, user data and console output of machines, "
        "functions, containers",
        _these(patterns_in(KEYS, SETTINGS)),
        lambda action: gives_credentials(action.name),
    ),
    Claim(
        "content",
        "read rows of databases, messages, streams, logs, code or mail",
        _these(
            (*patterns_in(CONTENT), *STORED, *(each for each in READS if each.partition(":")[0] not in _ELSEWHERE_CLAIMED))
        ),
        lambda action: gives_content(action.name),
    ),
    Claim("people", "read names and addresses of people: users, subscribers, recipients", _these(patterns_in(PEOPLE))),
    Claim(
        "sends",
        "send messages, mail, events or records in the account's name, which may also start functions",
        _these(patterns_in(SENDS)),
    ),
    Claim("delete-data", "delete objects in S3, or let them expire", _these(LOSES)),
    Claim("buckets", "create or delete buckets, or change their settings: encryption, versioning, replication", _buckets),
    Claim(
        "bucket-policies",
        "make a bucket or object public, or change who may use it",
        lambda table: [*_these(PUBLIC)(table), *_levels("s3", "p", PUBLIC)(table)],
    ),
    Claim(
        "other-policies",
        "let others use queues, topics, functions, streams, images or other resources, by their policies or permissions",
        test=_lets_others_in,
    ),
    Claim(
        "network",
        "open the network: security groups, routes, gateways, peerings, endpoints, public addresses",
        _these(NETWORK),
    ),
    Claim("sharing", "attach, copy or share volumes, snapshots or images (EC2, RDS, Redshift)", _these(SHARING)),
    Claim("audit", "change CloudTrail, Config, GuardDuty, Security Hub or Access Analyzer", _changes_of(AUDIT)),
    Claim("watching", "change or delete alarms, logs, rules of EventBridge, or where they go", _these(WATCHING)),
    Claim("organization", "change the organization, the account, billing or single sign-on", _changes_of(ORGANIZATION)),
)
