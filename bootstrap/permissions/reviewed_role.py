"""A role with all that it grants, as a reviewer sees it. Pure."""

from dataclasses import dataclass

from bootstrap.permissions.access import ServiceAccess
from bootstrap.permissions.managed_policies import ManagedPolicy
from bootstrap.permissions.role_grants import AttachedPolicy, RoleGrants


@dataclass(frozen=True)
class ReviewedPolicy:
    """A managed policy of a role; `published` is what AWS says that it contains, for a policy of AWS."""

    attached: AttachedPolicy
    published: ManagedPolicy | None


@dataclass(frozen=True)
class ReviewedRole:
    """A role with all that it grants, and what that comes to, by service."""

    grants: RoleGrants
    policies: tuple[ReviewedPolicy, ...]
    access: tuple[ServiceAccess, ...]
