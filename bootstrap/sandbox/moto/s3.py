"""Where moto's S3 lets pass what AWS does not, in what a state in a bucket, or the delete of one, relies on (see
`sandbox/moto/corrections.py`).

Conditional writes and deletes, versions, default encryption and Object Lock are as on AWS.
"""

import json
import re
from typing import Any

from moto.s3.exceptions import InvalidBucketState, S3AccessDeniedError, S3ClientError
from moto.s3.models import OWNER, S3Backend, s3_backends
from moto.s3.responses import S3Response
from moto.s3control.models import s3control_backends

from bootstrap.sandbox.moto.patching import Method, many, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _buckets_of_another_owner_than_expected_are_refused()
    _versions_that_something_needs_stay_on()
    _acls_stay_on_while_they_give_others_access()
    _policies_are_neither_too_long_nor_public()
    _access_points_keep_their_bucket()
    _mfa_delete_keeps_what_is_in_a_bucket()
    _retention_is_shown()
    _lifecycle_rules_have_one_form()
    _tags_of_buckets_with_abac_are_single()


def _buckets_of_another_owner_than_expected_are_refused() -> None:
    """moto ignores the header x-amz-expected-bucket-owner; S3 refuses another owner."""

    def answer(original: Method, response: S3Response, request: Any, full_url: str) -> Any:
        expected = response.headers.get("x-amz-expected-bucket-owner")
        bucket = response.parse_bucket_name_from_url(request, full_url)
        owner = s3_backends.bucket_accounts.get(bucket)
        if expected and owner and owner[1] != expected:
            raise S3AccessDeniedError
        return original(response, request, full_url)

    for name in ("_bucket_response", "_key_response"):
        wrap_method(S3Response, name, answer)


def _versions_that_something_needs_stay_on() -> None:
    """moto suspends versioning although Object Lock or replication needs it; S3 refuses that. Source: S3 API reference
    PutBucketVersioning; S3 user guide object-lock-managing, replication-requirements."""

    def put(original: Method, backend: Any, bucket_name: str, status: str) -> Any:
        bucket = backend.get_bucket(bucket_name)
        for needs, what in (
            (bucket.object_lock_enabled, "An Object Lock"),
            (getattr(bucket, "replication", None), "A replication"),
        ):
            if needs and status != "Enabled":
                versions = "so the versioning state cannot be changed."
                raise InvalidBucketState(f"{what} configuration is present on this bucket, {versions}")
        return original(backend, bucket_name, status)

    wrap_method(S3Backend, "put_bucket_versioning", put)


def _acls_stay_on_while_they_give_others_access() -> None:
    """moto turns ACLs off although they give others access; S3 refuses that. Source: S3 user guide
    object-ownership-error-responses."""

    def put(original: Method, backend: Any, bucket_name: str, ownership: Any) -> Any:
        acl = backend.get_bucket(bucket_name).acl
        others = [who for grant in (acl.grants if acl else ()) for who in grant.grantees if who.id != OWNER]
        if others and "BucketOwnerEnforced" in str(ownership):
            text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            raise S3ClientError("InvalidBucketAclWithObjectOwnership", text)
        return original(backend, bucket_name, ownership)

    wrap_method(S3Backend, "put_bucket_ownership_controls", put)


def _policies_are_neither_too_long_nor_public() -> None:
    """moto saves any policy of a bucket. S3 refuses one of more than 20 KB, and one for everybody where the bucket blocks
    public policies."""

    def put(original: Method, backend: S3Backend, bucket_name: str, policy: bytes) -> None:
        content = json.loads(policy)
        if len(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()) > 20_480:
            text = "Normalized policy document exceeds the maximum allowed size of 20480 bytes"
            raise S3ClientError("MalformedPolicy", text)
        block = backend.get_bucket(bucket_name).public_access_block
        if block and str(block.block_public_policy).lower() == "true" and any(map(_is_public, many(content["Statement"]))):
            raise S3AccessDeniedError
        original(backend, bucket_name, policy)

    wrap_method(S3Backend, "put_bucket_policy", put)


def _is_public(statement: dict[str, Any]) -> bool:
    """Whether it is certainly public: for everybody, under no condition."""
    everybody = statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return everybody and statement.get("Effect") == "Allow" and not statement.get("Condition")


