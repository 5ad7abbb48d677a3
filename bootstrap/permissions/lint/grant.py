"""What one statement of an identity policy allows or denies."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bootstrap.permissions.lint.finding import DOMAINS, Finding, condition_keys, items
from bootstrap.permissions.wildcards import Patterns

_ALL_OF_A_TYPE = {"*", "*/*", "role/*", "user/*", "group/*", "policy/*", "function:*", "instance/*", "document/*"}
_ALL_OF_A_TYPE |= {"secret:*", "parameter/*", "key/*", "table/*", "stream/*", "log-group:*", "cluster:*", "dbuser:*/*"}
SAYS_ON_WHICH = re.compile(
    r"(?!aws:principaltag|sts:).*(tag/.*|tagkeys)|\w+:createaction"
    r"|ec2:(vpc|subnet|acceptervpc|requestervpc|parentsnapshot|parentvolume|instanceprofile|launchtemplate|keypairname"
    r"|placementgroup(name)?|(?!fisaction|availabilityzone|kmskey)\w+id)"
    r"|(s3|s3-outposts|s3express):(prefix|dataaccesspointarn)|s3:accessgrantscope|s3tables:(namespace|tablename)"
    r"|kms:(encryptioncontext:.*|requestalias|resourcealiases)|secretsmanager:(name|secretid)"
    r"|iam:(permissionsboundary|policyarn|roletemplatearn|awsservicename|organizationspolicyid)"
    r"|dynamodb:leadingkeys|redshift:(dbname|dbuser)|redshift-data:.*-owner-iam-userid|rds:(databasename|vpc)"
    r"|ecs:(cluster|task|service|container-instances|task-definition)|lambda:functionarn|aoss:(collection|index).*"
    r"|elasticbeanstalk:(inapplication|from.*)|elasticfilesystem:accesspointarn|cognito-identity:identitypoolarn"
    r"|cloudwatch:namespace|events:eventbusarn|logs:loggeneratingresourcearns|ses:fromaddress|connect:instanceid"
    r"|bedrock:(modelarn|inferenceprofilearn|promptrouterarn)|apigateway:request/restapiid|cloud9:environment(id|name)"
    r"|(code(star-)?connections):(fullrepositoryid|repositoryname)|servicediscovery:(namespace|service)(arn|name)"
    r"|route53:changeresourcerecordsetsnormalizedrecordnames|apprunner:servicearn|acm:domainnames"
)
"""Condition keys (lower case) that say on which resources, or which new ones. All others, also those that this list lacks,
say whose they are, or who asks, where, when, or how: what is on everything under them is still on everything."""


@dataclass(frozen=True)
class Grant:
    """One Allow statement, or one Deny; `where` is its path, with the name of its document."""

    statement: dict[str, Any]
    where: str

    def allows(self, action: str) -> bool:
        """Whether the statement is about the action, on whatever resources and conditions."""
        return bool(self._actions.meeting(action.lower())) is not ("NotAction" in self.statement)

    def allows_widely(self, action: str) -> bool:
        return self.is_unlimited and self.allows(action)

    @property
    def resources(self) -> list[str]:
        """The ARNs; a NotResource counts as everything."""
        return ["*"] if "NotResource" in self.statement else [arn for _, arn in items(self.statement, "Resource", "")]

    @property
    def is_about_everything(self) -> bool:
        """Whether it is about each resource of each type, always: what a Deny has to be to rule something out."""
        return "NotResource" not in self.statement and "*" in self.resources and not self.statement.get("Condition")

    @cached_property
    def is_wide(self) -> bool:
        """Whether it names all resources, or all of one type."""
        return any(
            arn == "*" or (arn.startswith("arn:") and arn.split(":", 5)[-1] in _ALL_OF_A_TYPE) for arn in self.resources
        )

    @cached_property
    def is_unlimited(self) -> bool:
        """Whether it is wide, and no condition limits the resources."""
        return self.is_wide and not any(SAYS_ON_WHICH.fullmatch(key.lower()) for _, key, _ in condition_keys(self.statement))

    def passes_to(self, services: Sequence[str]) -> bool:
        """Whether iam:PassedToService allows one of the services ("ec2")."""
        names = [f"{name}.{domain}" for name in services for domain in DOMAINS]
        return all(any(test.meeting(name) for name in names) for test in self._passed_to)

    def finding(self, code: str, text: str) -> Finding:
        sid = self.statement.get("Sid", "")
        return Finding("warning", code, self.where, text, sid if isinstance(sid, str) else "")

    @cached_property
    def _actions(self) -> Patterns:
        field = "NotAction" if "NotAction" in self.statement else "Action"
        return Patterns(pattern.lower() for _, pattern in items(self.statement, field, ""))

    @cached_property
    def _passed_to(self) -> list[Patterns]:
        return [
            Patterns(value.lower() for value in values)
            for operator, key, values in condition_keys(self.statement)
            if key.lower() == "iam:passedtoservice" and "not" not in operator.lower()
        ]
