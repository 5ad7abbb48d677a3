"""Where moto's IAM lets pass what AWS refuses (see `sandbox/moto/corrections.py`).

Limits and their words: IAM user guide reference_iam-quotas; IAM API reference CreateRole, PutRolePolicy, AttachRolePolicy.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.iam.exceptions import (
    DeleteConflictException,
    EntityAlreadyExists,
    IAMException,
    LimitExceededException,
    MalformedPolicyDocument,
    NotFoundException,
    ValidationError,
)
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.iam.policy_validation import BaseIAMPolicyValidator

from bootstrap.sandbox.moto.patching import Method, wrap_method

Arguments = Mapping[str, Any]
Check = Callable[[IAMBackend, Arguments], None]

MOST_ATTACHED = 10
INLINE_SUM, MANAGED, TRUST = 10_240, 6_144, 2_048


class _Unmodifiable(IAMException):
    code = "UnmodifiableEntity"


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _iam_names_ignore_case()
    _policies_in_use_stay()
    _a_role_that_is_not_in_a_profile_is_not_found()
    _an_attachment_counts_once()
    _old_policy_versions_are_accepted()
    for method, check in REFUSALS:
        _first(method, check)


def _iam_names_ignore_case() -> None:
    """moto accepts Role when role exists; AWS refuses it, whatever their paths."""
    _names_are_unique("create_role", "role_name", lambda iam: iam.roles.values())
    _names_are_unique("create_instance_profile", "name", lambda iam: iam.instance_profiles.values())
    _names_are_unique(
        "create_policy", "policy_name", lambda iam: set(iam.managed_policies.values()) - set(iam.aws_managed_policies)
    )


def _names_are_unique(method: str, parameter: str, entities: Callable[[IAMBackend], Iterable[Any]]) -> None:
    def check(iam: IAMBackend, arguments: Arguments) -> None:
        name = arguments[parameter]
        if name.lower() in {entity.name.lower() for entity in entities(iam)}:
            raise EntityAlreadyExists(f"{name} already exists; names are not distinguished by case.")

    _first(method, check)


def _first(method: str, check: Check) -> None:
    """`check` is called with the method's arguments by name, and may raise, before the method itself."""

    def checked(original: Method, iam: IAMBackend, *others: Any, **named: Any) -> Any:
        check(iam, inspect.signature(original).bind(iam, *others, **named).arguments)
        return original(iam, *others, **named)

    wrap_method(IAMBackend, method, checked)


def _policies_in_use_stay() -> None:
    """moto deletes an attached policy, after which its role can be neither detached nor deleted; AWS refuses that."""

    def delete_policy(original: Method, iam: IAMBackend, policy_arn: str) -> Any:
        holders: list[Any] = [*iam.roles.values(), *iam.users.values(), *iam.groups.values()]
        if any(policy_arn in holder.managed_policies for holder in holders):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(iam.get_policy(policy_arn).versions) > 1:
            raise DeleteConflictException("This policy has more than one version; delete the others first.")
        return original(iam, policy_arn)

    wrap_method(IAMBackend, "delete_policy", delete_policy)


def _a_role_that_is_not_in_a_profile_is_not_found() -> None:
    """moto answers 500 if the profile does not hold the role that is removed from it; AWS answers NoSuchEntity."""

    def remove_role(original: Method, iam: IAMBackend, profile_name: str, role_name: str) -> Any:
        if iam.get_role(role_name) not in iam.get_instance_profile(profile_name).roles:
            raise NotFoundException(f"The role {role_name} is not in the instance profile {profile_name}.")
        return original(iam, profile_name, role_name)

    wrap_method(IAMBackend, "remove_role_from_instance_profile", remove_role)


def _an_attachment_counts_once() -> None:
    """moto counts a repeated attachment twice; on AWS it changes nothing, as when the SDK repeats a call whose answer was
    lost."""

    def attach_to(original: Method, policy: ManagedPolicy, holder: Any) -> None:
        if policy.arn not in holder.managed_policies:
            original(policy, holder)

    wrap_method(ManagedPolicy, "attach_to", attach_to)


def _old_policy_versions_are_accepted() -> None:
    """moto refuses a policy without Version or of 2008-10-17; AWS takes it, and reads its variables as plain text."""
    wrap_method(BaseIAMPolicyValidator, "_validate_version", lambda original, validator: None)


