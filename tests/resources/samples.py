"""One sample a kind for the contract of all resources. A new kind needs a new entry here, and no new test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bootstrap.aws import Scope
from bootstrap.core.difference import differences
from bootstrap.core.resource import Live, Resource
from bootstrap.ownership import bring
from bootstrap.resources.iam_instance_profile import IamInstanceProfile
from bootstrap.resources.iam_policy import IamPolicy
from bootstrap.resources.iam_role import IamRole
from bootstrap.resources.iam_role_attachment import IamRoleAttachment
from bootstrap.resources.s3_bucket import S3Bucket

Properties = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """`changed` has another value for each property that can change in place.

    `broken` are properties that AWS would refuse, by what is wrong with them; `allowed` are just inside the limits.
    `unread` are properties that AWS does not tell. `unused` are permissions without a call in the contract, with the
    reason. `before` makes what must be there first, and `fill` what a delete has to take along.
    """

    resource: Resource
    changed: Properties = field(default_factory=dict)
    broken: Mapping[str, Properties] = field(default_factory=dict)
    allowed: tuple[Properties, ...] = ()
    unread: frozenset[str] = frozenset()
    unused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    before: Callable[[Scope], object] = lambda scope: None
    fill: Callable[[Scope], object] = lambda scope: None


def trust(principal: str = "ec2.amazonaws.com") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": principal}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource}]}


def long_policy(characters: int) -> dict[str, Any]:
    """A policy of that many characters as IAM counts them."""
    shortest = len('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":""}]}')
    return allow("s3:*", resource="a" * (characters - shortest))


def long_trust(characters: int) -> dict[str, Any]:
    shortest = len(
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":""}}]}'
    )
    return trust("a" * (characters - shortest))


TAGS: dict[str, Properties] = {
    "tag key too long": {"tags": {"k" * 129: "v"}},
    "tag key empty": {"tags": {"": "v"}},
    "tag value too long": {"tags": {"k": "v" * 257}},
    "tag with a letter that is not taken": {"tags": {"k": "a;b"}},
    "tag with a line break": {"tags": {"k": "a\nb"}},
    "tag keys that differ in case": {"tags": {"Team": "a", "team": "b"}},
    "tag of AWS's own": {"tags": {"AWS:team": "a"}},
    "tag of the owner's": {"tags": {"bootstrap:address": "elsewhere"}},
    "too many tags": {"tags": {f"k{number}": "v" for number in range(48)}},
}
TAGS_ALLOWED: tuple[Properties, ...] = (
    {"tags": {"k" * 128: "v" * 256}},
    {"tags": {"Kosten-Stelle": "Zürich _.:/=+-@ 7", "empty": ""}},
    {"tags": {f"k{number}": "v" for number in range(47)}},
)
PATHS: dict[str, Properties] = {
    "path without a slash before": {"path": "team/"},
    "path without a slash behind": {"path": "/team"},
    "path too long": {"path": "/" + "p" * 511 + "/"},
    "path with a blank": {"path": "/my team/"},
    "path empty": {"path": ""},
}
PATHS_ALLOWED: tuple[Properties, ...] = ({"path": "/" + "p" * 510 + "/"}, {"path": "/a/b/"})


def names(longest: int) -> dict[str, Properties]:
    return {
        "name too long": {"name": "n" * (longest + 1)},
        "name empty": {"name": ""},
        "name with a blank": {"name": "my thing"},
        "name with a letter that is not ASCII": {"name": "rôle"},
        "name with a line break": {"name": "role\n"},
    }


def brought(resource: Resource, scope: Scope) -> Live:
    """The resource as a run brings it about, and as it is then."""
    live = bring(resource, scope, scope.owner)
    outputs = resource.update(scope, live.outputs, differences(resource, live))
    return there(resource, scope, resource.ready(scope, outputs))


def there(resource: Resource, scope: Scope, outputs: Mapping[str, str]) -> Live:
    live = resource.read(scope, outputs)
    assert live is not None
    return live


def role(scope: Scope, name: str) -> Live:
    """A role of this deployment."""
    return IamRole(name=name, trust=trust()).create(scope)


def fill_bucket(scope: Scope) -> None:
    s3 = scope.client("s3")
    for _ in range(2):
        s3.put_object(Bucket="sample-bucket", Key="key", Body=b"content")
    s3.delete_object(Bucket="sample-bucket", Key="key")
    s3.create_multipart_upload(Bucket="sample-bucket", Key="unfinished")


SAMPLES = (
    Sample(
        resource=IamRole(
            name="SampleRole",
            trust=trust(),
            inline_policies={"first": allow("s3:GetObject"), "second": allow("s3:PutObject")},
            description="A role",
            path="/team/",
            permissions_boundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
            max_session_duration=7200,
            tags={"team": "data"},
        ),
        changed={
            "trust": trust("batch.amazonaws.com"),
            "inline_policies": {"first": allow("s3:ListBucket"), "third": allow("s3:DeleteObject")},
            "description": "Another description",
            "permissions_boundary": None,
            "max_session_duration": 3600,
            "tags": {"team": "web", "cost": "7"},
        },
        broken={
            **names(64),
            **PATHS,
            **TAGS,
            "description too long": {"description": "d" * 1001},
            "description with a letter that is not Latin-1": {"description": "a \u2014 b"},
            "trust too long": {"trust": long_trust(2049)},
            "trust without a statement": {"trust": {"Version": "2012-10-17", "Statement": []}},
            "trust of an old version": {"trust": {**trust(), "Version": "2008-10-17"}},
            "trust with a placeholder": {"trust": trust("<get_from_vendor>")},
            "inline policy with a variable that is none": {
                "inline_policies": {"p": allow("s3:*", resource="arn:aws:s3:::${BucketName}")}
            },
            "inline policy with a letter that IAM does not take": {
                "inline_policies": {"p": allow("s3:*", resource="arn:aws:s3:::a\u2014b")}
            },
            "inline policies too long together": {"inline_policies": {"a": long_policy(5121), "b": long_policy(5120)}},
            "inline policy too long": {"inline_policies": {"a": long_policy(10_241)}},
            "inline policy name too long": {"inline_policies": {"p" * 129: allow("s3:*")}},
            "inline policy name with a slash": {"inline_policies": {"a/b": allow("s3:*")}},
            "session too short": {"max_session_duration": 3599},
            "session too long": {"max_session_duration": 43201},
        },
        allowed=(
            {"name": "n" * 64},
            {"name": "a_+=,.@-Z9"},
            {"description": "d" * 1000},
            {"description": ""},
            {"trust": long_trust(2048)},
            {"inline_policies": {"a": long_policy(5120), "b": long_policy(5120)}},
            {"inline_policies": {"p" * 128: allow("s3:*")}},
            {"inline_policies": {"p": allow("s3:*", resource="arn:aws:s3:::home/${aws:username}")}},
            {"max_session_duration": 43200},
            *TAGS_ALLOWED,
            *PATHS_ALLOWED,
        ),
    ),
    Sample(
        resource=IamPolicy(
            name="SamplePolicy",
            document=allow("s3:GetObject"),
            description="A policy",
            path="/team/",
            tags={"team": "data"},
        ),
        changed={"document": allow("s3:GetObject", "s3:PutObject"), "tags": {"cost": "7"}},
        unread=frozenset({"description"}),
        broken={
            **names(128),
            **PATHS,
            **TAGS,
            "path with a letter that policies do not take": {"path": "/a!b/"},
            "description too long": {"description": "d" * 1001},
            "document too long": {"document": long_policy(6145)},
            "document without a version": {"document": {"Statement": allow("s3:*")["Statement"]}},
            "document without a statement": {"document": {"Version": "2012-10-17"}},
        },
        allowed=({"name": "n" * 128}, {"document": long_policy(6144)}, *TAGS_ALLOWED, *PATHS_ALLOWED),
    ),
    Sample(
        resource=IamRoleAttachment(role="SampleRole", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
        broken={
            "not an ARN": {"policy_arn": "ReadOnlyAccess"},
            "another partition": {"policy_arn": "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"},
            "not IAM": {"policy_arn": "arn:aws:s3:::ReadOnlyAccess"},
        },
        allowed=({"policy_arn": "@{policy.arn}"},),
        unread=frozenset({"role_id", "role_path"}),
        before=lambda scope: role(scope, "SampleRole"),
    ),
    Sample(
        resource=IamInstanceProfile(name="SampleProfile", role="SampleRole", path="/team/", tags={"team": "data"}),
        changed={"role": "OtherRole", "tags": {"team": "web", "cost": "7"}},
        broken={**names(128), **PATHS, **TAGS},
        allowed=({"name": "n" * 128}, *TAGS_ALLOWED, *PATHS_ALLOWED),
        before=lambda scope: (role(scope, "SampleRole"), role(scope, "OtherRole")),
    ),
    Sample(
        resource=S3Bucket(
            name="sample-bucket",
            versioning=True,
            lifecycle={"old": {"prefix": "work/", "expire_days": 30}, "parts": {"prefix": "", "abort_multipart_days": 7}},
            tags={"team": "data"},
        ),
        changed={
            "block_public_access": False,
            "ownership": "ObjectWriter",
            "encryption": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "versioning": False,
            "lifecycle": {"old": {"prefix": "work/", "expire_days": 60, "noncurrent_days": 9}},
            "tls_only": False,
            "tags": {"cost": "7"},
        },
        broken={
            "name too short": {"name": "ab"},
            "name too long": {"name": "b" * 64},
            "name in capitals": {"name": "My-bucket"},
            "name with an underscore": {"name": "my_bucket"},
            "name with a hyphen behind": {"name": "my-bucket-"},
            "name with a dot before": {"name": ".my-bucket"},
            "name with two dots": {"name": "my..bucket"},
            "name like an address": {"name": "192.168.5.4"},
            "name with a line break": {"name": "my-bucket\n"},
            "name of an access point": {"name": "my-bucket-s3alias"},
            "name of a lambda access point": {"name": "my-bucket--ol-s3"},
            "name in punycode": {"name": "xn--bucket"},
            **TAGS,
        },
        allowed=({"name": "a1b"}, {"name": "b" * 63}, {"name": "my.bucket-7"}, *TAGS_ALLOWED),
        fill=fill_bucket,
    ),
)
