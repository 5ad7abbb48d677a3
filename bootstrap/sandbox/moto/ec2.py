"""Where moto's EC2 lets pass, or forgets, what AWS does not (see `sandbox/moto/corrections.py`)."""

import base64
import copy
import hashlib
from typing import Any

from moto import settings
from moto.core.responses import ActionResult
from moto.ec2.exceptions import (
    DependencyViolationError,
    EC2ClientError,
    InvalidLaunchTemplateIdNotFound,
    InvalidLaunchTemplateNameNotFoundWithNameError,
    InvalidSecurityGroupDuplicateError,
)
from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociationBackend
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.key_pairs import KeyPairBackend
from moto.ec2.models.launch_templates import LaunchTemplateBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses._base_response import EC2BaseResponse
from moto.ec2.responses.iam_instance_profiles import IamInstanceProfiles
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.iam.exceptions import NotFoundException
from moto.ssm.models import ssm_backends

from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    settings.ENABLE_KEYPAIR_VALIDATION = True
    settings.ENABLE_AMI_VALIDATION = True
    _public_parameters_name_images()
    _unknown_profiles_are_invalid()
    _machines_show_the_id_of_their_profile()
    _client_tokens_are_honoured()
    _network_interfaces_get_their_tags()
    _metadata_options_that_are_not_named_stay()
    _terminated_machines_let_go()
    _groups_of_a_machine_are_those_of_its_network_interface()
    _groups_in_use_stay()
    _group_names_ignore_case()
    _a_rule_without_a_description_loses_it()
    _fingerprints_of_ed25519_keys_are_those_of_ssh()
    _missing_launch_templates_are_not_found()
    _launch_templates_show_their_new_tags()


def _public_parameters_name_images() -> None:
    """moto takes resolve:ssm:... for the id of an image. It has some of AWS's public parameters, and none of Ubuntu's: any
    image does for those."""

    def run_instances(original: Method, ec2: Any, image_id: str, *others: Any, **named: Any) -> Any:
        parameter = (image_id or "").removeprefix("resolve:ssm:")
        if parameter != image_id:
            found = ssm_backends[ec2.account_id][ec2.region_name].get_parameter(parameter)
            if not found and not parameter.startswith("/aws/service/"):
                raise EC2ClientError("InvalidParameterValue", f"The parameter {parameter} was not found.")
            image_id = found.value if found else next(iter(ec2.amis))
        return original(ec2, image_id, *others, **named)

    wrap_method(InstanceBackend, "run_instances", run_instances)


def _unknown_profiles_are_invalid() -> None:
    """moto answers as IAM would (NoSuchEntity); EC2 answers InvalidParameterValue."""

    def call(original: Method, response: EC2BaseResponse) -> Any:
        try:
            return original(response)
        except NotFoundException:
            profile = response._get_param("IamInstanceProfile", {})
            name, value = next(iter(profile.items()))
            message = f"Value ({value}) for parameter iamInstanceProfile.{name.lower()} is invalid. "
            raise EC2ClientError("InvalidParameterValue", f"{message}Invalid IAM Instance Profile {name.lower()}") from None

    wrap_method(InstanceResponse, "run_instances", call)
    wrap_method(IamInstanceProfiles, "associate_iam_instance_profile", call)


def _machines_show_the_id_of_their_profile() -> None:
    """moto shows the id of the association as the id of the profile."""

    def associate(original: Method, ec2: Any, instance_id: str, *others: Any, **named: Any) -> Any:
        association = original(ec2, instance_id, *others, **named)
        held = association.iam_instance_profile
        association.instance.iam_instance_profile = {"Arn": held.arn, "Id": held.id}
        return association

    wrap_method(IamInstanceProfileAssociationBackend, "associate_iam_instance_profile", associate)


def _client_tokens_are_honoured() -> None:
    """moto ignores client tokens and creates a second resource; AWS returns the first one again."""
    for responses, operation in (
        (InstanceResponse, "run_instances"),
        (LaunchTemplates, "create_launch_template"),
        (LaunchTemplates, "create_launch_template_version"),
    ):
        _client_token_is_honoured(responses, operation)


def _client_token_is_honoured(responses: type[EC2BaseResponse], operation: str) -> None:
    def call(original: Method, response: EC2BaseResponse) -> Any:
        asked = copy.deepcopy(response._get_params())  # moto adds to it
        answers = vars(response.ec2_backend).setdefault("answers_by_token", {})
        key = (operation, asked.get("ClientToken"))
        if key[1] is None:
            return original(response)
        if key not in answers:
            answers[key] = (asked, original(response).result)
        before, result = answers[key]
        if before != asked:
            message = "The token was used before, with other parameters."
            raise EC2ClientError("IdempotentParameterMismatch", message)
        return ActionResult(result)

    wrap_method(responses, operation, call)


def _network_interfaces_get_their_tags() -> None:
    """moto drops the tags of RunInstances for network interfaces; AWS sets them."""

    def run_instances(original: Method, ec2: Any, *others: Any, **named: Any) -> Any:
        reservation = original(ec2, *others, **named)
        for instance in reservation.instances:
            for interface in instance.nics.values():
                interface.add_tags(named.get("tags", {}).get("network-interface", {}))
        return reservation

    wrap_method(InstanceBackend, "run_instances", run_instances)