# What AWS refuses before it does anything: (method of moto, check).


def _name(parameter: str, longest: int) -> Check:
    def check(iam: IAMBackend, arguments: Arguments) -> None:
        if not re.fullmatch(rf"[\w+=,.@-]{{1,{longest}}}", arguments[parameter], re.ASCII):
            raise ValidationError(f"1 validation error detected: Value at '{parameter}' failed to satisfy constraint")

    return check


def _session_duration(iam: IAMBackend, arguments: Arguments) -> None:
    if not 3600 <= int(arguments.get("max_session_duration") or 3600) <= 43200:
        raise ValidationError("1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint")


def _letters(parameter: str) -> Check:
    def check(iam: IAMBackend, arguments: Arguments) -> None:
        if not re.fullmatch(r"[\t\n\r\x20-\xff]*", arguments[parameter]):
            raise MalformedPolicyDocument("The policy document holds characters other than U+0020 to U+00FF.")

    return check


def _size(parameter: str, longest: int, message: str) -> Check:
    def check(iam: IAMBackend, arguments: Arguments) -> None:
        if _characters(arguments[parameter]) > longest:
            raise LimitExceededException(message)

    return check


def _inline_sum(iam: IAMBackend, arguments: Arguments) -> None:
    name, role = arguments["policy_name"], arguments["role_name"]
    policies = {**iam.get_role(role).policies, name: arguments["policy_json"]}
    if sum(map(_characters, policies.values())) > INLINE_SUM:
        raise LimitExceededException(f"Maximum policy size of {INLINE_SUM} bytes exceeded for role {role}")


def _attached_policies(iam: IAMBackend, arguments: Arguments) -> None:
    attached = iam.get_role(arguments["role_name"]).managed_policies
    if len(attached) >= MOST_ATTACHED and arguments["policy_arn"] not in attached:
        raise LimitExceededException(f"Cannot exceed quota for PoliciesPerRole: {MOST_ATTACHED}")


def _boundary(iam: IAMBackend, arguments: Arguments) -> None:
    arn = arguments["permissions_boundary"]
    # AWS's own policies are loaded on demand only, so their absence proves nothing.
    if arn and arn not in iam.managed_policies and (f"::{iam.account_id}:" in arn or iam.aws_managed_policies):
        raise NotFoundException(f"Scope ARN: {arn} does not exist or is not attachable.")


def _protected(iam: IAMBackend, arguments: Arguments) -> None:
    role = iam.get_role(arguments["role_name"])
    if role.path.startswith(("/aws-service-role/", "/aws-reserved/")):
        raise _Unmodifiable(f"Cannot perform the operation on the protected role '{role.name}'")


def _characters(document: str) -> int:
    """As IAM counts them: white space is free."""
    return len(re.sub(r"\s", "", document))


REFUSALS: tuple[tuple[str, Check], ...] = (
    ("create_role", _name("role_name", 64)),
    ("create_role", _session_duration),
    ("create_role", _boundary),
    ("create_role", _letters("assume_role_policy_document")),
    ("create_role", _size("assume_role_policy_document", TRUST, f"Cannot exceed quota for ACLSizePerRole: {TRUST}")),
    *(
        (method, _protected)
        for method in ("update_role", "attach_role_policy", "update_assume_role_policy", "put_role_policy")
    ),
    ("update_role", _session_duration),
    ("update_assume_role_policy", _letters("policy_document")),
    ("update_assume_role_policy", _size("policy_document", TRUST, f"Cannot exceed quota for ACLSizePerRole: {TRUST}")),
    ("put_role_permissions_boundary", _boundary),
    ("put_role_policy", _name("policy_name", 128)),
    ("put_role_policy", _letters("policy_json")),
    ("put_role_policy", _inline_sum),
    ("attach_role_policy", _attached_policies),
    ("create_instance_profile", _name("name", 128)),
    ("create_policy", _name("policy_name", 128)),
    ("create_policy", _letters("policy_document")),
    ("create_policy", _size("policy_document", MANAGED, f"Cannot exceed quota for PolicySize: {MANAGED}")),
    ("create_policy_version", _letters("policy_document")),
    ("create_policy_version", _size("policy_document", MANAGED, f"Cannot exceed quota for PolicySize: {MANAGED}")),
)
