"""Checks of single input values: each returns the normalized value, or raises ValueError with a sentence.

In a policy, a value must mean exactly what it says: no check accepts a wildcard or a policy variable.
Limits: IAM user guide reference_iam-quotas and reference_policies_variables, STS API reference AssumeRole, S3 user guide
bucketnamingrules and object-keys, KMS developer guide concepts (key-id-key-ARN).
"""

import re
from collections.abc import Callable
from ipaddress import ip_network

from bootstrap.core.external_id import typed_external_id
from bootstrap.core.near import nearest
from bootstrap.core.openssh import one_line

_OF_IAM = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):(\w+)(?:/((?:[\w+=,.@-]+/)*[\w+=,.@-]+))?", re.ASCII)
_OF_KMS = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+")
_TAG_TEXT = re.compile(r"[\w .:/=+\-@]*")
# The letter g behind the generation is for AWS's own processors (EC2 user guide, instance naming), gb for NVIDIA's.
_ARM = re.compile(r"(a1|default_arm64|[a-z]+\d+(?=[a-fh-z]*g)[a-z]+(-flex)?|\w+-gb\d+|mac(?!1(\.|$))[\w-]*)(\.|$)", re.ASCII)
_UNSAFE = re.compile(r"[*?]|\$\{|@\{|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def literal(value: str) -> str:
    """Refuses what IAM would read as a wildcard or a variable, our own references (`@{role.arn}`), and control characters.
    Applies to every input, in addition to its own check."""
    if odd := _UNSAFE.search(value):
        raise ValueError(f"{value!r} holds {odd[0]!r}, which would stand for something else; give the value itself")
    return value


def without_references(value: str) -> str:
    """Refuses references in the text of a file, where wildcards and variables are allowed."""
    if "@{" in value:
        raise ValueError("it holds '@{', which would stand for something else")
    return value


def external_id(value: str) -> str:
    """One that a person typed or copied."""
    return typed_external_id(value)


def organization_id(value: str) -> str:
    """Upsolver's organization id, in lower case because it becomes part of a bucket name."""
    value = value.lower()
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", value):
        raise ValueError("an organization id has 1 to 40 letters, digits and hyphens (it becomes part of a bucket name)")
    return value


def bucket(value: str) -> str:
    value = value.removeprefix("s3://").removesuffix("/")
    if problem := bucket_problem(value):
        raise ValueError(problem)
    return value


def bucket_problem(name: str) -> str | None:
    """Why S3 would refuse the name, or None."""
    if not 3 <= len(name) <= 63:
        return f"a bucket name has 3 to 63 characters, {name!r} has {len(name)}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", name):
        return f"a bucket name has lower-case letters, digits, hyphens and dots only, {name!r} does not"
    if ".." in name or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name):
        return f"a bucket name has no two dots in a row and is no IP address, {name!r} is"
    reserved = (("xn--", "sthree-", "amzn-s3-demo-"), ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"))
    if name.startswith(reserved[0]) or name.endswith(reserved[1]):
        return f"S3 reserves names like {name!r}"
    return None


def bucket_prefix(value: str) -> str:
    """NAME or NAME/PREFIX, with or without s3://. Returns it without s3:// and without a trailing slash."""
    name, _, prefix = value.removeprefix("s3://").partition("/")
    name, prefix = bucket(name), prefix.strip("/").removesuffix("/*").strip("/")
    if re.search(r"[*?$<>{}\"\\]|[^\x20-\x7e\xa1-\xff]", prefix):
        raise ValueError(f"the prefix {prefix!r} holds a character with a meaning of its own in a policy")
    if {".", ".."} & set(prefix.split("/")):
        raise ValueError(f"the prefix {prefix!r} has a step . or .., which S3 takes literally and many programs do not")
    if len(prefix.encode()) > 1024:
        raise ValueError(f"the key of an object has at most 1,024 bytes, this prefix has {len(prefix.encode()):,}")
    return f"{name}/{prefix}" if prefix else name


def policy_arn(value: str) -> str:
    found = _OF_IAM.fullmatch(value)
    if not found or found[2] != "policy" or not found[3]:
        raise ValueError(f"{value!r} is not the ARN of a policy (arn:aws:iam::111122223333:policy/NAME)")
    return value


def key_arn(value: str) -> str:
    if not _OF_KMS.fullmatch(value):
        raise ValueError(
            f"{value!r} is not the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID); an alias is not enough"
        )
    return value


def principal_arn(value: str) -> str:
    """A role, a user or a whole account, but never everyone."""
    found = _OF_IAM.fullmatch(value)
    if not found or found[1] == "aws" or (found[2], bool(found[3])) not in (("role", True), ("user", True), ("root", False)):
        raise ValueError(f"{value!r} is not the ARN of a role or user (arn:aws:iam::111122223333:role/NAME)")
    return value


def stream(value: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,128}", value):
        raise ValueError(f"{value!r} is not a stream name (1 to 128 letters, digits, _ . -)")
    return value


def database(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_-]{1,255}", value):
        raise ValueError(f"{value!r} is not a Glue database name (1 to 255 lower-case letters, digits, _ -)")
    return value


def sql_prefix(value: str) -> str:
    """The beginning of names that need no quotes in SQL."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", value):
        raise ValueError(f"{value!r} cannot begin a name in SQL (use a letter, then up to 62 letters, digits and _)")
    return value


def prefix(value: str) -> str:
    if not re.fullmatch(r"[\w+=,.@-]{0,32}", value, re.ASCII):
        raise ValueError("a role prefix has up to 32 letters, digits and _ + = , . @ -")
    return value


def path(value: str) -> str:
    if not re.fullmatch(r"/|/[A-Za-z0-9.,+@=_/-]{1,510}/", value) or "//" in value:
        raise ValueError(f"{value!r} is not an IAM path: it begins and ends with / (like /vendors/upsolver/)")
    if value.lower().startswith("/aws-"):
        raise ValueError(f"{value!r}: AWS reserves paths that start with /aws- for roles that it creates itself")
    return value


def tag(value: str) -> str:
    key, equals, text = value.partition("=")
    key, text = key.strip(), text.strip()
    if not equals or not key:
        raise ValueError(f"{value!r} is not KEY=VALUE")
    if key.lower().startswith(("aws:", "bootstrap:")):
        raise ValueError(f"tag keys that start with {key.split(':')[0]}: are reserved")
    if len(key) > 128 or len(text) > 256:
        raise ValueError("a tag key has at most 128 characters and a value 256")
    if not _TAG_TEXT.fullmatch(key + text):
        raise ValueError(f"{value!r}: tags have letters, digits, spaces and _ . : / = + - @")
    return f"{key}={text}"


def deployment(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}", value):
        raise ValueError(f"{value!r} is not a deployment name (1 to 63 letters, digits, _ . -)")
    return value


def public_key(value: str) -> str:
    """One line as in a .pub file of OpenSSH. A private key is refused and never shown."""
    return one_line(value)


def cidr(value: str) -> str:
    """A range of addresses; a single address is a range of one. The bits after the prefix are set to zero."""
    try:
        if "%" in value:  # a zone id, which is valid on one machine only
            raise ValueError
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError(f"{value!r} is not a range of addresses (like 203.0.113.4/32)") from None


_SIZES = ("nano", "micro", "small", "medium", "large", "metal")


def instance_type(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", value):
        raise ValueError(f"{value!r} is not an EC2 instance type (like t3.large)")
    _refuse_arm(value)
    _refuse_typo(value)
    return value


def batch_instance_type(value: str) -> str:
    """A type, a family, or a set from which Batch chooses (Batch API reference, ComputeResource)."""
    if value not in ("optimal", "default_x86_64", "default_arm64") and not re.fullmatch(
        r"[a-z](?=[a-z-]*[0-9])[a-z0-9-]+(\.[a-z0-9-]+)?", value
    ):
        raise ValueError(f"{value!r} is not an EC2 instance type or family (like m6i.4xlarge or m6i)")
    _refuse_arm(value)
    _refuse_typo(value)
    return value


def _refuse_arm(value: str) -> None:
    if _ARM.match(value):
        raise ValueError(f"{value} has an ARM processor; the images and the vendor's containers are for x86_64")


def _refuse_typo(value: str) -> None:
    """A size that is nearly one that EC2 has; AWS may add others (EC2 user guide, instance types: naming conventions)."""
    family, dot, size = value.partition(".")
    number = re.match(r"[0-9]*", size)
    sizes = (*_SIZES, f"{number[0] if number else ''}xlarge")
    if (
        dot
        and not re.fullmatch(r"[0-9]*xlarge|metal-[0-9]+xl", size)
        and size not in sizes
        and (near := nearest(size, sizes))
    ):
        raise ValueError(f"there is no EC2 instance type {value!r}. Did you mean {family}.{near}?")


def vcpus(value: str) -> str:
    return _number(value, 0, 100_000, "a number of vCPUs")


def gigabytes(value: str) -> str:
    """The size of a root disk: images of Amazon need up to 30 GB, and a gp3 volume has at most 16,384."""
    return _number(value, 30, 16_384, "a disk's size in GB")


def _number(value: str, least: int, most: int, what: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise ValueError(f"{value!r} is not {what} from {least:,} to {most:,}")
    return str(int(value))


def number(least: int, most: int) -> Callable[[str], str]:
    """A check for a whole number of this range."""
    return lambda value: _number(value, least, most, "a whole number")


def region(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) or len(value) > 63:
        raise ValueError(f"{value!r} is not an AWS region (like us-east-1)")
    return value


def vpc(value: str) -> str:
    return _id(value, "vpc")


def subnet(value: str) -> str:
    return _id(value, "subnet")


def _id(value: str, kind: str) -> str:
    if not re.fullmatch(rf"{kind}-[0-9a-f]{{8,17}}", value):
        raise ValueError(f"{value!r} is not the id of a {kind} (like {kind}-0123456789abcdef0)")
    return value


def account(value: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", value):
        raise ValueError(f"{value!r} is not the number of an AWS account (12 digits)")
    return value


def role_arn(value: str) -> str:
    found = _OF_IAM.fullmatch(value)
    if not found or found[1] == "aws" or found[2] != "role" or not found[3]:
        raise ValueError(f"{value!r} is not the ARN of a role (arn:aws:iam::111122223333:role/NAME)")
    return value


def oidc_issuer(value: str) -> str:
    """The URL of an OIDC provider, in full: a slash at its end is a part of it (IAM API, CreateOpenIDConnectProvider)."""
    if not re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[\w.~/-]*)?", value, re.ASCII) or len(value) > 255:
        raise ValueError(f"{value!r} is not the URL of an OIDC provider (https://HOST/PATH, without port and query)")
    return value


def role(value: str) -> str:
    """A role's name, or its ARN."""
    if value.startswith("arn:"):
        return role_arn(value)
    if not re.fullmatch(r"[\w+=,.@-]{1,64}", value, re.ASCII):
        raise ValueError(f"{value!r} is not the name of a role (1 to 64 letters, digits and _ + = , . @ -)")
    return value


def listed(*choices: str) -> Callable[[str], str]:
    """A check for a comma-separated list of these choices. It returns them in the order of `choices`."""

    def check(value: str) -> str:
        given = {item.strip() for item in value.split(",")}
        if odd := sorted(given - set(choices)):
            raise ValueError(f"{odd[0]!r} is not one of {', '.join(choices)}")
        return ",".join(choice for choice in choices if choice in given)

    return check
