"""Checks of what users type: what is taken, in which form, and each way to be wrong with its sentence."""

from collections.abc import Callable

import pytest

from bootstrap.core import check
from tests.resources import keys

TRANSFERS = check.listed("upload", "browse")
UNSAFE = ("*", "?", "${", "@{", "\n", "\x1b", "\x7f", "\x9b", "\u2028", "\ud800")

GOOD: list[tuple[Callable[[str], str], str, str]] = [
    (check.external_id, "ab", "ab"),
    (check.external_id, "a1+=,.@:/-_", "a1+=,.@:/-_"),
    (check.external_id, "x" * 1224, "x" * 1224),
    (check.organization_id, "Acme-7", "acme-7"),
    (check.organization_id, "a", "a"),
    (check.organization_id, "a" * 40, "a" * 40),
    (check.bucket, "data", "data"),
    (check.bucket, "s3://my.data-1/", "my.data-1"),
    (check.bucket, "x" * 63, "x" * 63),
    (check.bucket_prefix, "data", "data"),
    (check.bucket_prefix, "s3://data", "data"),
    (check.bucket_prefix, "s3://data/", "data"),
    (check.bucket_prefix, "data/raw/2024/", "data/raw/2024"),
    (check.bucket_prefix, "data//raw", "data/raw"),
    (check.bucket_prefix, "data/raw/*", "data/raw"),
    (check.bucket_prefix, "data/a b=c", "data/a b=c"),
    (check.bucket_prefix, "data/a..b/.c", "data/a..b/.c"),
    (check.literal, "Anything (else) & <more>", "Anything (else) & <more>"),
    (check.without_references, '{"Version": "2012-10-17"}\n*', '{"Version": "2012-10-17"}\n*'),
    (check.policy_arn, "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    (check.policy_arn, "arn:aws-cn:iam::111122223333:policy/a/b", "arn:aws-cn:iam::111122223333:policy/a/b"),
    (check.key_arn, "arn:aws:kms:us-east-1:111122223333:key/mrk-1", "arn:aws:kms:us-east-1:111122223333:key/mrk-1"),
    (check.principal_arn, "arn:aws:iam::111122223333:role/path/vendor", "arn:aws:iam::111122223333:role/path/vendor"),
    (check.principal_arn, "arn:aws:iam::111122223333:user/vendor", "arn:aws:iam::111122223333:user/vendor"),
    (check.principal_arn, "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
    (check.stream, "clicks_v1.0-EU", "clicks_v1.0-EU"),
    (check.database, "sales_2024", "sales_2024"),
    (check.prefix, "", ""),
    (check.prefix, "acme-", "acme-"),
    (check.path, "/", "/"),
    (check.path, "/vendors/upsolver/", "/vendors/upsolver/"),
    (check.tag, "team=red", "team=red"),
    (check.tag, " team = red ", "team=red"),
    (check.tag, "team=", "team="),
    (check.tag, "formula=a=b", "formula=a=b"),
    (check.tag, "Straße=Zürich", "Straße=Zürich"),
    (check.tag, "k" * 128 + "=" + "v" * 256, "k" * 128 + "=" + "v" * 256),
    (check.deployment, "prod-1_b.c", "prod-1_b.c"),
    (check.deployment, "x" * 63, "x" * 63),
    (check.role_arn, "arn:aws:iam::111122223333:role/a/b", "arn:aws:iam::111122223333:role/a/b"),
    (check.role, "arn:aws-cn:iam::111122223333:role/node", "arn:aws-cn:iam::111122223333:role/node"),
    (check.role, "atc-node", "atc-node"),
    (TRANSFERS, "upload", "upload"),
    (TRANSFERS, " browse , upload,browse", "upload,browse"),
    *((check.public_key, key, key) for key in (keys.ED25519, f"{keys.ED25519} me@home", keys.RSA, keys.SHORT_RSA)),
    (check.account, "012345678901", "012345678901"),
    (check.cidr, "203.0.113.4", "203.0.113.4/32"),
    (check.cidr, "203.0.113.77/24", "203.0.113.0/24"),
    (check.cidr, "2001:DB8::1/64", "2001:db8::/64"),
    (check.instance_type, "t3.large", "t3.large"),
    (check.instance_type, "g5.xlarge", "g5.xlarge"),
    (check.instance_type, "u-6tb1.112xlarge", "u-6tb1.112xlarge"),
    (check.batch_instance_type, "optimal", "optimal"),
    (check.batch_instance_type, "default_x86_64", "default_x86_64"),
    (check.batch_instance_type, "m6i", "m6i"),
    (check.batch_instance_type, "c5n.18xlarge", "c5n.18xlarge"),
    (check.vcpus, "0", "0"),
    (check.vcpus, "0256", "256"),
    (check.gigabytes, "30", "30"),
    (check.gigabytes, "16384", "16384"),
    (check.region, "us-gov-west-1", "us-gov-west-1"),
    (check.vpc, "vpc-0123456789abcdef0", "vpc-0123456789abcdef0"),
    (check.subnet, "subnet-12345678", "subnet-12345678"),
]

BAD: list[tuple[Callable[[str], str], str, str]] = [
    (check.external_id, "a b", "an external id may not contain ' '; letters, digits and _ + = , . @ : / - are allowed"),
    (check.external_id, "schlüssel", "an external id may not contain 'ü'"),
    (check.external_id, "ab\n", "an external id may not contain '\\n'"),
    (check.external_id, "a", "an external id has 2 to 1,224 characters, this one has 1"),
    (check.external_id, "", "an external id has 2 to 1,224 characters, this one has 0"),
    (check.external_id, "x" * 1225, "an external id has 2 to 1,224 characters, this one has 1,225"),
    (check.organization_id, "a_b", "an organization id has 1 to 40 letters, digits and hyphens"),
    (check.organization_id, "-ab", "an organization id has 1 to 40 letters, digits and hyphens"),
    (check.organization_id, "ab-", "an organization id has 1 to 40 letters, digits and hyphens"),
    (check.organization_id, "a" * 41, "an organization id has 1 to 40 letters, digits and hyphens"),
    (check.organization_id, "", "an organization id has 1 to 40 letters, digits and hyphens"),
    (check.bucket, "ab", "a bucket name has 3 to 63 characters, 'ab' has 2"),
    (check.bucket, "x" * 64, "has 64"),
    (check.bucket, "Data", "a bucket name has lower-case letters, digits, hyphens and dots only, 'Data' does not"),
    (check.bucket, "my_data", "lower-case letters, digits, hyphens and dots only"),
    (check.bucket, "-data", "lower-case letters, digits, hyphens and dots only"),
    (check.bucket, "data.", "lower-case letters, digits, hyphens and dots only"),
    (check.bucket, "data/raw", "lower-case letters, digits, hyphens and dots only"),
    (check.bucket, "my..data", "a bucket name has no two dots in a row and is no IP address, 'my..data' is"),
    (check.bucket, "192.168.0.1", "is no IP address"),
    (check.bucket, "xn--data", "S3 keeps names like 'xn--data' for itself"),
    (check.bucket, "data--x-s3", "S3 keeps names like 'data--x-s3' for itself"),
    (check.bucket_prefix, "Data/raw", "lower-case letters"),
    (check.bucket_prefix, "data/*/raw", "the prefix '*/raw' holds a character with a meaning of its own in a policy"),
    (check.bucket_prefix, "data/*", "the prefix '*' holds a character"),
    (check.bucket_prefix, "data/a?", "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/${aws:username}", "holds a character with a meaning of its own"),
    (check.bucket_prefix, 'data/a"b', "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/a\\b", "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/a\tb", "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/\N{EM DASH}", "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/a\x7fb", "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/a\x85b", "holds a character with a meaning of its own"),
    (check.bucket_prefix, "data/a/../b", "the prefix 'a/../b' has a step . or .."),
    (check.bucket_prefix, "data/" + "x" * 1025, "at most 1,024 bytes, this prefix has 1,025"),
    *((check.literal, f"a{odd}b", f"holds {odd!r}, which would stand for something else") for odd in UNSAFE),
    (check.without_references, "ssh-rsa AAAA @{role.arn}", "it holds '@{'"),
    (check.policy_arn, "arn:aws:iam::111122223333:policy/", "is not the ARN of a policy"),
    (check.policy_arn, "arn:aws:iam:::policy/a", "is not the ARN of a policy"),
    (check.policy_arn, "arn:aws:iam:us-east-1:111122223333:policy/a", "is not the ARN of a policy"),
    *((check.policy_arn, f"arn:aws:iam::111122223333:policy/a{odd}", "is not the ARN of a policy") for odd in UNSAFE),
    *((check.key_arn, f"arn:aws:kms:us-east-1:111122223333:key/{odd}", "is not the ARN of a KMS key") for odd in UNSAFE),
    (check.key_arn, "arn:aws:kms::111122223333:key/1", "is not the ARN of a KMS key"),
    (check.key_arn, "arn:aws:kms:us-east-1::key/1", "is not the ARN of a KMS key"),
    (check.key_arn, "arn:aws:kms:us-east-1:111122223333:key/1/../2", "is not the ARN of a KMS key"),
    (check.principal_arn, "arn:aws:iam:::root", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam::aws:root", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam::aws:role/a", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam::111122223333:root/a", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam::111122223333:role", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam:us-east-1:111122223333:role/a", "is not the ARN of a role or user"),
    *((check.principal_arn, f"arn:aws:iam::111122223333:user/a{odd}", "is not the ARN of a role") for odd in UNSAFE),
    *((check.role_arn, f"arn:aws:iam::111122223333:role/a{odd}", "is not the ARN of a role") for odd in UNSAFE),
    (check.role_arn, "arn:aws:iam:::role/a", "is not the ARN of a role"),
    (check.role_arn, "arn:aws:iam::aws:role/a", "is not the ARN of a role"),
    (check.tag, "team=a\nb", "tags have letters, digits, spaces"),
    (check.tag, "te\tam=a", "tags have letters, digits, spaces"),
    (check.tag, "team=@{role.arn}", "tags have letters, digits, spaces"),
    (check.public_key, "ssh-rsa AAAA a\x1b[31mb", "it is not a public key of OpenSSH"),
    (check.cidr, "fe80::1%*/64", "is not a range of addresses"),
    *((check.region, odd, "is not an AWS region (like us-east-1)") for odd in (*UNSAFE, "", "us east-1", "-", "r" * 64)),
    (check.policy_arn, "arn:aws:iam::111122223333:role/a", "is not the ARN of a policy"),
    (check.policy_arn, "arn:aws:s3:::policy/a", "is not the ARN of a policy"),
    (
        check.policy_arn,
        "ReadOnlyAccess",
        "'ReadOnlyAccess' is not the ARN of a policy (arn:aws:iam::111122223333:policy/NAME)",
    ),
    (check.key_arn, "arn:aws:kms:us-east-1:111122223333:alias/data", "is not the ARN of a KMS key"),
    (check.key_arn, "arn:aws:iam:us-east-1:111122223333:key/1", "is not the ARN of a KMS key"),
    (check.key_arn, "alias/data", "an alias is not enough"),
    (check.principal_arn, "*", "'*' is not the ARN of a role or user (arn:aws:iam::111122223333:role/NAME)"),
    (check.principal_arn, "arn:aws:iam::111122223333:role/*", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam::111122223333:group/a", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:iam::111122223333:rooted", "is not the ARN of a role or user"),
    (check.principal_arn, "arn:aws:s3::111122223333:role/a", "is not the ARN of a role or user"),
    (check.principal_arn, "111122223333", "is not the ARN of a role or user"),
    (check.stream, "a b", "'a b' is not a stream name (1 to 128 letters, digits, _ . -)"),
    (check.stream, "", "is not a stream name"),
    (check.stream, "s" * 129, "is not a stream name"),
    (check.database, "Sales", "'Sales' is not a Glue database name (1 to 255 lower-case letters, digits, _ -)"),
    (check.database, "", "is not a Glue database name"),
    (check.database, "d" * 256, "is not a Glue database name"),
    (check.prefix, "a b", "a role prefix has up to 32 letters, digits and _ + = , . @ -"),
    (check.prefix, "p" * 33, "a role prefix has up to 32 letters"),
    (check.path, "vendors", "'vendors' is not an IAM path: it begins and ends with / (like /vendors/upsolver/)"),
    (check.path, "/vendors", "is not an IAM path"),
    (check.path, "//", "is not an IAM path"),
    (check.path, "/a//b/", "is not an IAM path"),
    (check.path, "/a*/", "is not an IAM path"),
    (check.path, "/" + "p" * 511 + "/", "is not an IAM path"),
    (check.tag, "team", "'team' is not KEY=VALUE"),
    (check.tag, "=red", "'=red' is not KEY=VALUE"),
    (check.tag, " = red", "is not KEY=VALUE"),
    (check.tag, "aws:team=red", "tag keys that start with aws: are reserved"),
    (check.tag, "AWS:team=red", "tag keys that start with AWS: are reserved"),
    (check.tag, "bootstrap:lineage=mine", "tag keys that start with bootstrap: are reserved"),
    (check.tag, "k" * 129 + "=v", "a tag key has at most 128 characters and a value 256"),
    (check.tag, "k=" + "v" * 257, "a tag key has at most 128 characters and a value 256"),
    (check.tag, "team=<red>", "'team=<red>': tags have letters, digits, spaces and _ . : / = + - @"),
    (check.deployment, "", "'' is not a deployment name (1 to 63 letters, digits, _ . -)"),
    (check.deployment, "../etc", "is not a deployment name"),
    (check.deployment, ".hidden", "is not a deployment name"),
    (check.deployment, "a/b", "is not a deployment name"),
    (check.deployment, "prod\n", "is not a deployment name"),
    (check.deployment, "x" * 64, "is not a deployment name"),
    (check.role_arn, "arn:aws:iam::111122223333:user/me", "is not the ARN of a role"),
    (check.role_arn, "arn:aws:iam::111122223333:role/atc/", "is not the ARN of a role"),
    (check.role, "arn:aws:s3::111122223333/atc-s3-access-keys", "is not the ARN of a role"),
    (check.role, "atc node", "'atc node' is not the name of a role"),
    (check.role, "n" * 65, "is not the name of a role"),
    (TRANSFERS, "upload,steal", "'steal' is not one of upload, browse"),
    (TRANSFERS, "", "'' is not one of upload, browse"),
    (check.public_key, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz", "this is a private key, which must not leave"),
    *(
        (check.public_key, key, "is cut off or damaged")
        for key in (
            keys.ED25519[:-4],
            keys.ED25519[:-1],
            keys.RSA[:-8],
            keys.RSA.replace("ssh-rsa", "ssh-ed25519"),
            "ssh-rsa AAAAB3Nz",
            "ssh-rsa AAAAB3NzaC1yc2E=",
            "ssh-rsa AAAAAAAA",
        )
    ),
    (check.public_key, "ecdsa-sha2-nistp256 AAAA", "it is not a public key of OpenSSH"),
    (check.public_key, "ssh-rsa AAAA\nssh-rsa BBBB", "it is not a public key of OpenSSH"),
    *(
        (check.account, value, "is not the number of an AWS account")
        for value in ("", "12345", "1234567890123", "١٢٣٤٥٦٧٨٩٠١٢")
    ),
    (check.cidr, "203.0.113.4/33", "'203.0.113.4/33' is not a range of addresses"),
    (check.cidr, "anywhere", "'anywhere' is not a range of addresses"),
    (check.instance_type, "t3", "'t3' is not an EC2 instance type"),
    (check.instance_type, "t4g.large", "t4g.large has an ARM processor"),
    (check.instance_type, "a1.large", "a1.large has an ARM processor"),
    (check.batch_instance_type, "default_arm64", "default_arm64 has an ARM processor"),
    (check.batch_instance_type, "large", "'large' is not an EC2 instance type or family"),
    (check.batch_instance_type, "c7gd", "c7gd has an ARM processor"),
    *(
        (check.batch_instance_type, value, f"{value} has an ARM processor")
        for value in ("c9g-flex.large", "p6e-gb200", "p6e-gb200.36xlarge", "mac2.metal", "mac2-m2pro")
    ),
    (check.vcpus, "-1", "'-1' is not a number of vCPUs (0 to 100,000)"),
    (check.vcpus, "many", "'many' is not a number of vCPUs"),
    (check.gigabytes, "29", "'29' is not a disk's size in GB (30 to 16,384)"),
    (check.gigabytes, "16385", "'16385' is not a disk's size in GB"),
    (check.vpc, "subnet-12345678", "'subnet-12345678' is not the id of a vpc"),
    (check.subnet, "subnet-1", "'subnet-1' is not the id of a subnet"),
]


def name(value: object) -> str:
    return str(getattr(value, "__name__", repr(value)[:30]))


@pytest.mark.parametrize(("verify", "value", "expected"), GOOD, ids=name)
def test_this_is_taken(verify: Callable[[str], str], value: str, expected: str) -> None:
    assert verify(value) == expected


@pytest.mark.parametrize(("verify", "value", "message"), BAD, ids=name)
def test_this_is_refused(verify: Callable[[str], str], value: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        verify(value)
    assert message in str(caught.value)


@pytest.mark.parametrize(("verify", "value", "expected"), GOOD, ids=name)
def test_what_was_taken_is_taken_again_as_it_is(verify: Callable[[str], str], value: str, expected: str) -> None:
    """Inputs are kept in the state in their checked form, and checked again by the next run."""
    assert verify(verify(value)) == verify(value)


def test_every_check_has_good_and_bad_values() -> None:
    verified = {verify.__name__ for verify, _, _ in GOOD} & {verify.__name__ for verify, _, _ in BAD}
    there = {
        key
        for key, item in vars(check).items()
        if callable(item) and getattr(item, "__module__", "") == check.__name__ and not key.startswith("_")
    }
    assert there - {"bucket_problem", "listed"} == verified - {"check"}


@pytest.mark.parametrize("digits", ["\N{ARABIC-INDIC DIGIT ONE}" * 12, "\N{FULLWIDTH DIGIT TWO}" * 12])
def test_digits_of_other_scripts_make_no_account_id(digits: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a role or user"):
        check.principal_arn(f"arn:aws:iam::{digits}:role/vendor")


@pytest.mark.parametrize("letters", ["röle", "роль"])
def test_letters_beyond_ascii_make_no_role(letters: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a role or user"):
        check.principal_arn(f"arn:aws:iam::111122223333:role/{letters}")
