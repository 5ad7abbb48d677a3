"""Plays CloudFormation for the types that bootstrap exports: reads the JSON, fills in functions, and makes the calls.

moto's own CloudFormation knows no bucket policies, leaves out most settings of a bucket, cannot read back what it wrote of a
role, and loads templates unsafely. Whatever this does not know is an error, so nothing in a template goes untried.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bootstrap.aws.scope import Scope

Properties = dict[str, Any]
Player = Callable[[Scope, Properties], dict[str, str]]
"""Creates a resource from all of its properties (it takes out what it used); gives what Ref ("") and Fn::GetAtt answer."""


class Stack:
    """A stack of a template in the account of a scope."""

    def __init__(self, here: Scope, text: str, parameters: Mapping[str, str] = {}) -> None:
        self.here = here
        self.template = json.loads(text)
        known = self.template.get("Parameters", {})
        assert parameters.keys() <= known.keys()
        self.values = {name: self._checked(each, parameters.get(name, each.get("Default"))) for name, each in known.items()}
        self.values |= {"AWS::AccountId": here.account.id, "AWS::Region": here.account.region}
        self.values |= {"AWS::Partition": here.account.partition}
        self.made: dict[str, dict[str, str]] = {}
        for name in self.template["Resources"]:
            self._make(name)
        self.outputs = {each["Description"]: self._filled(each["Value"]) for each in self.template["Outputs"].values()}

    def _checked(self, parameter: Mapping[str, Any], value: Any) -> str:
        assert isinstance(value, str), "a parameter without a value"
        fits = re.fullmatch(parameter["AllowedPattern"].removeprefix("^").removesuffix("$"), value)
        if not fits or not parameter["MinLength"] <= len(value) <= parameter["MaxLength"]:
            raise ValueError(parameter["ConstraintDescription"])
        return value

    def _make(self, name: str) -> dict[str, str]:
        if name not in self.made:
            resource = self.template["Resources"][name]
            for first in resource.get("DependsOn", []):
                self._make(first)
            properties = self._filled(resource["Properties"])
            self.made[name] = PLAYERS[resource["Type"]](self.here, properties)
            assert not properties, f"{resource['Type']}: nobody plays {', '.join(properties)}"
        return self.made[name]

    def _value(self, name: str) -> str:
        resource, _, attribute = name.partition(".")
        return self.values[name] if name in self.values else self._make(resource)[attribute]

    def _filled(self, value: Any) -> Any:
        match value:
            case {"Ref": name}:
                return self._value(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._value(f"{name}.{attribute}")
            case {"Fn::Sub": text}:
                return re.sub(
                    r"\$\{(!?)([^}]+)\}", lambda found: f"${{{found[2]}}}" if found[1] else self._value(found[2]), text
                )
            case dict():
                return {key: self._filled(item) for key, item in value.items()}
            case list():
                return [self._filled(item) for item in value]
        return value


def _role(here: Scope, has: Properties) -> dict[str, str]:
    iam, inline, attached = here.client("iam"), has.pop("Policies", []), has.pop("ManagedPolicyArns", [])
    name = {"RoleName": has["RoleName"]}
    role = iam.create_role(**_taken(has, trust="AssumeRolePolicyDocument"))["Role"]
    for each in inline:
        iam.put_role_policy(**name, PolicyName=each["PolicyName"], PolicyDocument=json.dumps(each["PolicyDocument"]))
    for arn in attached:
        iam.attach_role_policy(**name, PolicyArn=arn)
    return {"": role["RoleName"], "Arn": role["Arn"], "RoleId": role["RoleId"]}


def _policy(here: Scope, has: Properties) -> dict[str, str]:
    iam, roles = here.client("iam"), has.pop("Roles", [])
    has["PolicyName"] = has.pop("ManagedPolicyName")
    policy = iam.create_policy(**_taken(has, document="PolicyDocument"))["Policy"]
    for role in roles:
        iam.attach_role_policy(RoleName=role, PolicyArn=policy["Arn"])
    return {"": policy["Arn"], "PolicyId": policy["PolicyId"], "DefaultVersionId": policy["DefaultVersionId"]}


def _profile(here: Scope, has: Properties) -> dict[str, str]:
    iam, roles = here.client("iam"), has.pop("Roles")
    profile = iam.create_instance_profile(**_taken(has))["InstanceProfile"]
    for role in roles:
        iam.add_role_to_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=role)
    return {"": profile["InstanceProfileName"], "Arn": profile["Arn"]}


def _provider(here: Scope, has: Properties) -> dict[str, str]:
    has["ClientIDList"] = has.pop("ClientIdList")
    arn = here.client("iam").create_open_id_connect_provider(**_taken(has))["OpenIDConnectProviderArn"]
    return {"": arn, "Arn": arn}


def _bucket(here: Scope, has: Properties) -> dict[str, str]:
    s3, region, name = here.client("s3"), here.account.region, {"Bucket": has.pop("BucketName")}
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(**name, **where)
    s3.put_bucket_ownership_controls(**name, OwnershipControls=has.pop("OwnershipControls"))
    blocks = has.pop("PublicAccessBlockConfiguration")
    s3.put_public_access_block(**name, PublicAccessBlockConfiguration=blocks)
    [rule] = has.pop("BucketEncryption")["ServerSideEncryptionConfiguration"]
    rule["ApplyServerSideEncryptionByDefault"] = rule.pop("ServerSideEncryptionByDefault")
    s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if versioning := has.pop("VersioningConfiguration", None):
        s3.put_bucket_versioning(**name, VersioningConfiguration=versioning)
    if lifecycle := has.pop("LifecycleConfiguration", None):
        rules = [_rule(each) for each in lifecycle["Rules"]]
        s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": rules})
    if tags := has.pop("Tags", None):
        s3.put_bucket_tagging(**name, Tagging={"TagSet": tags})
    return {"": name["Bucket"], "Arn": f"arn:{here.account.partition}:s3:::{name['Bucket']}"}


def _rule(has: Properties) -> Properties:
    days = {"Expiration": {"Days": has.pop("ExpirationInDays")}} if "ExpirationInDays" in has else {}
    return {"ID": has.pop("Id"), "Filter": {"Prefix": has.pop("Prefix")}, **days, **has}


def _bucket_policy(here: Scope, has: Properties) -> dict[str, str]:
    here.client("s3").put_bucket_policy(Bucket=has.pop("Bucket"), Policy=json.dumps(has.pop("PolicyDocument")))
    return {}


def _group(here: Scope, has: Properties) -> dict[str, str]:
    ec2, ingress, egress = here.client("ec2"), has.pop("SecurityGroupIngress", []), has.pop("SecurityGroupEgress")
    assert egress == [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}], "each new group has this rule"
    has["Description"] = has.pop("GroupDescription")
    group = ec2.create_security_group(**_tagged(has, "security-group"))["GroupId"]
    for rule in ingress:
        ranges = [{name: rule.pop(name) for name in ("CidrIp", "Description") if name in rule}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**rule, "IpRanges": ranges}])
    return {"": group, "GroupId": group}


def _key_pair(here: Scope, has: Properties) -> dict[str, str]:
    has["PublicKeyMaterial"] = has["PublicKeyMaterial"].encode()
    pair = here.client("ec2").import_key_pair(**_tagged(has, "key-pair"))
    return {"": pair["KeyName"], "KeyPairId": pair["KeyPairId"]}


def _address(here: Scope, has: Properties) -> dict[str, str]:
    address = here.client("ec2").allocate_address(**_tagged(has, "elastic-ip"))
    return {"": address["PublicIp"], "AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}


def _association(here: Scope, has: Properties) -> dict[str, str]:
    return {"Id": here.client("ec2").associate_address(**_taken(has))["AssociationId"]}


def _template(here: Scope, has: Properties) -> dict[str, str]:
    data = has["LaunchTemplateData"]
    data["UserData"] = base64.b64encode(data["UserData"].pop("Fn::Base64").encode()).decode()
    found = here.client("ec2").create_launch_template(**_taken(has))["LaunchTemplate"]
    return {"": found["LaunchTemplateId"], "LatestVersionNumber": str(found["LatestVersionNumber"])}


def _machine(here: Scope, has: Properties) -> dict[str, str]:
    """The service fills in the name of an image, and encodes user data as the SDK does."""
    assert has.pop("PropagateTagsToVolumeOnCreation")
    has["ImageId"] = has["ImageId"].removeprefix("{{").removesuffix("}}")
    has["UserData"] = has["UserData"].pop("Fn::Base64")
    has["IamInstanceProfile"] = {"Name": has["IamInstanceProfile"]}
    [made] = here.client("ec2").run_instances(MinCount=1, MaxCount=1, **_tagged(has, "instance", "volume"))["Instances"]
    return {"": made["InstanceId"]}


def _environment(here: Scope, has: Properties) -> dict[str, str]:
    assert has.pop("ReplaceComputeEnvironment") is False
    tags, resources = has.pop("Tags", {}), _lower(has.pop("ComputeResources"))
    resources["launchTemplate"] = _lower(resources["launchTemplate"])
    made = here.client("batch").create_compute_environment(**_lower(_taken(has)), computeResources=resources, tags=tags)
    return {"": made["computeEnvironmentArn"]}


def _queue(here: Scope, has: Properties) -> dict[str, str]:
    for name in ("ComputeEnvironmentOrder", "JobStateTimeLimitActions"):
        has[name] = [_lower(each) for each in has.get(name, [])]
    return {"": here.client("batch").create_job_queue(**_lower(_taken(has)))["jobQueueArn"]}


def _lower(has: Properties) -> Properties:
    """Batch's names begin with a small letter."""
    return {name[:1].lower() + name[1:]: value for name, value in has.items()}


def _tagged(has: Properties, *kinds: str) -> Properties:
    tags = has.pop("Tags", [])
    return {**_taken(has), "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in kinds if tags]}


def _taken(has: Properties, **documents: str) -> Properties:
    """All properties, which the call names alike; documents as text."""
    found = {key: json.dumps(value) if key in documents.values() else value for key, value in has.items()}
    has.clear()
    return found


PLAYERS: Mapping[str, Player] = {
    "AWS::Batch::ComputeEnvironment": _environment,
    "AWS::Batch::JobQueue": _queue,
    "AWS::EC2::EIP": _address,
    "AWS::EC2::EIPAssociation": _association,
    "AWS::EC2::Instance": _machine,
    "AWS::EC2::KeyPair": _key_pair,
    "AWS::EC2::LaunchTemplate": _template,
    "AWS::EC2::SecurityGroup": _group,
    "AWS::IAM::Role": _role,
    "AWS::IAM::ManagedPolicy": _policy,
    "AWS::IAM::InstanceProfile": _profile,
    "AWS::IAM::OIDCProvider": _provider,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
}
