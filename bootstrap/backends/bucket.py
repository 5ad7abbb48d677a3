"""A bucket that holds states: objects are written and deleted on a condition only, and each refusal is explained.

S3 evaluates If-Match and If-None-Match together with the write, so of two writers one gets 412. The SDK sends a request
again when its answer is lost; the second one then meets the first one's effect. So after each 412 and 409 the object is
read, and what carries our mark is ours. Sources: S3 user guide conditional-writes, conditional-deletes,
manage-versioning-examples, UsingBucket (expected owner); S3 API reference PutObject, DeleteObject.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.errors import code_of, noting_request
from bootstrap.aws.explain import explain
from bootstrap.backends import changed_meanwhile
from bootstrap.backends.address import S3Address
from bootstrap.core import commands
from bootstrap.core.account import DEFAULT
from bootstrap.core.state import LARGEST
from bootstrap.errors import NOT_AWS, BootstrapError, CredentialsError, StateChanged, StateError, lines

LOCK = ".lock"
"""What the key of the lock adds to the key of its state; no state has a key with this ending (`address.s3_address`)."""
RECEIPT = ".destroyed"
"""The same for the receipt, which stays after the deployment was destroyed."""
TRIES = 10
"""How often to send a request that S3 refuses although nothing has changed (409 after a race)."""
CHUNK = 1_000_000
MOST_PAGES = 100
"""The most pages of a bucket's list, with 1,000 keys each."""
ABSENT = {"NoSuchKey", "404"}
RACE = {"PreconditionFailed", "412", "ConditionalRequestConflict", "OperationAborted", *ABSENT}
REFUSED = {"AccessDenied", "AllAccessDisabled", "403"}
ELSEWHERE = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301", "400"}


@dataclass(frozen=True)
class Stored:
    """An object: its content, its ETag, who wrote it (our mark), and whether S3 says that it is encrypted."""

    text: str
    tag: str
    writer: str
    encrypted: bool


