"""The types that the sandbox's stacks can have, one class a type: how it is made, read, changed and deleted in moto.

`read` gives the properties as a template has them, as far as drift detection compares them; None where it does not exist.
Source: CloudFormation template reference AWS::IAM and AWS::S3.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from moto.core.exceptions import ServiceException
from moto.iam.models import IAMBackend, Role, iam_backends
from moto.s3.models import S3Backend, s3_backends

Properties = dict[str, Any]


class Failure(ServiceException):
    """An error of CloudFormation. moto looks for the model of its own class by its module."""


class Place(Protocol):
    """Where a stack is."""

    account: str
    region: str


class Type(Protocol):
    taggable: bool

    def id_of(self, at: Place, has: Properties) -> str: ...
    def create(self, at: Place, has: Properties) -> None: ...
    def read(self, at: Place, id: str) -> Properties | None: ...
    def update(self, at: Place, id: str, has: Properties) -> None: ...
    def delete(self, at: Place, id: str) -> None: ...
    def attribute(self, at: Place, id: str, name: str) -> str: ...


def iam(at: Place) -> IAMBackend:
    return iam_backends[at.account]["aws"]


def s3(at: Place) -> S3Backend:
    return s3_backends[at.account]["aws"]


class _Role:
    taggable = True

    def id_of(self, at: Place, has: Properties) -> str:
        return str(has["RoleName"])

    def create(self, at: Place, has: Properties) -> None:
        iam(at).create_role(
            role_name=has["RoleName"],
            assume_role_policy_document=json.dumps(has["AssumeRolePolicyDocument"]),
            path=has.get("Path", "/"),
            permissions_boundary=has.get("PermissionsBoundary"),
            description=has.get("Description", ""),
            tags=has.get("Tags", []),
            max_session_duration=has.get("MaxSessionDuration", 3600),
        )
        self._fill(at, self._role(at, has["RoleName"]), has)

    def read(self, at: Place, id: str) -> Properties | None:
        role = self._role(at, id)
        if role is None:
            return None
        return {
            "AssumeRolePolicyDocument": json.loads(role.assume_role_policy_document),
            "Policies": [{"PolicyName": name, "PolicyDocument": json.loads(text)} for name, text in role.policies.items()],
            "ManagedPolicyArns": list(role.managed_policies),
            "Description": role.description,
            "MaxSessionDuration": int(role.max_session_duration or 3600),
            "PermissionsBoundary": role.permissions_boundary_arn,
            "Tags": sorted(role.tags, key=lambda tag: tag["Key"]),
        }

    def update(self, at: Place, id: str, has: Properties) -> None:
        if role := self._role(at, id):
            role.assume_role_policy_document = json.dumps(has["AssumeRolePolicyDocument"])
            role.description, role.tags = has.get("Description", ""), has.get("Tags", [])
            role.max_session_duration = has.get("MaxSessionDuration", 3600)
            role.permissions_boundary_arn = has.get("PermissionsBoundary")
            for arn in role.managed_policies.keys() - {*has.get("ManagedPolicyArns", [])}:
                iam(at).detach_role_policy(arn, id)
            for name in role.policies.keys() - {each["PolicyName"] for each in has.get("Policies", [])}:
                del role.policies[name]
            self._fill(at, role, has)

    def delete(self, at: Place, id: str) -> None:
        if role := self._role(at, id):
            for arn in [*role.managed_policies]:
                iam(at).detach_role_policy(arn, id)
            role.policies.clear()
            iam(at).delete_role(id)

    def attribute(self, at: Place, id: str, name: str) -> str:
        role = self._role(at, id)
        return str({"": id, "Arn": role.arn, "RoleId": role.id}[name]) if role else ""

    def _role(self, at: Place, name: str) -> Role | None:
        return next((role for role in iam(at).roles.values() if role.name == name), None)

    def _fill(self, at: Place, role: Role | None, has: Properties) -> None:
        assert role is not None
        for each in has.get("Policies", []):
            iam(at).put_role_policy(role.name, each["PolicyName"], json.dumps(each["PolicyDocument"]))
        for arn in has.get("ManagedPolicyArns", []):
            if arn not in role.managed_policies:
                iam(at).attach_role_policy(arn, role.name)


class _Policy:
    taggable = False

    def id_of(self, at: Place, has: Properties) -> str:
        return f"arn:aws:iam::{at.account}:policy{has.get('Path', '/')}{has['ManagedPolicyName']}"

    def create(self, at: Place, has: Properties) -> None:
        document = json.dumps(has["PolicyDocument"])
        name, path = has["ManagedPolicyName"], has.get("Path", "/")
        iam(at).create_policy(has.get("Description", ""), path, document, name, has.get("Tags", []))
        for role in has.get("Roles", []):
            iam(at).attach_role_policy(self.id_of(at, has), role)

    def read(self, at: Place, id: str) -> Properties | None:
        policy = iam(at).managed_policies.get(id)
        version = next((each for each in policy.versions if each.is_default), None) if policy else None
        return {"PolicyDocument": json.loads(version.document)} if version else None

    def update(self, at: Place, id: str, has: Properties) -> None:
        if self.read(at, id) != {"PolicyDocument": has["PolicyDocument"]}:
            iam(at).create_policy_version(id, json.dumps(has["PolicyDocument"]), True)

    def delete(self, at: Place, id: str) -> None:
        for role in [each for each in iam(at).roles.values() if id in each.managed_policies]:
            iam(at).detach_role_policy(id, role.name)
        iam(at).delete_policy(id)

    def attribute(self, at: Place, id: str, name: str) -> str:
        policy = iam(at).managed_policies[id]
        return str({"": id, "PolicyArn": id, "PolicyId": policy.id, "DefaultVersionId": policy.default_version_id}[name])


class _Profile:
    taggable = False

    def id_of(self, at: Place, has: Properties) -> str:
        return str(has["InstanceProfileName"])

    def create(self, at: Place, has: Properties) -> None:
        iam(at).create_instance_profile(has["InstanceProfileName"], has.get("Path", "/"), [])
        self.update(at, has["InstanceProfileName"], has)

    def read(self, at: Place, id: str) -> Properties | None:
        profile = next((each for each in iam(at).instance_profiles.values() if each.name == id), None)
        return {"Roles": [role.name for role in profile.roles]} if profile else None

    def update(self, at: Place, id: str, has: Properties) -> None:
        roles = {role.name: role for role in iam(at).roles.values()}
        iam(at).get_instance_profile(id).roles = [roles[name] for name in has["Roles"]]

    def delete(self, at: Place, id: str) -> None:
        iam(at).delete_instance_profile(id, ignore_attached_roles=True)

    def attribute(self, at: Place, id: str, name: str) -> str:
        return {"": id, "Arn": str(iam(at).get_instance_profile(id).arn)}[name]


class _Bucket:
    """Its settings beside tags and the public access block are taken as they are, and not compared."""

    taggable = True

    def id_of(self, at: Place, has: Properties) -> str:
        return str(has["BucketName"])

    def create(self, at: Place, has: Properties) -> None:
        s3(at).create_bucket(has["BucketName"], at.region)
        self.update(at, has["BucketName"], has)

    def read(self, at: Place, id: str) -> Properties | None:
        if (bucket := s3(at).buckets.get(id)) is None:
            if any(id in backend["aws"].buckets for _, backend in s3_backends.items()):  # of another account
                raise Failure("ValidationError", f"{id} already exists")
            return None
        tags = s3(at).tagger.list_tags_for_resource(bucket.arn)["Tags"]
        return {"Tags": sorted(tags, key=lambda tag: tag["Key"])} if tags else {}

    def update(self, at: Place, id: str, has: Properties) -> None:
        if tags := has.get("Tags"):
            s3(at).put_bucket_tagging(id, {tag["Key"]: tag["Value"] for tag in tags})
        if block := has.get("PublicAccessBlockConfiguration"):
            s3(at).put_public_access_block(id, block)

    def delete(self, at: Place, id: str) -> None:
        if s3(at).buckets[id].keys:
            raise Failure("BucketNotEmpty", "The bucket you tried to delete is not empty")
        s3(at).delete_bucket(id)

    def attribute(self, at: Place, id: str, name: str) -> str:
        return {"": id, "Arn": f"arn:aws:s3:::{id}"}[name]


class _BucketPolicy:
    taggable = False

    def id_of(self, at: Place, has: Properties) -> str:
        return str(has["Bucket"])

    def create(self, at: Place, has: Properties) -> None:
        self.update(at, has["Bucket"], has)

    def read(self, at: Place, id: str) -> Properties | None:
        bucket = s3(at).buckets.get(id)
        return {"PolicyDocument": json.loads(bucket.policy)} if bucket and bucket.policy else None

    def update(self, at: Place, id: str, has: Properties) -> None:
        s3(at).put_bucket_policy(id, json.dumps(has["PolicyDocument"]).encode())

    def delete(self, at: Place, id: str) -> None:
        s3(at).delete_bucket_policy(id)

    def attribute(self, at: Place, id: str, name: str) -> str:
        return id


TYPES: Mapping[str, Type] = {
    "AWS::IAM::Role": _Role(),
    "AWS::IAM::ManagedPolicy": _Policy(),
    "AWS::IAM::InstanceProfile": _Profile(),
    "AWS::S3::Bucket": _Bucket(),
    "AWS::S3::BucketPolicy": _BucketPolicy(),
}
