"""Whether StackSets may act in the accounts of an organization: somebody has to have allowed that once.

Source: CloudFormation API reference DescribeOrganizationsAccess, ActivateOrganizationsAccess.
"""

from collections.abc import Sequence

from bootstrap.core import commands
from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Obstacle
from bootstrap.core.query import Query
from bootstrap.errors import lines


def organization_obstacles(aws: Cloud, call_as: str) -> Sequence[Obstacle]:
    query = Query("cloudformation", "describe_organizations_access", {"CallAs": call_as}, ("InvalidOperationException",))
    answer = aws.read_if_allowed(query)
    if answer is None or answer["Status"] == "ENABLED":
        return ()
    if aws.account.endpoint:
        make = commands.bootstrap("sandbox", "start", flags=["--organization"])
        return [Obstacle("the sandbox has no organization", f"To create one, run: {make}")]
    activate = aws.account.aws("cloudformation", "activate-organizations-access")
    what = "StackSets may not act in an organization: trusted access is not activated, or this account is in none"
    advice = lines(
        f"An administrator of the organization's management account activates it with: {activate}",
        "Without an organization, name the accounts with --account, --admin-role and --execution-role.",
    )
    return [Obstacle(what, advice)]
