"""What each code of a finding stands for, for programs that show findings by rule."""

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "action": "An action that IAM does not have, or that has no effect where it is",
    "administrator": "Every action on every resource is allowed",
    "arn": "An ARN that matches nothing, or not what it seems to",
    "boundary": "A permissions boundary blocks what the policies allow, or could not be read",
    "character": "A character that IAM does not accept",
    "condition": "A condition that IAM does not accept or that is never met",
    "condition-key": "A condition key that the action does not have",
    "condition-value": "A condition value that does not match what it seems to",
    "dead-principal": "A principal that was deleted",
    "element": "An element of a policy that is missing, misspelled or there twice",
    "empty": "A policy without a statement",
    "escalation": "Permissions with which their holder can gain others",
    "external-id": "Another account is trusted without an external id, or with one that is no secret",
    "federated": "A federated principal without a condition on who signs in",
    "not-named": "An Allow for all that is not named",
    "placeholder": "A placeholder that is not filled in",
    "principal": "A principal that IAM does not accept or that admits nobody",
    "resource-mismatch": "A resource that none of the actions takes",
    "service-linked-role": "Service-linked roles of any service can be created",
    "size": "A policy that is too long",
    "tag-condition": "A condition on a tag that its holder can set",
    "too-large": "A document that is too long to be checked",
    "variable": "A policy variable that is not closed",
    "version": "A policy with an old version, or none",
    "whole-account": "Everybody in an account is trusted",
    "wide-resource": "A change is allowed on every resource",
    "wildcard-principal": "Everybody is admitted",
}
