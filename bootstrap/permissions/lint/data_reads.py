"""Permissions to read the content of everything in an account: objects, secrets, rows, messages, log events.

By AWS's levels these are reads like those of names and settings, and some (kms:Decrypt, rds-data) are writes.
Sources: Service authorization reference, the descriptions of the actions; the API references, for what the answers have
(Athena GetQueryResults also needs s3:GetObject on the location of the results).
"""

from collections.abc import Callable, Iterator

from bootstrap.permissions.lint.finding import Finding
from bootstrap.permissions.lint.grant import Grant

READS: dict[str, str] = {
    "s3:GetObject": "objects",
    "s3:GetObjectVersion": "objects",
    "secretsmanager:GetSecretValue": "secrets",
    "secretsmanager:BatchGetSecretValue": "secrets",
    "ssm:GetParameter": "parameters",
    "ssm:GetParameters": "parameters",
    "ssm:GetParametersByPath": "parameters",
    "ssm:GetParameterHistory": "parameters",
    "kms:Decrypt": "encrypted data",
    "dynamodb:GetItem": "rows of DynamoDB",
    "dynamodb:BatchGetItem": "rows of DynamoDB",
    "dynamodb:Query": "rows of DynamoDB",
    "dynamodb:Scan": "rows of DynamoDB",
    "dynamodb:GetRecords": "rows of DynamoDB",
    "dynamodb:PartiQLSelect": "rows of DynamoDB",
    "rds-data:ExecuteStatement": "databases",
    "rds-data:BatchExecuteStatement": "databases",
    "rds-db:connect": "databases",
    "redshift-data:GetStatementResult": "databases",
    "athena:GetQueryResults": "results of queries whose objects in S3 it can read as well",
    "athena:GetQueryResultsStream": "results of queries whose objects in S3 it can read as well",
    "lakeformation:GetDataAccess": "data of Lake Formation",
    "kinesis:GetRecords": "streams",
    "kinesis:SubscribeToShard": "streams",
    "kafka-cluster:ReadData": "topics of Kafka",
    "sqs:ReceiveMessage": "messages",
    "logs:GetLogEvents": "logs",
    "logs:FilterLogEvents": "logs",
    "logs:GetLogRecord": "logs",
    "logs:GetQueryResults": "logs",
    "logs:StartLiveTail": "logs",
    "ses:GetArchiveSearchResults": "mail in archives of SES",
    "ses:GetArchiveMessage": "mail in archives of SES",
    "ses:GetArchiveMessageContent": "mail in archives of SES",
    "workmailmessageflow:GetRawMessageContent": "mail of WorkMail",
    "es:ESHttpGet": "documents of OpenSearch",
    "lambda:GetFunction": "code of functions",
    "ebs:GetSnapshotBlock": "disks",
    "cassandra:Select": "rows of Keyspaces",
    "timestream:Select": "rows of Timestream",
    "neptune-db:ReadDataViaQuery": "graphs of Neptune",
    "codecommit:GitPull": "repositories",
    "codecommit:GetFile": "repositories",
    "codecommit:GetBlob": "repositories",
}
"""Actions, and what they read the content of."""


def data_findings(grant: Grant, never: Callable[[str], bool]) -> Iterator[Finding]:
    """One finding for a statement that reads such content wherever it is. `never` are actions that another statement
    denies."""
    if not grant.is_unlimited:
        return
    if found := [action for action in READS if grant.allows(action) and not never(action)]:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        what = ", ".join(dict.fromkeys(READS[action] for action in found))
        text = f"{', '.join(found[:3])}{more} on every resource: its holder can read the content of all {what}"
        yield grant.finding("wide-read", text)
