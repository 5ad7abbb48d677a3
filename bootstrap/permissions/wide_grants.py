"""What is dangerous if it is allowed on every resource: rules over actions and resources, whoever the vendor is. Pure.

Sources: Service authorization reference, for the actions and their levels; IAM user guide, on attribute-based access control
(introduction_attribute-based-access-control); AWSEC2SpotServiceRolePolicy; the API references: Athena StartSession and
UpdateWorkGroup (a workgroup has an execution role and a place for results), Batch SubmitJob and CodeBuild StartBuild
(commands may be overridden), CloudFormation DescribeStacks and UpdateStack (a stack keeps its role), Glue GetConnection,
EC2 GetPasswordData.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bootstrap.core.deviation import Risk
from bootstrap.permissions.actions import Table
from bootstrap.permissions.lint.data_reads import READS
from bootstrap.permissions.lint.grant import SAYS_NOT_ON_WHICH
from bootstrap.permissions.powers import Power, Powers

SETTINGS: Mapping[str, str] = {
    "cloudformation:GetTemplate": "templates of stacks",
    "cloudformation:GetTemplateSummary": "templates of stacks",
    "cloudformation:DescribeStacks": "parameters of stacks",
    "cloudformation:DescribeChangeSet": "parameters of stacks",
    "ec2:DescribeInstanceAttribute": "user data of machines",
    "ec2:DescribeLaunchTemplateVersions": "user data of machines",
    "autoscaling:DescribeLaunchConfigurations": "user data of machines",
    "ec2:GetConsoleOutput": "console output of machines",
    "ec2:GetConsoleScreenshot": "console output of machines",
    "ec2:GetPasswordData": "encrypted administrator passwords of Windows machines",
    "lambda:GetFunction": "environment variables of functions",
    "lambda:GetFunctionConfiguration": "environment variables of functions",
    "lambda:ListFunctions": "environment variables of functions",
    "lambda:ListVersionsByFunction": "environment variables of functions",
    "ecs:DescribeTaskDefinition": "environment variables of containers",
    "batch:DescribeJobDefinitions": "environment variables of jobs",
    "batch:DescribeJobs": "environment variables of jobs",
    "codebuild:BatchGetProjects": "environment variables of builds",
    "codebuild:BatchGetBuilds": "environment variables of builds",
    "elasticbeanstalk:DescribeConfigurationSettings": "environment variables of applications",
    "apprunner:DescribeService": "environment variables of applications",
    "amplify:GetApp": "environment variables of applications",
    "glue:GetConnection": "passwords in connections of Glue",
    "glue:GetConnections": "passwords in connections of Glue",
    "glue:GetJob": "arguments of Glue's jobs",
    "glue:GetJobs": "arguments of Glue's jobs",
    "ssm:GetDocument": "documents of Systems Manager",
}
"""What shows settings into which people write passwords and keys, and which these are."""
THROUGH: Mapping[str, str] = {
    "athena:StartSession": "Spark workgroups of Athena",
    "athena:StartCalculationExecution": "Spark workgroups of Athena",
    "athena:CreatePresignedNotebookUrl": "Spark workgroups of Athena",
    "batch:SubmitJob": "job definitions of Batch",
    "codebuild:StartBuild": "build projects",
    "codebuild:StartBuildBatch": "build projects",
    "cloudformation:UpdateStack": "stacks",
    "cloudformation:ExecuteChangeSet": "stacks",
    "ecs:ExecuteCommand": "containers",
    "elasticmapreduce:AddJobFlowSteps": "clusters of EMR",
    "glue:RunStatement": "sessions of Glue",
    "sagemaker:CreatePresignedNotebookInstanceUrl": "notebooks of SageMaker",
    "sagemaker:CreatePresignedDomainUrl": "notebooks of SageMaker",
    "ec2-instance-connect:SendSSHPublicKey": "machines",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey": "machines",
}
"""What runs code of the caller's with a role that somebody else gave, and where. The linter knows the strongest of these:
lambda:UpdateFunctionCode, ssm:SendCommand, ssm:StartSession."""
_ELSEWHERE: Mapping[str, str] = {
    "athena:UpdateWorkGroup": "results of queries",
    "logs:PutSubscriptionFilter": "logs",
    "logs:CreateExportTask": "logs",
    "firehose:UpdateDestination": "streams of Firehose",
    "events:PutTargets": "events",
    "sns:Subscribe": "messages",
    "s3:PutBucketNotification": "names of new objects",
    "s3:PutBucketLogging": "access logs of buckets",
    "s3:PutInventoryConfiguration": "lists of objects",
    "s3:PutReplicationConfiguration": "objects",
    "cloudwatch:PutMetricStream": "metrics",
    "dynamodb:EnableKinesisStreamingDestination": "changes of tables",
    "ec2:CreateTrafficMirrorSession": "network traffic",
    "route53:ChangeResourceRecordSets": "traffic to names",
}
_OPENS: Mapping[str, str] = {
    "ec2:AuthorizeSecurityGroup*": "security groups",
    "ec2:ModifySecurityGroupRules": "security groups",
    "ec2:CreateNetworkAclEntry": "network ACLs",
    "ec2:ReplaceNetworkAcl*": "network ACLs",
    "ec2:CreateRoute": "routes",
    "ec2:ReplaceRoute*": "routes",
    "ec2:AttachInternetGateway": "gateways",
    "ec2:CreateVpcPeeringConnection": "peerings",
    "ec2:AcceptVpcPeeringConnection": "peerings",
    "ec2:ModifyVpcBlockPublicAccess*": "the block of public access",
}
_SHARES: Mapping[str, str] = {
    "ec2:ModifySnapshotAttribute": "snapshots",
    "ec2:ModifyImageAttribute": "images",
    "rds:ModifyDB*SnapshotAttribute": "snapshots of databases",
    "redshift:AuthorizeSnapshotAccess": "snapshots of databases",
    "ram:CreateResourceShare": "resources",
}
_CONTENT = {action: what for action, what in READS.items() if action != "lakeformation:GetDataAccess"}
"""What Lake Formation gives is a danger of its own."""
LAUNCHES = ("ec2:RequestSpotInstances", "ec2:RequestSpotFleet", "ec2:CreateFleet")
"""What starts machines without ec2:RunInstances: AWS then calls that with a role of its own."""


@dataclass(frozen=True)
class Rule:
    """`says` goes on from "can"; `{what}` stands for what the allowed `actions` reach."""

    code: str
    risk: Risk
    says: str
    actions: Mapping[str, str]


RULES: tuple[Rule, ...] = (
    Rule("code-of-others", "high", "run code with the roles that others gave to {what}", THROUGH),
    Rule("sharing", "high", "give {what} to other accounts", _SHARES),
    Rule("settings", "medium", "read {what}, where passwords and keys may stand", SETTINGS),
    Rule("content", "medium", "read the content of all {what}", _CONTENT),
    Rule("elsewhere", "medium", "send data of others to a place of its own choice: {what}", _ELSEWHERE),
    Rule("network", "medium", "open networks of others: {what}", _OPENS),
)
_TAGS = Rule("tags", "medium", "change the tags of everything in {what}, also those by which other policies give access", {})
_POLICIES = Rule("policies", "high", "change who may use everything in {what}", {})


def reaches_all(power: Power) -> bool:
    """Whether it is allowed on every resource, or on all of a type, and no condition says on which."""
    types = {pattern.split(":", 5)[5].replace("%", "*") for pattern in power.action.arns} | {"*"}
    wide = power.everywhere or any(arn.startswith("arn:") and arn.split(":", 5)[-1] in types for arn in power.resources)
    return wide and all(SAYS_NOT_ON_WHICH.fullmatch(key) for key in power.limits)


def wide_grants(powers: Powers, table: Table) -> Iterator[tuple[Rule, str, list[Power], str]]:
    """Each rule with the statement that allows what it is about, and with what that reaches."""
    for rule in RULES:
        what = {each.name: words for pattern, words in rule.actions.items() for each in table.matching(pattern)}
        yield from _by_statement(rule, powers, what)
    by_level = {each.action for found in powers.found.values() for each in found if each.action.level in "tp"}
    named = sorted(by_level, key=lambda each: each.name)
    services = {each.name: each.name.partition(":")[0] for each in named}
    yield from _by_statement(_TAGS, powers, {each.name: services[each.name] for each in named if each.level == "t"})
    yield from _by_statement(
        _POLICIES,
        powers,
        {each.name: services[each.name] for each in named if each.level == "p" and not _is_left_out(each.name)},
    )


def other_launches(powers: Powers) -> list[Power]:
    """What starts machines without the conditions that each statement about ec2:RunInstances has."""
    launches = powers.found.get("ec2:RunInstances", ())
    if not launches or any(power.everywhere and not power.limits for power in launches):
        return []
    return [power for name in LAUNCHES for power in powers.found.get(name, ()) if reaches_all(power)]


def _is_left_out(action: str) -> bool:
    """IAM, about which the linter says more, and what only reads by its name, as AWS's levels are wrong there."""
    return action.startswith(("iam:", "sts:")) or action.partition(":")[2].startswith(("List", "Get", "Describe"))


def _by_statement(rule: Rule, powers: Powers, what: Mapping[str, str]) -> Iterator[tuple[Rule, str, list[Power], str]]:
    found: dict[str, list[Power]] = {}
    for name in what:
        for power in powers.found.get(name, ()):
            if reaches_all(power):
                found.setdefault(power.where, []).append(power)
    for where, several in found.items():
        yield rule, where, several, _joined(dict.fromkeys(what[power.action.name] for power in several))


def _joined(words: Iterable[str]) -> str:
    """With what several things have in common said once: parameters of stacks, environment variables of jobs and builds."""
    groups: dict[str, list[str]] = {}
    for each in words:
        what, of, whose = each.partition(" of ")
        groups.setdefault(what + of, []).append(whose)
    return _listed([f"{what}{_listed(whose)}" for what, whose in groups.items()])


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    comma = "," if any("," in each for each in words) else ""
    return f"{', '.join(first)}{comma} and {last}" if first else last
