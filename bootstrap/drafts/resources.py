"""The resources of a template as those of a file, one function a type.

Source: CloudFormation template reference, AWS::IAM::* and AWS::S3::*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.core.policy import as_list
from bootstrap.drafts.conditions import Conditions
from bootstrap.drafts.content import Content, Draft
from bootstrap.drafts.names import Names, Unresolved, address_of, unique
from bootstrap.drafts.policies import NOT_STATED, Policies
from bootstrap.drafts.reader import Reader

KINDS: Mapping[str, str] = {
    "AWS::IAM::Role": "iam_role",
    "AWS::IAM::ManagedPolicy": "iam_policy",
    "AWS::IAM::InstanceProfile": "iam_instance_profile",
    "AWS::IAM::OIDCProvider": "iam_oidc_provider",
    "AWS::S3::Bucket": "s3_bucket",
}
"""Types that are a resource of a file."""
PARTS = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::S3::BucketPolicy")
"""Types that are a part of one."""


@dataclass(frozen=True)
class Resources:
    """Reads the resources of a template into a draft."""

    draft: Draft
    names: Names
    conditions: Conditions

    @property
    def _policies(self) -> Policies:
        return Policies(self.draft, self.conditions)

    def read(self, logical: str, entry: Mapping[str, Any]) -> None:
        """Adds the resource, or what it is a part of. What cannot be carried over is listed."""
        where = f"Resources.{logical}"
        for odd in sorted(entry.keys() - {"Type", "Properties", "Condition", "DependsOn"}):
            self.draft.leave(f"{where}.{odd}", "has no counterpart here")
        of_type: Mapping[str, Callable[[str, Reader], None]] = {
            "AWS::IAM::Role": self._role,
            "AWS::IAM::ManagedPolicy": self._managed_policy,
            "AWS::IAM::InstanceProfile": self._instance_profile,
            "AWS::IAM::OIDCProvider": self._oidc_provider,
            "AWS::S3::Bucket": self._bucket,
            "AWS::IAM::Policy": self._policy,
            "AWS::IAM::RolePolicy": self._policy,
            "AWS::S3::BucketPolicy": self._bucket_policy,
        }
        try:
            when = self.conditions.expression(entry["Condition"]) if "Condition" in entry else ""
            properties = entry.get("Properties", {})
            if not isinstance(properties, dict):
                raise Unresolved("has properties that are no object")
            reader = Reader(properties, self.names.reading(logical), self.draft, f"{where}.Properties", when)
            of_type[str(entry["Type"])](logical, reader)
            reader.leave_the_rest()
        except Unresolved as error:
            self.draft.leave(where, str(error))
            self.draft.content["resources"].pop(self.names.addresses.get(logical, ""), None)
            return
        if address := self.names.addresses.get(logical):
            needed = [str(each) for each in as_list(entry.get("DependsOn", []))]
            before = [self.names.addresses[each] for each in needed if each in self.names.addresses]
            if before:
                self.draft.content["resources"][address]["after"] = before
            if len(before) < len(needed):
                self.draft.leave(f"{where}.DependsOn", "names what the draft does not have")

    def _add(self, logical: str, reader: Reader, content: Content) -> str:
        address = self.names.addresses[logical]
        held = {"when": reader.when} if reader.when else {}
        self.draft.content["resources"][address] = {"type": self.names.kinds[logical], **content, **held}
        self.draft.sources["resources", address] = f"Resources.{logical}"
        return address

    def _role(self, logical: str, reader: Reader) -> None:
        address = self.names.addresses[logical]
        statements = self._policies.statements
        content: Content = {
            "name": reader.name("RoleName", logical[:64]),
            **reader.some(description="Description", path="Path", permissions_boundary="PermissionsBoundary"),
            **reader.tags(),
        }
        if seconds := reader.text("MaxSessionDuration"):
            content["max_session_duration"] = int(seconds) if seconds.isdecimal() else seconds
        place = ("resources", address, "trust")
        document = reader.take("AssumeRolePolicyDocument")
        content["trust"] = statements(document, f"{reader.where}.AssumeRolePolicyDocument", place, reader.names)
        self._add(logical, reader, content)
        for number, item in enumerate(reader.list("Policies")):
            where = f"{reader.where}.Policies[{number}]"
            try:
                for when, policy in self.conditions.alternatives(item):
                    self._inline(address, policy, where, reader.names, when)
            except Unresolved as error:
                self.draft.leave(where, str(error))
        for number, item in enumerate(reader.list("ManagedPolicyArns")):
            try:
                for when, arn in self.conditions.alternatives(item, reader.when):
                    self._attach(address, reader.names.text(arn), f"{reader.where}.ManagedPolicyArns[{number}]", when)
            except Unresolved as error:
                self.draft.leave(f"{reader.where}.ManagedPolicyArns[{number}]", str(error))

    def _inline(self, address: str, policy: Any, where: str, names: Names, when: str = "") -> None:
        """Adds a policy to the role at the address. Raises Unresolved."""
        if not isinstance(policy, dict):
            raise Unresolved("is no policy")
        policies = self.draft.content["resources"][address].setdefault("inline_policies", {})
        name = names.text(policy.get("PolicyName", "policy"))
        place = ("resources", address, "inline_policies", name)
        begun = policies.get(name, [])
        document = policy.get("PolicyDocument")
        found = self._policies.statements(document, f"{where}.PolicyDocument", place, names, when, len(begun))
        for each in found:
            each["sid"] = unique(each["sid"], {other["sid"] for other in begun}, "")
        if found:
            policies[name] = [*begun, *found]

    def _attach(self, role: str, arn: str, where: str, when: str) -> None:
        resources = self.draft.content["resources"]
        address = unique(f"{role[:28]}-policy", resources, "-")
        held = {"when": when} if when else {}
        content = {"role": f"${{{role}.name}}", "policy_arn": arn, "purpose": NOT_STATED, **held}
        resources[address] = {"type": "iam_role_attachment", **content}
        self.draft.sources["resources", address] = where

    def _managed_policy(self, logical: str, reader: Reader) -> None:
        content = {
            "name": reader.name("ManagedPolicyName", logical[:128]),
            **reader.some(description="Description", path="Path"),
        }
        place = ("resources", self.names.addresses[logical], "document")
        document = reader.take("PolicyDocument")
        source = f"{reader.where}.PolicyDocument"
        content["document"] = self._policies.statements(document, source, place, reader.names)
        address = self._add(logical, reader, content)
        for role in self._roles(reader):
            self._attach(role, f"${{{address}.arn}}", f"{reader.where}.Roles", reader.when)

    def _roles(self, reader: Reader) -> list[str]:
        """The addresses of the roles that it names."""
        found = []
        for number, item in enumerate(reader.list("Roles") or as_list(reader.take("RoleName") or [])):
            logical = item.get("Ref") if isinstance(item, dict) else None
            address = self.names.addresses.get(logical or "")
            if address and address in self.draft.content["resources"]:
                found.append(address)
            else:
                self.draft.leave(f"{reader.where}.Roles[{number}]", "is no role that the draft has")
        return found

    def _policy(self, logical: str, reader: Reader) -> None:
        policy = {name: reader.take(name) for name in ("PolicyName", "PolicyDocument")}
        if policy["PolicyName"] is None:
            policy["PolicyName"] = logical
        for role in self._roles(reader):
            self._inline(role, policy, reader.where, reader.names, reader.when)

    def _instance_profile(self, logical: str, reader: Reader) -> None:
        roles = self._roles(reader)
        if len(roles) != 1:
            raise Unresolved("has no role that the draft has")
        name = reader.name("InstanceProfileName", logical[:128])
        self._add(logical, reader, {"name": name, "role": f"${{{roles[0]}.name}}", **reader.some(path="Path")})

    def _oidc_provider(self, logical: str, reader: Reader) -> None:
        url = reader.text("Url")
        thumbprints, audiences = (reader.names.texts(reader.take(key) or []) for key in ("ThumbprintList", "ClientIdList"))
        content: Content = {"url": url, **({"thumbprints": thumbprints} if thumbprints else {}), **reader.tags()}
        address = self._add(logical, reader, content)
        held = {"when": reader.when} if reader.when else {}
        for audience in audiences:
            own = unique(f"{address[:28]}-audience", self.draft.content["resources"], "-")
            content = {"type": "iam_oidc_audience", "provider": f"${{{address}.arn}}", "audience": audience, **held}
            self.draft.content["resources"][own] = content
            self.draft.sources["resources", own] = f"{reader.where}.ClientIdList"

    def _bucket(self, logical: str, reader: Reader) -> None:
        name = reader.name("BucketName", f"{self.names.addresses[logical]}-${{account.id}}")
        content: Content = {"name": name, **reader.tags()}
        if reader.properties.get("VersioningConfiguration") == {"Status": "Enabled"}:
            content["versioning"] = bool(reader.take("VersioningConfiguration"))
        blocks = reader.properties.get("PublicAccessBlockConfiguration")
        if isinstance(blocks, dict) and len(blocks) == 4 and all(str(each).lower() == "true" for each in blocks.values()):
            reader.take("PublicAccessBlockConfiguration")  # what every bucket here has
        match reader.properties.get("BucketEncryption"):
            case {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": dict(usual)}]}:
                if usual == {"SSEAlgorithm": "AES256"}:
                    reader.take("BucketEncryption")  # what every bucket here has
                elif usual.get("SSEAlgorithm") == "aws:kms" and usual.keys() == {"SSEAlgorithm", "KMSMasterKeyID"}:
                    reader.take("BucketEncryption")
                    content["encryption"] = reader.names.text(usual["KMSMasterKeyID"])
        self._add(logical, reader, content)

    def _bucket_policy(self, logical: str, reader: Reader) -> None:
        address = unique(address_of(logical), self.draft.content["resources"], "-")
        bucket, place = reader.text("Bucket"), ("resources", address, "statements")
        document, source = reader.take("PolicyDocument"), f"{reader.where}.PolicyDocument"
        statements = self._policies.statements(document, source, place, reader.names)
        held = {"when": reader.when} if reader.when else {}
        content = {"type": "s3_bucket_policy_statement", "bucket": bucket, "statements": statements, **held}
        self.draft.content["resources"][address] = content
        self.draft.sources["resources", address] = f"Resources.{logical}"