class Bucket:
    """One bucket and who calls. Made once for a command: who we are is asked once, and the SDK remembers the bucket's
    region when S3 sends it to another one."""

    def __init__(self, address: S3Address, login: Login, aws: Aws | None = None) -> None:
        self.name, self.login = address.bucket, login
        self._address, self._named_account = address, address.account
        self._aws = aws or Aws({DEFAULT: login})

    def where(self, key: str) -> str:
        return str(replace(self._address, key=key))

    def get(self, key: str, *, first: int | None = None) -> Stored | None:
        """The object, or None where none is; only its `first` bytes, if said. Raises StateError; a 403 is never "none".

        Bytes that are not UTF-8 become lone surrogates, which no state has: an object that is not a lock must be
        deletable, too.
        """
        with self._explained("read", key):
            try:
                answer = self._client.get_object(Key=key, **self._target)
            except ClientError as error:
                if code_of(error) in ABSENT:
                    return None
                raise
            body = answer["Body"]
            with closing(body):
                content = self._whole(body, key) if first is None else body.read(first)
            return self._stored(answer, content.decode(errors="surrogateescape"), "read", key)

    def put(self, key: str, text: str, writer: str, over: str | None) -> Stored:
        """Writes it over the object with the ETag `over`, or where none is (None).

        Raises StateChanged when there is another by now. `writer` marks it as written by one run, whose writes follow one
        another.
        """
        content = text.encode()
        for _ in range(TRIES):
            condition = {"IfMatch": over} if over else {"IfNoneMatch": "*"}
            with self._explained("write", key):
                try:
                    body = {"Body": content, "ContentType": "application/json", "Metadata": {"writer": writer}}
                    answer = self._client.put_object(Key=key, **body, **condition, **self._target, **self._demanded)
                    return self._stored({**answer, "Metadata": {"writer": writer}}, text, "write", key)
                except ClientError as error:
                    if code_of(error) not in RACE:
                        raise
            there = self.get(key, first=len(content) + 1)
            if there and there.writer == writer:
                if there.text == text:
                    return there  # the answer to it was lost
                over = there.tag  # an earlier one of ours was written although its answer never came
            elif (there.tag if there else None) != over:
                raise StateChanged(*changed_meanwhile(self.where(key)))
        raise self._busy("write", key)

    def delete(self, key: str, tag: str) -> None:
        """Deletes the object with this ETag; gone already is fine. Raises StateChanged when there is another by now."""
        for _ in range(TRIES):
            with self._explained("delete", key):
                try:
                    self._client.delete_object(Key=key, IfMatch=tag, **self._target)
                    return
                except ClientError as error:
                    if code_of(error) not in RACE:
                        raise
            there = self.get(key, first=0)
            if there is None:
                return
            if there.tag != tag:
                raise StateChanged(*changed_meanwhile(self.where(key)))
        raise self._busy("delete", key)

    def keys(self, prefix: str) -> list[str]:
        """The keys right below a prefix that ends with / (or is empty: the whole bucket)."""
        with self._explained("list", prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Prefix=prefix, Delimiter="/", **self._target)
            found: list[str] = []
            for number, page in enumerate(pages):
                found += (item["Key"] for item in page.get("Contents", []))
                if number == MOST_PAGES:
                    raise StateError(
                        f"there is too much in {self.where(prefix)} to look for states in it",
                        "Name the state itself with --state, or keep states in a folder of their own.",
                    )
            return found

    def _whole(self, body: Any, key: str) -> bytes:
        """The whole content: the SDK checks length and checksum only at its end."""
        content = bytearray()
        while part := body.read(min(CHUNK, LARGEST + 1 - len(content))):
            content += part
            if len(content) > LARGEST:
                raise StateError(
                    f"cannot read {self.where(key)}: it has more than {LARGEST:,} bytes, more than bootstrap ever writes",
                    "Move it away, or choose another with --state.",
                )
        return bytes(content)

    def check(self, key: str) -> None:
        """Raises StateError unless the bucket keeps old versions: what a mistake overwrites must be restorable. `key` is
        that of the state."""
        with self._explained("look at the bucket of", key):
            answer = self._client.get_bucket_versioning(**self._target)
        if answer.get("Status") != "Enabled":
            raise StateError(
                f"the bucket {self.name} has no versioning, so a state in it could be lost",
                lines(f"Run: {self._versioning}", "After turning it on for the first time, wait 15 minutes."),
            )

    @property
    def _versioning(self) -> str:
        return commands.aws(
            "s3api",
            "put-bucket-versioning",
            bucket=self.name,
            versioning_configuration="Status=Enabled",
            flags=self._reached,
        )

    @property
    def _reached(self) -> list[str]:
        """What a command of the AWS CLI needs in order to be about the same AWS."""
        return commands.connection_options(self.login.profile, self.login.region, self.login.endpoint)

    @property
    def _client(self) -> Any:
        return self._aws.client("s3")

    @cached_property
    def _target(self) -> dict[str, str]:
        return {"Bucket": self.name, "ExpectedBucketOwner": self._account}

    @property
    def _demanded(self) -> dict[str, str]:
        """What buckets demand of each object: the encryption that the address names, and a checksum, which S3 wants for
        Object Lock and the SDK leaves out where AWS_REQUEST_CHECKSUM_CALCULATION is when_required."""
        given = {"ServerSideEncryption": self._address.sse, "SSEKMSKeyId": self._address.kms_key}
        return {"ChecksumAlgorithm": "CRC32", **{name: value for name, value in given.items() if value}}

    @cached_property
    def _account(self) -> str:
        """The account that must own the bucket: the caller's, unless the address names another. S3 refuses the calls if
        somebody else owns it."""
        return self._named_account or self._aws.identities(["s3"])[DEFAULT].account.id

    @contextmanager
    def _explained(self, doing: str, key: str) -> Iterator[None]:
        try:
            with noting_request(self._client, "s3", {"Bucket": self.name, "Key": key}):
                yield
        except BootstrapError:
            raise
        except Exception as error:
            raise self._error(error, doing, key) from error

    def _stored(self, answer: Mapping[str, Any], text: str, doing: str, key: str) -> Stored:
        """Raises StateError if something between here and S3 has answered: S3 always sends an ETag."""
        if not (tag := answer.get("ETag")):
            raise StateError(
                f"cannot {doing} {self.where(key)}: the answer does not come from S3, as it has no ETag", NOT_AWS
            )
        writer = answer.get("Metadata", {}).get("writer", "")
        return Stored(text, tag, writer, bool(answer.get("ServerSideEncryption")))

    def _error(self, error: Exception, doing: str, key: str) -> BootstrapError:
        known = explain(error, self.login.profile)
        if isinstance(known, CredentialsError):
            return known
        what = f"cannot {doing} {self.where(key)}: {known.message}"
        code = code_of(error) if isinstance(error, ClientError) else ""
        if code == "NoSuchBucket":
            made = commands.aws("s3", "mb", arguments=[f"s3://{self.name}"], flags=self._reached)
            return StateError(
                f"there is no bucket {self.name}",
                lines(f"Check the name, or create it: {made}", f"then: {self._versioning}"),
            )
        if code in ELSEWHERE:
            return StateError(what, "Name the bucket's region with --region, and check that it is in your partition.")
        if code.startswith("KMS."):
            return StateError(
                what, "Check the key that kms-key in --state names, else the bucket's own, and that it is enabled."
            )
        if code in REFUSED:
            key = key.removesuffix(LOCK)  # what is to be typed names the state
            if not self._named_account and self._answers({}) and not self._answers(self._target):
                return StateError(
                    f"the bucket {self.name} does not belong to account {self._account}, as these credentials do",
                    f"If that is intended, name the bucket's account: {commands.quoted('--state', f's3://ACCOUNT@{self.name}/{key}')}",
                )
            flags = ["--sandbox"] * bool(self.login.endpoint)
            flags += commands.connection_options(self.login.profile, self.login.region)
            prints = commands.bootstrap("permissions", state=self.where(key), flags=flags)
            refused = StateError(
                what,
                lines(
                    known.advice if known.denial else "Ask for the permission.",
                    f"To print a policy with everything that is needed: {prints}",
                    "The bucket's policy, its KMS key, or a different owner of the bucket can also be the reason.",
                    "" if doing != "write" or _lacks_a_policy(known) else self._encrypted(key),
                ),
            )
            refused.denial = known.denial
            return refused
        return StateError(what, known.advice)

    def _encrypted(self, key: str) -> str:
        """How to send what a policy may demand, where nothing is sent and reads are allowed. A denial names no header."""
        if self._address.sse or not self._answers(self._target):
            return ""
        plain, kms = (str(replace(self._address, key=key, sse=sse)) for sse in ("AES256", "aws:kms"))
        return lines(
            "If the bucket or the organization requires each write to name its encryption, add it:",
            f"  {commands.quoted('--state', plain)}",
            f"or {commands.quoted('--state', kms)}",
            "For a key of your own, also add &kms-key=ARN.",
        )

    def _answers(self, target: Mapping[str, str]) -> bool:
        """Whether S3 answers a read; without the expected owner in `target`, whoever owns the bucket."""
        try:
            self._client.get_bucket_versioning(**{"Bucket": self.name, **target})
        except Exception:  # whatever answers
            return False
        return True

    def _busy(self, doing: str, key: str) -> StateError:
        return StateError(f"cannot {doing} {self.where(key)}: others write at the same time", "Run the same command again.")


def _lacks_a_policy(known: BootstrapError) -> bool:
    """AWS says that nothing allows the call: then no policy denies it for a header."""
    return bool(known.denial and known.denial.get("layer") and not known.denial.get("explicit"))
