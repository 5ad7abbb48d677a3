"""Actions that decide who else gets in: by the policy of a resource, by a permission on it, or by sharing it. Pure.

AWS's levels call many of these Write; the same action of another service is permissions management there. Source: Service
authorization reference, the descriptions of the actions; RAM user guide, what-is.
"""

import re

_BY_NAME = re.compile(
    r"(Put|Create|Update|Delete|Modify)\w*(Resource|Access|Permissions|Sharing|Cluster|Sink|Destination|Repository)"
    r"Policy(Statement)?"
    r"|(Add|Put|Set|Update|Delete|Remove|Create|Replace|Associate|Disassociate)\w*Permissions?(Version)?"
    r"|(Associate|Disassociate|Create|Update|Delete|Start|Accept|AcceptPortfolio)(\w*(Resource|Data|Lens|Profile|Template"
    r"|Workload|Framework|Portfolio|Grant))?Share(Permission|Consumer)?"
    r"|(Modify|Reset)\w*(Snapshot|Image)Attribute"
)
OTHERS = frozenset(
    (
        *("aiops:PutInvestigationGroupPolicy", "aiops:DeleteInvestigationGroupPolicy", "appmesh:PutMeshPolicy"),
        *("config:PutAggregationAuthorization", "dataexchange:CreateDataGrant", "datazone:CreateSubscriptionGrant"),
        *("ds:ShareDirectory", "ec2:ModifyVerifiedAccessEndpointPolicy", "ec2:ModifyVerifiedAccessGroupPolicy"),
        *("eks:CreateAccessEntry", "eks:UpdateAccessEntry", "eks:AssociateAccessPolicy", "es:AuthorizeVpcEndpointAccess"),
        *("license-manager:CreateGrant", "license-manager:CreateGrantVersion", "mediaconnect:GrantFlowEntitlements"),
        *("mediapackagev2:PutChannelPolicy", "mediapackagev2:PutOriginEndpointPolicy", "opsworks:GrantAccess"),
        *("organizations:CreatePolicy", "rekognition:PutProjectPolicy", "resource-groups:PutGroupPolicy"),
        *("route53:CreateVPCAssociationAuthorization", "route53profiles:PutProfilePolicy"),
        *("sagemaker:PutModelPackageGroupPolicy", "sagemaker:PutLineageGroupPolicy"),
        *("serverlessrepo:PutApplicationPolicy", "ssm-contacts:PutContactPolicy"),
        *("sso:CreateAccountAssignment", "sso:PutInlinePolicyToPermissionSet", "sso:CreateApplicationAssignment"),
        *("ram:AcceptResourceShareInvitation", "ram:PromoteResourceShareCreatedFromPolicy"),
        *("ram:PromotePermissionCreatedFromPolicy", "ram:SetDefaultPermissionVersion", "ram:ReplacePermissionAssociations"),
    )
)
_LIMITS_ONLY = re.compile(r"quicksight:\w*CustomPermissions?|\w+:(Create|Update|Delete)(Quota|File|\w*Revenue)Share")
"""What has such a name and lets nobody in."""


def lets_others_in(action: str) -> bool:
    """Whether it decides who else may use a resource, by the name of the action."""
    return action in OTHERS or bool(_BY_NAME.fullmatch(action.partition(":")[2]) and not _LIMITS_ONLY.fullmatch(action))
