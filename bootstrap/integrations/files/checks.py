"""The named checks of inputs, an example value for each, and the parts of what they let through."""

import inspect
from collections.abc import Callable, Mapping, Sequence

from bootstrap.core import validators
from bootstrap.core.input import Check
from bootstrap.core.trust_policy import trust_policy, trusted_by

_OTHERS = {"literal", "without_references"}
"""They apply to every input."""

OF_FILES: dict[str, Check] = {"trust_policy": trust_policy}
"""The checks of inputs of the type file."""

CHECKS: Mapping[str, Check] = OF_FILES | {
    name: each
    for name, each in inspect.getmembers(validators, inspect.isfunction)
    if not name.startswith("_")
    and each.__module__ == validators.__name__
    and inspect.signature(each) == inspect.signature(validators.bucket)
    and name not in _OTHERS
}
"""Each function of `validators` that checks one text, and those for files."""

EXAMPLES: Mapping[str, str] = {
    "account": "111122223333",
    "batch_instance_type": "m6i",
    "bucket": "your-bucket",
    "bucket_prefix": "your-bucket/raw",
    "cidr": "203.0.113.4/32",
    "database": "your_database",
    "deployment": "prod",
    "external_id": "EXTERNAL-ID",
    "gigabytes": "100",
    "instance_type": "t3.large",
    "key_arn": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "oidc_issuer": "https://tokens.example.com/acme",
    "organization_id": "example",
    "path": "/vendors/",
    "policy_arn": "arn:aws:iam::111122223333:policy/your-policy",
    "prefix": "acme-",
    "principal_arn": "arn:aws:iam::111122223333:role/vendor",
    "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
    "region": "us-east-1",
    "role": "your-role",
    "role_arn": "arn:aws:iam::111122223333:role/your-role",
    "sql_prefix": "your_name",
    "stream": "your-stream",
    "subnet": "subnet-0123456789abcdef0",
    "tag": "team=data",
    "trust_policy": '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/vendor"}, '
    '"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "EXTERNAL-ID"}}}]}',
    "vcpus": "4",
    "vpc": "vpc-0123456789abcdef0",
}


Part = str | tuple[str, ...]


def _of_place(value: str) -> Mapping[str, Part]:
    name, _, prefix = value.partition("/")
    return {"name": name, "prefix": prefix, "objects": f"{value}/*"}


def _of_arn(value: str) -> Mapping[str, Part]:
    return {"account": value.split(":")[4], "name": value.rpartition("/")[2]}


def _of_trust(value: str) -> Mapping[str, Part]:
    principals, external_ids = trusted_by(value)
    return {"principals": principals, "external_ids": external_ids}


PARTS: Mapping[str, Callable[[str], Mapping[str, Part]]] = {
    "bucket_prefix": _of_place,
    "role": lambda value: {"name": value.rpartition("/")[2]},
    "oidc_issuer": lambda value: {"host": value.removeprefix("https://")},
    "trust_policy": _of_trust,
    **dict.fromkeys(("key_arn", "policy_arn", "principal_arn", "role_arn"), _of_arn),
}
"""What ${input.NAME.PART} can be, by the check of the input. The objects of a place are NAME/PREFIX/*, or NAME/*; the host
of an issuer, with its path, begins the keys of conditions on its tokens. The parts of a trust policy are lists."""


FIRST = "first"
"""The part of each list that is its first value."""


KMS_KEY = "kms_key"
"""The part of a bucket, or of a list of buckets, that is the KMS key which all of them have in common."""
OF_BUCKETS = ("bucket", "bucket_prefix")


def parts_of(check: str) -> Mapping[str, Part]:
    """The parts of an example value."""
    return PARTS[check](EXAMPLES[check]) if check in PARTS else {}


def is_list_of(check: str, parts: Sequence[str], *, of_list: bool) -> bool | None:
    """Whether a reference with these parts stands for several values; None if there is no such part. With `of_list`, it
    begins with a list of values that have passed the check."""
    known, several, spread = parts_of(check), of_list, False
    for each in parts:
        if each == FIRST and several:
            several = False
        elif each == KMS_KEY and check in OF_BUCKETS and parts[0] == each:
            several, known = False, {}
        elif each in known:
            spread, several, known = spread or several, isinstance(known[each], tuple), {}
        else:
            return None
    return spread or several