def _metadata_options_that_are_not_named_stay() -> None:
    """moto resets options that the call does not name; AWS keeps them. Source: EC2 API reference
    ModifyInstanceMetadataOptions."""

    def modify(original: Method, backend: InstanceBackend, instance_id: str, **named: Any) -> Any:
        has = backend.get_instance(instance_id).metadata_options
        stays = {
            "http_tokens": has.http_tokens,
            "hop_limit": has.http_put_response_hop_limit,
            "http_endpoint": has.http_endpoint,
        }
        return original(
            backend, instance_id, **{**stays, **{key: value for key, value in named.items() if value is not None}}
        )

    wrap_method(InstanceBackend, "modify_instance_metadata_options", modify)


def _terminated_machines_let_go() -> None:
    """In moto the network interface and the association with an address outlive the instance; on AWS they do not."""

    def terminate(original: Method, instance: Instance) -> Any:
        if instance.state == "terminated":
            return instance.instance_state
        for interface in instance.nics.values():
            # Only what the machine was born with goes along; moto does not say so of it.
            if interface.description == "Primary network interface":
                interface.delete_on_termination = True
        before = original(instance)
        for address in list(instance.ec2_backend.addresses):
            if address.instance is instance:
                address.instance = address.eni = address.association_id = None
        return before

    wrap_method(Instance, "terminate", terminate)


def _groups_of_a_machine_are_those_of_its_network_interface() -> None:
    """moto changes only the groups of the instance; on AWS they are those of its network interface."""

    def modify(original: Method, ec2: Any, instance_id: str, groups: list[str]) -> Any:
        instance = original(ec2, instance_id, groups)
        instance.nics[0]._group_set = list(instance.security_groups)
        return instance

    wrap_method(InstanceBackend, "modify_instance_security_groups", modify)


def _groups_in_use_stay() -> None:
    """moto deletes a group that instances or rules use; AWS refuses that."""

    def delete(original: Method, ec2: Any, name: str | None = None, group_id: str | None = None) -> Any:
        interfaces = {group.id for eni in ec2.enis.values() for group in eni.group_set}
        rules = {
            rule.source_group.get("GroupId")
            for groups in ec2.groups.values()
            for group in groups.values()
            for rule in (*group.ingress_rules, *group.egress_rules)
            if group.id != group_id
        }
        if group_id in interfaces | rules:
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        return original(ec2, name=name, group_id=group_id)

    wrap_method(SecurityGroupBackend, "delete_security_group", delete)


def _group_names_ignore_case() -> None:
    """moto accepts Vendor when vendor exists in the same VPC; AWS refuses it."""

    def create(original: Method, ec2: Any, name: str, description: str, vpc_id: str | None = None, **named: Any) -> Any:
        taken = {group.name.lower() for group in ec2.groups[vpc_id or ec2.default_vpc.id].values()}
        if name.lower() in taken and not named.get("force"):
            raise InvalidSecurityGroupDuplicateError(name)
        return original(ec2, name, description, vpc_id, **named)

    wrap_method(SecurityGroupBackend, "create_security_group", create)


def _a_rule_without_a_description_loses_it() -> None:
    """moto keeps the description when an update omits it; AWS removes it."""

    def update(original: Method, ec2: Any, wanted: Any, rule: Any) -> Any:
        wanted.ip_range.setdefault("Description", "")
        return original(ec2, wanted, rule)

    wrap_method(SecurityGroupBackend, "_sg_update_description", update)


def _fingerprints_of_ed25519_keys_are_those_of_ssh() -> None:
    """moto computes one from the key's DER form, in hexadecimal; AWS shows the one that ssh-keygen shows."""

    def import_key_pair(original: Method, ec2: Any, key_name: str, public_key_material: Any, tags: dict[str, str]) -> Any:
        key = original(ec2, key_name, public_key_material, tags)
        if key.key_type == "ed25519":
            line = public_key_material if isinstance(public_key_material, bytes) else str(public_key_material).encode()
            digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
            key.key_fingerprint = base64.b64encode(digest).decode()
        return key

    wrap_method(KeyPairBackend, "import_key_pair", import_key_pair)


def _missing_launch_templates_are_not_found() -> None:
    """moto says that a parameter is missing, or shows an empty list; AWS says that the template is not found."""

    def check(ec2: Any, ids: list[str], names: list[str]) -> None:
        for template in ids:
            if template not in ec2.launch_templates:
                raise InvalidLaunchTemplateIdNotFound(template)
        for name in names:
            if name not in ec2.launch_template_name_to_ids:
                raise InvalidLaunchTemplateNameNotFoundWithNameError(name)

    def delete(original: Method, ec2: Any, name: str | None, tid: str | None) -> Any:
        check(ec2, [tid] if tid else [], [name] if name else [])
        return original(ec2, name, tid)

    def describe(
        original: Method, ec2: Any, template_names: Any = None, template_ids: Any = None, filters: Any = None
    ) -> Any:
        check(ec2, template_ids or [], [])
        return original(ec2, template_names, template_ids, filters)

    wrap_method(LaunchTemplateBackend, "delete_launch_template", delete)
    wrap_method(LaunchTemplateBackend, "describe_launch_templates", describe)


def _launch_templates_show_their_new_tags() -> None:
    """moto keeps showing the tags with which a template was created; AWS shows its current tags."""

    def describe(original: Method, ec2: Any, *others: Any, **named: Any) -> Any:
        templates = original(ec2, *others, **named)
        for template in templates:
            template.tags = template.get_tags()
        return templates

    wrap_method(LaunchTemplateBackend, "describe_launch_templates", describe)
