"""Where moto's S3 lets pass what AWS does not, in what a state in a bucket relies on (see `moto_corrections.py`).

Conditional writes and deletes, versions and default encryption are as on AWS.
"""

from typing import Any

from moto.s3.exceptions import InvalidBucketState, S3AccessDeniedError, S3ClientError
from moto.s3.models import OWNER, S3Backend, s3_backends
from moto.s3.responses import S3Response

from bootstrap.sandbox.around import Method, around


def apply() -> None:
    """Corrects moto in this process; called once, by `moto_corrections.apply`."""
    _buckets_of_another_owner_than_expected_are_refused()
    _versions_that_something_needs_stay_on()
    _acls_stay_on_while_they_give_others_access()


def _buckets_of_another_owner_than_expected_are_refused() -> None:
    """moto ignores the header, and a run that expects the wrong account would pass a rehearsal."""

    def answer(original: Method, response: S3Response, request: Any, full_url: str) -> Any:
        expected = response.headers.get("x-amz-expected-bucket-owner")
        bucket = response.parse_bucket_name_from_url(request, full_url)
        owner = s3_backends.bucket_accounts.get(bucket)
        if expected and owner and owner[1] != expected:
            raise S3AccessDeniedError
        return original(response, request, full_url)

    for name in ("_bucket_response", "_key_response"):
        around(S3Response, name, answer)


def _versions_that_something_needs_stay_on() -> None:
    """Source: S3 API reference PutBucketVersioning; S3 user guide object-lock-managing, replication-requirements."""

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

    around(S3Backend, "put_bucket_versioning", put)


def _acls_stay_on_while_they_give_others_access() -> None:
    """Source: S3 user guide object-ownership-error-responses."""

    def put(original: Method, backend: Any, bucket_name: str, ownership: Any) -> Any:
        acl = backend.get_bucket(bucket_name).acl
        others = [who for grant in (acl.grants if acl else ()) for who in grant.grantees if who.id != OWNER]
        if others and "BucketOwnerEnforced" in str(ownership):
            text = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            raise S3ClientError("InvalidBucketAclWithObjectOwnership", text)
        return original(backend, bucket_name, ownership)

    around(S3Backend, "put_bucket_ownership_controls", put)
