"""Where moto 5.2 differs from AWS and our tool would notice: one function a difference, each with its reason.

They replace methods of moto's classes, so they hold in the sandbox's server and in tests with `mock_aws` alike.
"""

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import xmltodict
from moto.iam.access_control import IAMPolicy
from moto.iam.exceptions import DeleteConflictException, EntityAlreadyExists, NotFoundException
from moto.iam.models import IAMBackend
from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

Method = Callable[..., Any]


@functools.cache
def apply() -> None:
    """Corrects moto in this process; harmless when repeated."""
    _bucket_names_follow_the_rules()
    _new_buckets_have_the_defaults()
    _new_buckets_keep_their_tags()
    _loopback_counts_as_tls()
    _iam_names_ignore_case()
    _policies_in_use_stay()
    _a_role_that_is_not_in_a_profile_is_not_found()
    _deleted_buckets_take_their_tags_along()


def _bucket_names_follow_the_rules() -> None:
    """moto looks only at the length; a name that S3 refuses must not pass a rehearsal."""
    shape = re.compile(r"(?!.*\.\.)(?![0-9]+(\.[0-9]+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
    reserved_beginnings = ("xn--", "sthree-", "amzn-s3-demo-")
    reserved_endings = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

    def create_bucket(original: Method, backend: S3Backend, bucket_name: str, *others: Any, **named: Any) -> Any:
        reserved = bucket_name.startswith(reserved_beginnings) or bucket_name.endswith(reserved_endings)
        if reserved or not shape.fullmatch(bucket_name):
            raise InvalidBucketName
        return original(backend, bucket_name, *others, **named)

    _around(S3Backend, "create_bucket", create_bucket)


def _new_buckets_have_the_defaults() -> None:
    """On AWS a new bucket is private, encrypted and without ACLs; in moto it has none of the three settings.

    Without this, a plan shows differences here that nobody would see on AWS, and hides others.
    """

    def create_bucket(original: Method, *arguments: Any, **named: Any) -> Any:
        bucket = original(*arguments, **named)
        bucket.public_access_block = PublicAccessBlock(*["true"] * 4)
        algorithm = {"SSEAlgorithm": "AES256"}
        bucket.encryption = {"Rule": {"ApplyServerSideEncryptionByDefault": algorithm, "BucketKeyEnabled": "false"}}
        bucket.ownership_rule = "BucketOwnerEnforced"
        return bucket

    _around(S3Backend, "create_bucket", create_bucket)


def _new_buckets_keep_their_tags() -> None:
    """moto drops the tags of CreateBucket, and those are what tells our bucket from a stranger's after a crash."""

    def put_bucket(original: Method, response: S3Response, request: Any, bucket_name: str, *others: Any) -> Any:
        existed = bucket_name in response.backend.buckets  # in us-east-1, creating one's own bucket again succeeds
        answer = original(response, request, bucket_name, *others)
        if not existed and bucket_name in response.backend.buckets and response.body:
            document = xmltodict.parse(response.body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
            tags = (document.get("Tags") or {}).get("Tag", [])
            response.backend.put_bucket_tagging(bucket_name, {tag["Key"]: tag["Value"] or "" for tag in tags})
        return answer

    _around(S3Response, "_bucket_response_put", put_bucket)


def _loopback_counts_as_tls() -> None:
    """moto ignores conditions, so a policy that denies plain HTTP denies everything. Here, loopback stands for TLS."""

    def get_permission(original: Method, bucket: FakeBucket, action: str, resource: str) -> Any:
        if bucket.policy is None:
            return original(bucket, action, resource)
        document = json.loads(bucket.policy)
        applicable = [statement for statement in _many(document["Statement"]) if not _is_for_plain_http(statement)]
        return IAMPolicy(json.dumps(document | {"Statement": applicable})).is_action_permitted(action, resource)

    _around(FakeBucket, "get_permission", get_permission)


def _is_for_plain_http(statement: dict[str, Any]) -> bool:
    # All conditions of a statement must hold, so this one alone keeps it from ever applying to a request over TLS.
    conditions = statement.get("Condition", {})
    return any(
        key.lower() == "aws:securetransport" and [str(value).lower() for value in _many(values)] == ["false"]
        for operator in ("Bool", "BoolIfExists")
        for key, values in conditions.get(operator, {}).items()
    )


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

    _around(IAMBackend, method, create)


def _policies_in_use_stay() -> None:
    """moto deletes an attached policy, and the role that holds it can then be neither detached from it nor deleted."""

    def delete_policy(original: Method, iam: IAMBackend, policy_arn: str) -> Any:
        holders: list[Any] = [*iam.roles.values(), *iam.users.values(), *iam.groups.values()]
        if any(policy_arn in holder.managed_policies for holder in holders):
            raise DeleteConflictException("Cannot delete a policy attached to entities.")
        if len(iam.get_policy(policy_arn).versions) > 1:
            raise DeleteConflictException("This policy has more than one version; delete the others first.")
        return original(iam, policy_arn)

    _around(IAMBackend, "delete_policy", delete_policy)


def _a_role_that_is_not_in_a_profile_is_not_found() -> None:
    """moto breaks down with a 500 where a profile does not hold the role that is taken out of it."""

    def remove_role(original: Method, iam: IAMBackend, profile_name: str, role_name: str) -> Any:
        if iam.get_role(role_name) not in iam.get_instance_profile(profile_name).roles:
            raise NotFoundException(f"The role {role_name} is not in the instance profile {profile_name}.")
        return original(iam, profile_name, role_name)

    _around(IAMBackend, "remove_role_from_instance_profile", remove_role)


def _deleted_buckets_take_their_tags_along() -> None:
    """moto gives the tags of a deleted bucket, and so its owner, to the next one of that name."""

    def delete_bucket(original: Method, backend: S3Backend, bucket_name: str) -> Any:
        arn = backend.head_bucket(bucket_name).arn
        deleted = original(backend, bucket_name)
        if deleted:
            backend.tagger.delete_all_tags_for_resource(arn)
        return deleted

    _around(S3Backend, "delete_bucket", delete_bucket)


def _around(owner: type, name: str, replacement: Callable[..., Any]) -> None:
    """Makes `replacement` the method. Its first argument is the method as it was before."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def method(*arguments: Any, **named: Any) -> Any:
        return replacement(original, *arguments, **named)

    setattr(owner, name, method)


def _many(one_or_many: Any) -> list[Any]:
    return one_or_many if isinstance(one_or_many, list) else [one_or_many]
