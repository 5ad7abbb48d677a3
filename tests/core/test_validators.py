"""Checks of what users type: what is taken, in which form, and each way to be wrong with its sentence."""

from collections.abc import Callable

import pytest

from bootstrap.core import validators
from tests.support import keys

TRANSFERS = validators.listed("upload", "browse")
UP_TO_TEN = validators.number(1, 10)
UNSAFE = ("*", "?", "${", "@{", "\n", "\x1b", "\x7f", "\x9b", "\u2028", "\ud800")

GOOD: list[tuple[Callable[[str], str], str, str]] = [
    (validators.external_id, "ab", "ab"),
    (validators.external_id, "a1+=,.@:/-_", "a1+=,.@:/-_"),
    (validators.external_id, "x" * 1224, "x" * 1224),
    (validators.sql_prefix, "Acme_7", "Acme_7"),
    (validators.sql_prefix, "a" * 63, "a" * 63),
    (validators.organization_id, "Acme-7", "acme-7"),
    (validators.organization_id, "a", "a"),
    (validators.organization_id, "a" * 40, "a" * 40),
    (validators.bucket, "data", "data"),
    (validators.bucket, "s3://my.data-1/", "my.data-1"),
    (validators.bucket, "x" * 63, "x" * 63),
    (validators.bucket_prefix, "data", "data"),
    (validators.bucket_prefix, "s3://data", "data"),
    (validators.bucket_prefix, "s3://data/", "data"),
    (validators.bucket_prefix, "data/raw/2024/", "data/raw/2024"),
    (validators.bucket_prefix, "data//raw", "data/raw"),
    (validators.bucket_prefix, "data/raw/*", "data/raw"),
    (validators.bucket_prefix, "data/a b=c", "data/a b=c"),
    (validators.bucket_prefix, "data/a..b/.c", "data/a..b/.c"),
    (validators.literal, "Anything (else) & <more>", "Anything (else) & <more>"),
    (validators.without_references, '{"Version": "2012-10-17"}\n*', '{"Version": "2012-10-17"}\n*'),
    (validators.policy_arn, "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
    (validators.policy_arn, "arn:aws-cn:iam::111122223333:policy/a/b", "arn:aws-cn:iam::111122223333:policy/a/b"),
    (validators.key_arn, "arn:aws:kms:us-east-1:111122223333:key/mrk-1", "arn:aws:kms:us-east-1:111122223333:key/mrk-1"),
    (validators.principal_arn, "arn:aws:iam::111122223333:role/path/vendor", "arn:aws:iam::111122223333:role/path/vendor"),
    (validators.principal_arn, "arn:aws:iam::111122223333:user/vendor", "arn:aws:iam::111122223333:user/vendor"),
    (validators.principal_arn, "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
    (validators.stream, "clicks_v1.0-EU", "clicks_v1.0-EU"),
    (validators.database, "sales_2024", "sales_2024"),
    (validators.prefix, "", ""),
    (validators.prefix, "acme-", "acme-"),
    (validators.path, "/", "/"),
    (validators.path, "/vendors/upsolver/", "/vendors/upsolver/"),
    (validators.tag, "team=red", "team=red"),
    (validators.tag, " team = red ", "team=red"),
    (validators.tag, "team=", "team="),
    (validators.tag, "formula=a=b", "formula=a=b"),
    (validators.tag, "Straße=Zürich", "Straße=Zürich"),
    (validators.tag, "k" * 128 + "=" + "v" * 256, "k" * 128 + "=" + "v" * 256),
    (validators.deployment, "prod-1_b.c", "prod-1_b.c"),
    (validators.deployment, "x" * 63, "x" * 63),
    (validators.role_arn, "arn:aws:iam::111122223333:role/a/b", "arn:aws:iam::111122223333:role/a/b"),
    (validators.role, "arn:aws-cn:iam::111122223333:role/node", "arn:aws-cn:iam::111122223333:role/node"),
    (validators.role, "atc-node", "atc-node"),
    (validators.oidc_issuer, "https://oidc.example.com", "https://oidc.example.com"),
    (validators.oidc_issuer, "https://oidc.example.com/a-1/~b/", "https://oidc.example.com/a-1/~b/"),
    (UP_TO_TEN, "10", "10"),
    (TRANSFERS, "upload", "upload"),
    (TRANSFERS, " browse , upload,browse", "upload,browse"),
    *((validators.public_key, key, key) for key in (keys.ED25519, f"{keys.ED25519} me@home", keys.RSA, keys.SHORT_RSA)),
    (validators.account, "012345678901", "012345678901"),
    (validators.cidr, "203.0.113.4", "203.0.113.4/32"),
    (validators.cidr, "203.0.113.77/24", "203.0.113.0/24"),
    (validators.cidr, "2001:DB8::1/64", "2001:db8::/64"),
    (validators.instance_type, "t3.large", "t3.large"),
    (validators.instance_type, "g5.xlarge", "g5.xlarge"),
    (validators.instance_type, "u-6tb1.112xlarge", "u-6tb1.112xlarge"),
    (validators.instance_type, "m8i.metal-48xl", "m8i.metal-48xl"),
    (validators.instance_type, "m9x.gigantic", "m9x.gigantic"),  # AWS may have it one day
    (validators.batch_instance_type, "optimal", "optimal"),
    (validators.batch_instance_type, "default_x86_64", "default_x86_64"),
    (validators.batch_instance_type, "m6i", "m6i"),
    (validators.batch_instance_type, "c5n.18xlarge", "c5n.18xlarge"),
    (validators.vcpus, "0", "0"),
    (validators.vcpus, "0256", "256"),
    (validators.gigabytes, "30", "30"),
    (validators.gigabytes, "16384", "16384"),
    (validators.region, "us-gov-west-1", "us-gov-west-1"),
    (validators.vpc, "vpc-0123456789abcdef0", "vpc-0123456789abcdef0"),
    (validators.subnet, "subnet-12345678", "subnet-12345678"),
]

BAD: list[tuple[Callable[[str], str], str, str]] = [
    (validators.external_id, "a b", "'a b' has a blank in it; an external id is a code without blanks, such as 3f2b8c1e"),
    (validators.external_id, "arn:aws:iam::111122223333:role/upsolver", "is an ARN; an external id is a code"),
    (validators.external_id, "https://app.upsolver.com/x", "is the address of a page; an external id is a code"),
    (validators.external_id, "schlüssel", "an external id may not contain 'ü'"),
    (validators.external_id, "ab\n", "an external id may not contain '\\n'"),
    (validators.external_id, "a", "an external id has 2 to 1,224 characters, this one has 1"),
    (validators.external_id, "", "an external id has 2 to 1,224 characters, this one has 0"),
    (validators.external_id, "x" * 1225, "an external id has 2 to 1,224 characters, this one has 1,225"),
    *(
        (validators.sql_prefix, value, "cannot begin a name in SQL")
        for value in ("", "7a", "_a", "a-b", "a b", "a;b", "é", "a" * 64)
    ),
    (validators.organization_id, "a_b", "an organization id has 1 to 40 letters, digits and hyphens"),
    (validators.organization_id, "-ab", "an organization id has 1 to 40 letters, digits and hyphens"),
    (validators.organization_id, "ab-", "an organization id has 1 to 40 letters, digits and hyphens"),
    (validators.organization_id, "a" * 41, "an organization id has 1 to 40 letters, digits and hyphens"),
    (validators.organization_id, "", "an organization id has 1 to 40 letters, digits and hyphens"),
    (validators.bucket, "ab", "a bucket name has 3 to 63 characters, 'ab' has 2"),
    (validators.bucket, "x" * 64, "has 64"),
    (validators.bucket, "Data", "a bucket name has lower-case letters, digits, hyphens and dots only, 'Data' does not"),
    (validators.bucket, "my_data", "lower-case letters, digits, hyphens and dots only"),
    (validators.bucket, "-data", "lower-case letters, digits, hyphens and dots only"),
    (validators.bucket, "data.", "lower-case letters, digits, hyphens and dots only"),
    (validators.bucket, "data/raw", "lower-case letters, digits, hyphens and dots only"),
    (validators.bucket, "my..data", "a bucket name has no two dots in a row and is no IP address, 'my..data' is"),
    (validators.bucket, "192.168.0.1", "is no IP address"),
    (validators.bucket, "xn--data", "S3 reserves names like 'xn--data'"),
    (validators.bucket, "data--x-s3", "S3 reserves names like 'data--x-s3'"),
    (validators.bucket_prefix, "Data/raw", "lower-case letters"),
    (validators.bucket_prefix, "data/*/raw", "the prefix '*/raw' holds a character with a meaning of its own in a policy"),
    (validators.bucket_prefix, "data/*", "the prefix '*' holds a character"),
    (validators.bucket_prefix, "data/a?", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/${aws:username}", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, 'data/a"b', "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/a\\b", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/a\tb", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/\N{EM DASH}", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/a\x7fb", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/a\x85b", "holds a character with a meaning of its own"),
    (validators.bucket_prefix, "data/a/../b", "the prefix 'a/../b' has a step . or .."),
    (validators.bucket_prefix, "data/" + "x" * 1025, "at most 1,024 bytes, this prefix has 1,025"),
    *((validators.literal, f"a{odd}b", f"holds {odd!r}, which would stand for something else") for odd in UNSAFE),
    (validators.without_references, "ssh-rsa AAAA @{role.arn}", "it holds '@{'"),
    (validators.policy_arn, "arn:aws:iam::111122223333:policy/", "is not the ARN of a policy"),
    (validators.policy_arn, "arn:aws:iam:::policy/a", "is not the ARN of a policy"),
    (validators.policy_arn, "arn:aws:iam:us-east-1:111122223333:policy/a", "is not the ARN of a policy"),
    *((validators.policy_arn, f"arn:aws:iam::111122223333:policy/a{odd}", "is not the ARN of a policy") for odd in UNSAFE),
    *(
        (validators.key_arn, f"arn:aws:kms:us-east-1:111122223333:key/{odd}", "is not the ARN of a KMS key")
        for odd in UNSAFE
    ),
    (validators.key_arn, "arn:aws:kms::111122223333:key/1", "is not the ARN of a KMS key"),
    (validators.key_arn, "arn:aws:kms:us-east-1::key/1", "is not the ARN of a KMS key"),
    (validators.key_arn, "arn:aws:kms:us-east-1:111122223333:key/1/../2", "is not the ARN of a KMS key"),
    (validators.principal_arn, "arn:aws:iam:::root", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam::aws:root", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam::aws:role/a", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam::111122223333:root/a", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam::111122223333:role", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam:us-east-1:111122223333:role/a", "is not the ARN of a role or user"),
    *((validators.principal_arn, f"arn:aws:iam::111122223333:user/a{odd}", "is not the ARN of a role") for odd in UNSAFE),
    *((validators.role_arn, f"arn:aws:iam::111122223333:role/a{odd}", "is not the ARN of a role") for odd in UNSAFE),
    (validators.role_arn, "arn:aws:iam:::role/a", "is not the ARN of a role"),
    *((validators.oidc_issuer, f"https://a.b/{odd}", "is not the URL of an OIDC provider") for odd in UNSAFE),
    (validators.oidc_issuer, "https://a.b:443", "without port and query"),
    (UP_TO_TEN, "11", "is not a whole number from 1 to 10"),
    (UP_TO_TEN, "1.5", "is not a whole number from 1 to 10"),
    (validators.role_arn, "arn:aws:iam::aws:role/a", "is not the ARN of a role"),
    (validators.tag, "team=a\nb", "tags have letters, digits, spaces"),
    (validators.tag, "te\tam=a", "tags have letters, digits, spaces"),
    (validators.tag, "team=@{role.arn}", "tags have letters, digits, spaces"),
    (validators.public_key, "ssh-rsa AAAA a\x1b[31mb", "it is not a public key of OpenSSH"),
    (validators.cidr, "fe80::1%*/64", "is not a range of addresses"),
    *(
        (validators.region, odd, "is not an AWS region (like us-east-1)")
        for odd in (*UNSAFE, "", "us east-1", "-", "r" * 64)
    ),
    (validators.policy_arn, "arn:aws:iam::111122223333:role/a", "is not the ARN of a policy"),
    (validators.policy_arn, "arn:aws:s3:::policy/a", "is not the ARN of a policy"),
    (
        validators.policy_arn,
        "ReadOnlyAccess",
        "'ReadOnlyAccess' is not the ARN of a policy (arn:aws:iam::111122223333:policy/NAME)",
    ),
    (validators.key_arn, "arn:aws:kms:us-east-1:111122223333:alias/data", "is not the ARN of a KMS key"),
    (validators.key_arn, "arn:aws:iam:us-east-1:111122223333:key/1", "is not the ARN of a KMS key"),
    (validators.key_arn, "alias/data", "an alias is not enough"),
    (validators.principal_arn, "*", "'*' is not the ARN of a role or user (arn:aws:iam::111122223333:role/NAME)"),
    (validators.principal_arn, "arn:aws:iam::111122223333:role/*", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam::111122223333:group/a", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:iam::111122223333:rooted", "is not the ARN of a role or user"),
    (validators.principal_arn, "arn:aws:s3::111122223333:role/a", "is not the ARN of a role or user"),
    (validators.principal_arn, "111122223333", "is not the ARN of a role or user"),
    (validators.stream, "a b", "'a b' is not a stream name (1 to 128 letters, digits, _ . -)"),
    (validators.stream, "", "is not a stream name"),
    (validators.stream, "s" * 129, "is not a stream name"),
    (validators.database, "Sales", "'Sales' is not a Glue database name (1 to 255 lower-case letters, digits, _ -)"),
    (validators.database, "", "is not a Glue database name"),
    (validators.database, "d" * 256, "is not a Glue database name"),
    (validators.prefix, "a b", "a role prefix has up to 32 letters, digits and _ + = , . @ -"),
    (validators.prefix, "p" * 33, "a role prefix has up to 32 letters"),
    (validators.path, "vendors", "'vendors' is not an IAM path: it begins and ends with / (like /vendors/upsolver/)"),
    (validators.path, "/vendors", "is not an IAM path"),
    (validators.path, "//", "is not an IAM path"),
    (validators.path, "/a//b/", "is not an IAM path"),
    (validators.path, "/a*/", "is not an IAM path"),
    (validators.path, "/" + "p" * 511 + "/", "is not an IAM path"),
    (validators.tag, "team", "'team' is not KEY=VALUE"),
    (validators.tag, "=red", "'=red' is not KEY=VALUE"),
    (validators.tag, " = red", "is not KEY=VALUE"),
    (validators.tag, "aws:team=red", "tag keys that start with aws: are reserved"),
    (validators.tag, "AWS:team=red", "tag keys that start with AWS: are reserved"),
    (validators.tag, "bootstrap:lineage=mine", "tag keys that start with bootstrap: are reserved"),
    (validators.tag, "k" * 129 + "=v", "a tag key has at most 128 characters and a value 256"),
    (validators.tag, "k=" + "v" * 257, "a tag key has at most 128 characters and a value 256"),
    (validators.tag, "team=<red>", "'team=<red>': tags have letters, digits, spaces and _ . : / = + - @"),
    (validators.deployment, "", "'' is not a deployment name (1 to 63 letters, digits, _ . -)"),
    (validators.deployment, "../etc", "is not a deployment name"),
    (validators.deployment, ".hidden", "is not a deployment name"),
    (validators.deployment, "a/b", "is not a deployment name"),
    (validators.deployment, "prod\n", "is not a deployment name"),
    (validators.deployment, "x" * 64, "is not a deployment name"),
    (validators.role_arn, "arn:aws:iam::111122223333:user/me", "is not the ARN of a role"),
    (validators.role_arn, "arn:aws:iam::111122223333:role/atc/", "is not the ARN of a role"),
    (validators.role, "arn:aws:s3::111122223333/atc-s3-access-keys", "is not the ARN of a role"),
    (validators.role, "atc node", "'atc node' is not the name of a role"),
    (validators.role, "n" * 65, "is not the name of a role"),
    (TRANSFERS, "upload,steal", "'steal' is not one of upload, browse"),
    (TRANSFERS, "", "'' is not one of upload, browse"),
    (validators.public_key, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz", "this is a private key, which must not leave"),
    *(
        (validators.public_key, key, "is cut off or damaged")
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
    (validators.public_key, "ecdsa-sha2-nistp256 AAAA", "it is not a public key of OpenSSH"),
    (validators.public_key, "ssh-rsa AAAA\nssh-rsa BBBB", "it is not a public key of OpenSSH"),
    *(
        (validators.account, value, "is not the number of an AWS account")
        for value in ("", "12345", "1234567890123", "١٢٣٤٥٦٧٨٩٠١٢")
    ),
    (validators.cidr, "203.0.113.4/33", "'203.0.113.4/33' is not a range of addresses"),
    (validators.cidr, "anywhere", "'anywhere' is not a range of addresses"),
    (validators.instance_type, "t3", "'t3' is not an EC2 instance type"),
    (validators.instance_type, "t4g.large", "t4g.large has an ARM processor"),
    (validators.instance_type, "a1.large", "a1.large has an ARM processor"),
    (validators.instance_type, "m5.larg", "there is no EC2 instance type 'm5.larg'. Did you mean m5.large?"),
    (validators.batch_instance_type, "m6i.4xlrage", "Did you mean m6i.4xlarge?"),
    (validators.batch_instance_type, "default_arm64", "default_arm64 has an ARM processor"),
    (validators.batch_instance_type, "large", "'large' is not an EC2 instance type or family"),
    (validators.batch_instance_type, "c7gd", "c7gd has an ARM processor"),
    *(
        (validators.batch_instance_type, value, f"{value} has an ARM processor")
        for value in ("c9g-flex.large", "p6e-gb200", "p6e-gb200.36xlarge", "mac2.metal", "mac2-m2pro")
    ),
    (validators.vcpus, "-1", "'-1' is not a number of vCPUs from 0 to 100,000"),
    (validators.vcpus, "many", "'many' is not a number of vCPUs"),
    (validators.gigabytes, "29", "'29' is not a disk's size in GB from 30 to 16,384"),
    (validators.gigabytes, "16385", "'16385' is not a disk's size in GB"),
    (validators.vpc, "subnet-12345678", "'subnet-12345678' is not the id of a vpc"),
    (validators.subnet, "subnet-1", "'subnet-1' is not the id of a subnet"),
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
        for key, item in vars(validators).items()
        if callable(item) and getattr(item, "__module__", "") == validators.__name__ and not key.startswith("_")
    }
    assert there - {"bucket_problem", "listed", "number"} == verified - {"check", "<lambda>"}


@pytest.mark.parametrize("digits", ["\N{ARABIC-INDIC DIGIT ONE}" * 12, "\N{FULLWIDTH DIGIT TWO}" * 12])
def test_digits_of_other_scripts_make_no_account_id(digits: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a role or user"):
        validators.principal_arn(f"arn:aws:iam::{digits}:role/vendor")


@pytest.mark.parametrize("letters", ["röle", "роль"])
def test_letters_beyond_ascii_make_no_role(letters: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a role or user"):
        validators.principal_arn(f"arn:aws:iam::111122223333:role/{letters}")