def _access_points_keep_their_bucket() -> None:
    """moto deletes a bucket with its access points; S3 refuses that."""

    def delete_bucket(original: Method, backend: S3Backend, bucket_name: str) -> Any:
        points = s3control_backends[backend.account_id][backend.partition].access_points[backend.account_id]
        if any(point.bucket == bucket_name for point in points.values()):
            refusal = "Bucket has access points attached and cannot be deleted."
            raise S3ClientError("BucketHasAccessPointsAttached", refusal)
        return original(backend, bucket_name)

    wrap_method(S3Backend, "delete_bucket", delete_bucket)


def _mfa_delete_keeps_what_is_in_a_bucket() -> None:
    """moto forgets that a bucket asks for MFA before a version is deleted. S3 refuses who gives no MFA code, as everybody
    here."""

    def put(original: Method, response: S3Response, request: Any, bucket_name: str, querystring: Any) -> Any:
        answer = original(response, request, bucket_name, querystring)
        found = re.search(r"<MfaDelete>(\w+)</MfaDelete>", response.body.decode()) if "versioning" in querystring else None
        if found:
            vars(response.backend.get_bucket(bucket_name))["mfa_delete"] = found[1]
        return answer

    def get(original: Method, response: S3Response) -> Any:
        status, headers, body = original(response)
        mode = getattr(response.backend.get_bucket(response.bucket_name), "mfa_delete", "")
        return status, headers, body.replace("</Status>", f"</Status><MfaDelete>{mode}</MfaDelete>") if mode else body

    def delete(original: Method, backend: S3Backend, bucket_name: str, *others: Any, **named: Any) -> Any:
        if getattr(backend.get_bucket(bucket_name), "mfa_delete", "") == "Enabled" and named.get("version_id"):
            raise S3AccessDeniedError
        return original(backend, bucket_name, *others, **named)

    wrap_method(S3Response, "_bucket_response_put", put)
    wrap_method(S3Response, "get_bucket_versioning", get)
    wrap_method(S3Backend, "delete_object", delete)


def _retention_is_shown() -> None:
    """moto keeps what is locked, and answers GetObjectRetention with the object itself; S3 answers with the retention."""

    def get(original: Method, response: S3Response, query: dict[str, Any], key_name: str) -> Any:
        if "retention" not in query:
            return original(response, query, key_name)
        key, _ = response._get_key()
        if not key.lock_mode:
            raise S3ClientError(
                "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration"
            )
        content = f"<Mode>{key.lock_mode}</Mode><RetainUntilDate>{key.lock_until}</RetainUntilDate>"
        return 200, {"Content-Type": "application/xml"}, f"<Retention>{content}</Retention>"

    wrap_method(S3Response, "_key_response_get", get)


def _tags_of_buckets_with_abac_are_single() -> None:
    """moto has no attribute-based access control (ABAC). With it S3 takes no PutBucketTagging."""

    def put(original: Method, response: S3Response, request: Any, bucket_name: str, querystring: Any) -> Any:
        if "abac" in querystring:
            vars(response.backend.get_bucket(bucket_name))["abac"] = "<Status>Enabled<" in response.body.decode()
            return 200, {}, ""
        if "tagging" in querystring and getattr(response.backend.get_bucket(bucket_name), "abac", False):
            raise S3ClientError("InvalidRequest", "This operation is not supported for buckets with ABAC enabled.")
        return original(response, request, bucket_name, querystring)

    wrap_method(S3Response, "_bucket_response_put", put)


def _lifecycle_rules_have_one_form() -> None:
    """moto takes rules of both forms in one configuration, and forgets the smallest size of objects that move."""
    header, usual = "x-amz-transition-default-minimum-object-size", "all_storage_classes_128K"

    def put(original: Method, response: S3Response, request: Any, bucket_name: str, querystring: Any) -> Any:
        rules = response.body.decode().split("<Rule>")[1:] if "lifecycle" in querystring else []
        if len({"<Filter" in rule for rule in rules}) > 1:
            raise S3ClientError("InvalidRequest", "Filter element can only be used in Lifecycle V2.")
        answer = original(response, request, bucket_name, querystring)
        if rules:
            vars(response.backend.get_bucket(bucket_name))["smallest_that_moves"] = response.headers.get(header, usual)
        return answer

    def get(original: Method, response: S3Response) -> Any:
        status, headers, body = original(response)
        size = vars(response.backend.get_bucket(response.bucket_name)).get("smallest_that_moves", usual)
        return status, {**headers, header: size}, body

    wrap_method(S3Response, "_bucket_response_put", put)
    wrap_method(S3Response, "get_bucket_lifecycle", get)
