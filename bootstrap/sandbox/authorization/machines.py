"""What AWS checks before it carries out a call of EC2 or Batch (see `authorization`)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from moto.ec2.models import ec2_backends

from bootstrap.permissions.service_linked_roles import NAMES
from bootstrap.sandbox.authorization.call import Call, region_of
from bootstrap.sandbox.authorization.check import NEW, Check, form_of, passed, tags_of, values

IDS = {
    "i": "instance",
    "vol": "volume",
    "eni": "network-interface",
    "sg": "security-group",
    "key": "key-pair",
    "lt": "launch-template",
    "eipalloc": "elastic-ip",
}


def ec2_checks(call: Call, account: str) -> Iterator[Check]:
    """What a call is about may be said in a way that is not known here, or not at all: then it needs every resource."""
    try:
        found = list(_ec2_checks(call, account))
    except (KeyError, ValueError):
        found = []
    yield from found or [Check(f"ec2:{call.operation}", "*")]


def _ec2_checks(call: Call, account: str) -> Iterator[Check]:
    form, name, region = form_of(call), call.operation, region_of(call)
    here = f"arn:aws:ec2:{region}:{account}:"
    action = f"ec2:{name}"

    existing_tags = ec2_backends[account][region].tags

    def thing(which: str, kind: str = "", tagged_as: str = "") -> Check:
        """What is there already, with its tags; or with those of the thing that it came about with."""
        tags = existing_tags.get(which) or existing_tags.get(tagged_as, {})
        context = tuple((f"aws:ResourceTag/{key}", value) for key, value in tags.items())
        return Check(action, f"{here}{kind or IDS[which.partition('-')[0]]}/{which}", context)

    def things(pattern: str) -> list[Check]:
        return [thing(each) for each in values(form, pattern)]

    def made(*types: str) -> Iterator[Check]:
        """With the tags that the call asks for on each type, which is CreateTags as well."""
        for each in types:
            places = [key for key, value in form.items() if key.endswith("ResourceType") and value == each]
            tags = {key: value for at in places for key, value in tags_of(form, at.removesuffix("ResourceType")).items()}
            context = tuple((f"aws:RequestTag/{key}", value) for key, value in tags.items())
            arn = f"{here}{each}/{form['KeyName'] if each == 'key-pair' else NEW}"
            yield Check(action, arn, context)
            if tags:
                yield Check("ec2:CreateTags", arn, (*context, ("ec2:CreateAction", name)))

    match name:
        case "DescribeInstanceAttribute":
            yield from things("InstanceId")
        case "DescribeVpcAttribute":
            yield Check(action, f"{here}vpc/{form['VpcId']}")
        case _ if name.startswith(("Describe", "GetAllowed")):
            yield Check(action, "*")
        case "RunInstances":
            yield from made("instance", "volume", "network-interface")
            image = form["ImageId"]
            if image.startswith("resolve:ssm:"):
                yield Check("ssm:GetParameters", f"arn:aws:ssm:{region}::parameter{image.removeprefix('resolve:ssm:')}")
            yield Check(action, f"arn:aws:ec2:{region}::image/{NEW if ':' in image else image}")
            yield Check(action, f"{here}subnet/{form['SubnetId']}")
            yield from things(r"SecurityGroupId\.\d+")
            yield from (Check(action, f"{here}key-pair/{key}") for key in values(form, "KeyName"))
            yield from passed(account, form.get("IamInstanceProfile.Name", ""), "ec2.amazonaws.com")
        case "CreateSecurityGroup":
            yield from made("security-group")
            yield Check(action, f"{here}vpc/{form['VpcId']}")
        case "AllocateAddress":
            yield from made("elastic-ip")
        case "CreateLaunchTemplate":
            yield from made("launch-template")
        case "ImportKeyPair":
            yield from made("key-pair")
        case "DeleteKeyPair":
            yield Check(action, f"{here}key-pair/{form['KeyName']}")
        case "CreateTags":
            asked = tuple((f"aws:RequestTag/{key}", value) for key, value in tags_of(form, "Tag.").items())
            yield from (replace(item, context=(*item.context, *asked)) for item in things(r"ResourceId\.\d+"))
        case "DeleteTags":
            yield from things(r"ResourceId\.\d+")
        case "AssociateAddress":
            yield from things("AllocationId|InstanceId")
            yield thing(NEW, "network-interface", form["InstanceId"])
        case "DisassociateAddress":
            [address] = [
                item for item in ec2_backends[account][region].addresses if item.association_id == form["AssociationId"]
            ]
            yield thing(str(address.allocation_id))
            yield thing(NEW, "network-interface", address.instance.id if address.instance else "")
        case "AssociateIamInstanceProfile":
            yield from things("InstanceId")
            yield from passed(account, form.get("IamInstanceProfile.Name", ""), "ec2.amazonaws.com")
        case "DisassociateIamInstanceProfile":
            for each in ec2_backends[account][region].iam_instance_profile_associations.values():
                if each.association_id == form["AssociationId"]:
                    yield thing(each.instance_id)
        case "ModifyInstanceAttribute":
            yield from things(r"InstanceId|GroupId\.\d+")
        case _:
            ids = r"(Instance|Group|Volume|NetworkInterface|LaunchTemplate|Allocation)Id(\.\d+)?"
            yield from things(ids)


def batch_checks(call: Call, account: str) -> Iterator[Check]:
    name = call.operation
    action = f"batch:{name}"
    here = f"arn:aws:batch:{region_of(call)}:{account}:"
    if name in ("TagResource", "UntagResource"):
        yield Check(action, unquote(urlsplit(call.url).path).partition("/v1/tags/")[2])
        return
    sent = json.loads(call.body or "{}")
    environments = [item["computeEnvironment"] for item in sent.get("computeEnvironmentOrder", [])]
    match name:
        case "CreateComputeEnvironment":
            arn = f"{here}compute-environment/{sent['computeEnvironmentName']}"
            yield from (Check(each, arn) for each in (action, *(["batch:TagResource"] if sent.get("tags") else [])))
            yield from passed(account, sent["computeResources"]["instanceRole"], "batch.amazonaws.com")
            service = "batch.amazonaws.com"
            linked = f"arn:aws:iam::{account}:role/aws-service-role/{service}/{NAMES[service]}"
            yield Check("iam:CreateServiceLinkedRole", linked, (("iam:AWSServiceName", service),))
        case "UpdateComputeEnvironment" | "DeleteComputeEnvironment":
            yield Check(action, f"{here}compute-environment/{sent['computeEnvironment'].rpartition('/')[2]}")
            yield from passed(account, sent.get("computeResources", {}).get("instanceRole", ""), "batch.amazonaws.com")
        case "CreateJobQueue":
            arn = f"{here}job-queue/{sent['jobQueueName']}"
            yield from (Check(each, arn) for each in (action, *(["batch:TagResource"] if sent.get("tags") else [])))
            yield from (Check(action, each) for each in environments)
        case "UpdateJobQueue" | "DeleteJobQueue":
            yield Check(action, f"{here}job-queue/{sent['jobQueue'].rpartition('/')[2]}")
            yield from (Check(action, each) for each in environments)
        case "TerminateJob":
            yield Check(action, f"{here}job/{sent['jobId']}")
        case _:
            yield Check(action, "*")
