"""Where moto's IAM lets pass what AWS refuses (see `moto_corrections.py`)."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from moto.iam.exceptions import DeleteConflictException, EntityAlreadyExists, NotFoundException
from moto.iam.models import IAMBackend

from bootstrap.sandbox.around import Method, around


def apply() -> None:
    """Corrects moto in this process; called once, by `moto_corrections.apply`."""
    _iam_names_ignore_case()
    _policies_in_use_stay()
    _a_role_that_is_not_in_a_profile_is_not_found()


def _iam_names_ignore_case() -> None:
    """AWS refuses Role when role exists, whatever their paths; a deployment that relies on moto's mercy fails there."""
    _names_are_unique("create_role", "role_name", lambda iam: iam.roles.values())
    _names_are_unique("create_instance_profile", "name", lambda iam: iam.instance_profiles.values())
    _names_are_unique(
        "create_policy", "policy_name", lambda iam: set(iam.managed_policies.values()) - set(iam.aws_managed_policies)
    )


def _names_are_unique(method: str, parameter: str, entities: Callable[[IAMBackend], Iterable[Any]]) -> None:
    def create(original: Method, iam: IAMBackend, *others: Any, **named: Any) -> Any:
        name = inspect.signature(original).bind(iam, *others, **named).arguments[parameter]
        if name.lower() in {entity.name.lower() for entity in entities(iam)}:
            raise EntityAlreadyExists(f"{name} already exists; names are not distinguished by case.")
        return original(iam, *others, **named)

    around(IAMBackend, method, create)


def _policies_in_use_stay() -> None:
    """moto deletes an attached policy, and the role that holds it can then be neither detached from it nor deleted."""

    def delete_policy(original: Method, iam: IAMBackend, policy_arn: str) -> Any:
        holders: list[Any] = [*iam.roles.values(), *iam.users.values(), *iam.groups.values()]
        if any(policy_arn in holder.managed_policies for holder in holders):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(iam.get_policy(policy_arn).versions) > 1:
            raise DeleteConflictException("This policy has more than one version; delete the others first.")
        return original(iam, policy_arn)

    around(IAMBackend, "delete_policy", delete_policy)


def _a_role_that_is_not_in_a_profile_is_not_found() -> None:
    """moto breaks down with a 500 where a profile does not hold the role that is taken out of it."""

    def remove_role(original: Method, iam: IAMBackend, profile_name: str, role_name: str) -> Any:
        if iam.get_role(role_name) not in iam.get_instance_profile(profile_name).roles:
            raise NotFoundException(f"The role {role_name} is not in the instance profile {profile_name}.")
        return original(iam, profile_name, role_name)

    around(IAMBackend, "remove_role_from_instance_profile", remove_role)
