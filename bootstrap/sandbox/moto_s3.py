"""Where moto's S3 lets pass what AWS does not, in what a state in a bucket relies on (see `moto_corrections.py`).

Conditional writes and deletes, versions and default encryption are as on AWS.
"""

from typing import Any

from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

from bootstrap.sandbox.around import Method, around


def apply() -> None:
    """Corrects moto in this process; called once, by `moto_corrections.apply`."""
    _buckets_of_another_owner_than_expected_are_refused()


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
