"""What AWS checks before it carries out a call that is about StackSets (see `authorization`)."""

import json
from collections.abc import Iterator

from bootstrap.sandbox.authorization.call import Call, region_of
from bootstrap.sandbox.authorization.check import NEW, Check, form_of, tags_of

MANAGEMENT = "999988887777"
"""The account that has the StackSets of a delegated administrator."""
OPERATIONS = {"UpdateStackSet", "CreateStackInstances", "UpdateStackInstances", "DeleteStackInstances"}
"""They are checked on what they change in each account, and on the types of the template, too."""


def stack_set_checks(call: Call, account: str) -> Iterator[Check]:
    form, action, region = form_of(call), f"cloudformation:{call.operation}", region_of(call)
    if form.get("CallAs") == "DELEGATED_ADMIN":
        if call.operation != "ListStackSets":  # without that permission the caller counts as none, and has no such list
            yield Check("organizations:ListDelegatedAdministrators", "*")
        account = MANAGEMENT
    here = f"arn:aws:cloudformation:{region}:{account}:"
    name, _, unique = form.get("StackSetName", "").partition(":")
    arn = f"{here}stackset/{name}:{unique or NEW}"
    tags = tuple((f"aws:RequestTag/{key}", value) for key, value in tags_of(form, "Tags.member.").items())
    if call.operation in ("CreateStackSet", "ListStackSets"):
        yield Check(action, "*", tags)
    elif call.operation in ("DescribeStackResources", "DescribeStacks"):
        yield Check(action, f"{here}stack/{form.get('StackName', NEW)}/{NEW}")
    else:
        yield Check(action, arn, tags)
    if tags:
        yield Check("cloudformation:TagResource", arn, tags)
    if call.operation in OPERATIONS:
        yield Check(action, f"{here}stackset-target/{name}:{unique or NEW}")
        yield Check(action, f"arn:aws:cloudformation:{region}::type/resource/AWS-IAM-Role")
    if role := form.get("AdministrationRoleARN"):
        yield Check("iam:PassRole", role, (("iam:PassedToService", "cloudformation.amazonaws.com"),))


def organization_checks(call: Call, account: str) -> Iterator[Check]:
    """In the account that has the organization: here, whoever asks."""
    asked, action = json.loads(call.body), f"organizations:{call.operation}"
    here = f"arn:aws:organizations::{account}:"
    if unit := asked.get("OrganizationalUnitId"):
        yield Check(action, f"{here}ou/o-{NEW}/{unit}")
    elif number := asked.get("AccountId"):
        yield Check(action, f"{here}account/o-{NEW}/{number}")
    elif parent := asked.get("ParentId"):
        yield Check(action, f"{here}{'root' if parent.startswith('r-') else 'ou'}/o-{NEW}/{parent}")
    else:
        yield Check(action, "*")
