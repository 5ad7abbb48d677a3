"""Documents that AWS replaces as a whole and others may also edit: read, changed and written back together.

Nothing else writes them, so a write always starts from what was just read. That matters most where bootstrap takes an
existing resource for a new one: in us-east-1, CreateBucket answers 200 for a bucket that exists.
Source: S3 API reference, CreateBucket and the Put operations below; IAM API reference, UpdateAssumeRolePolicy.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from bootstrap.aws.errors import ignore_missing
from bootstrap.core.cloud import Cloud
from bootstrap.core.query import Query


class Document(NamedTuple):
    """`absent` is the error code with which `read` says that there is no document yet; "" where there always is one."""

    service: str
    read: str
    absent: str = ""

    def query(self, name: Mapping[str, str], gone: tuple[str, ...]) -> Query:
        """Asks for it. `gone` are the codes that mean that the resource does not exist: only then is the answer None."""
        return Query(self.service, self.read, name, gone, empty=(self.absent,))


POLICY = Document("s3", "get_bucket_policy", "NoSuchBucketPolicy")
TAGS = Document("s3", "get_bucket_tagging", "NoSuchTagSet")
LIFECYCLE = Document("s3", "get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")
ENCRYPTION = Document("s3", "get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError")
TRUST = Document("iam", "get_role")

WRITES: Mapping[str, Document] = {
    "put_bucket_policy": POLICY,
    "delete_bucket_policy": POLICY,
    "put_bucket_tagging": TAGS,
    "put_bucket_lifecycle_configuration": LIFECYCLE,
    "delete_bucket_lifecycle": LIFECYCLE,
    "put_bucket_encryption": ENCRYPTION,
    "update_assume_role_policy": TRUST,
}
Write = tuple[str, Mapping[str, Any]] | None
"""One of `WRITES` with its parameters; None when nothing has to be written."""


_LOCKS: dict[object, Lock] = {}
"""By document: two resources of one run may change the same one, and a run changes several resources at once."""


def remember(aws: Cloud, name: Mapping[str, str], answers: Mapping[Document, Any]) -> None:
    """For a resource that this change has just created and read: its `rewrite`s start from these answers to
    `Document.query`. A None is read again: AWS did not show the resource yet, so the answer says nothing about it."""
    aws.read_at_creation.update(
        {(document, *name.items()): answer for document, answer in answers.items() if answer is not None}
    )


def rewrite(aws: Cloud, document: Document, name: Mapping[str, str], change: Callable[[Any], Write]) -> Any:
    """Reads the document, writes what `change` returns for the answer ({} where there is no document), returns the answer.

    `name` has the parameters that name the resource in both calls. The first time after `remember`, nothing is read.
    """
    which = (document, *name.items())
    with _LOCKS.setdefault(which, Lock()):
        answer = aws.read_at_creation.pop(which, None)
        if answer is None:
            answer = {}
            with ignore_missing(*filter(None, [document.absent])):
                answer = aws.call(document.service, document.read, **name)
        if write := change(answer):
            operation, content = write
            assert WRITES[operation] is document
            aws.call(document.service, operation, **name, **content)
    return answer
