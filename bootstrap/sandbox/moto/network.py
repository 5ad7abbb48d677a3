"""Where moto's VPCs let pass, or forget, what AWS does not (see `sandbox/moto/corrections.py`): gateways, routes, blocks."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.route_tables import Route
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.vpcs import VPCs
from moto.moto_api._internal import mock_random

from bootstrap.sandbox.moto.patching import Method, wrap_method


def apply() -> None:
    """Corrects moto in this process; called once, by `corrections.apply`."""
    _a_default_vpc_has_its_gateway()
    _a_vpc_without_a_gateway_takes_no_address()
    _routes_to_what_is_gone_are_blackholes()
    _zones_have_a_border_group()
    _accounts_block_public_access()


def _a_default_vpc_has_its_gateway() -> None:
    """moto creates it without an internet gateway and a route to it; AWS creates both. Source: VPC user guide,
    default-vpc-components."""

    def create_default_vpc(original: Method, ec2: Any) -> Any:
        vpc = original(ec2)
        gateway = ec2.create_internet_gateway()
        ec2.attach_internet_gateway(gateway.id, vpc.id)
        [main] = [table for table in ec2.route_tables.values() if table.vpc_id == vpc.id]
        ec2.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
        return vpc

    wrap_method(VPCBackend, "create_default_vpc", create_default_vpc)


def _a_vpc_without_a_gateway_takes_no_address() -> None:
    """moto associates an address without an internet gateway; AWS refuses that."""

    def associate(original: Method, ec2: Any, instance: Any = None, *others: Any, **named: Any) -> Any:
        vpc = instance.vpc_id if instance else None
        if vpc and vpc not in [item.vpc.id for item in ec2.internet_gateways.values() if item.vpc]:
            raise EC2ClientError("Gateway.NotAttached", f"Network {vpc} is not attached to any internet gateway")
        return original(ec2, instance, *others, **named)

    wrap_method(ElasticAddressBackend, "associate_address", associate)


def _routes_to_what_is_gone_are_blackholes() -> None:
    """In moto every route stays active; on AWS a route to a deleted or detached resource is a blackhole. Source: EC2 API
    reference, Route."""

    def state(route: Any) -> str:
        gateway, nat = route.gateway, route.nat_gateway
        detached = gateway is not None and gateway.id.startswith("igw-") and not gateway.vpc
        return "blackhole" if detached or (nat is not None and nat.state == "deleted") else "active"

    setattr(Route, "state", property(state))  # noqa: B010  mypy knows of a property that cannot be set


def _zones_have_a_border_group() -> None:
    """moto has none; on AWS that of an ordinary zone is its region. Source: EC2 API reference, AvailabilityZone."""
    setattr(Zone, "network_border_group", property(lambda zone: zone.region_name))  # noqa: B010  moto has none


def _accounts_block_public_access() -> None:
    """moto does not know VPC Block Public Access. Source: EC2 API reference, the calls of these names."""

    def of_backend(response: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        state = {"InternetGatewayBlockMode": "off", "State": "default-state", "ExclusionsAllowed": "allowed"}
        kept: dict[str, Any] = vars(response.ec2_backend)
        return kept.setdefault("public_access_block", state), kept.setdefault("public_access_exclusions", [])

    def modify_options(response: Any) -> ActionResult:
        options, _ = of_backend(response)
        options |= {"InternetGatewayBlockMode": response._get_param("InternetGatewayBlockMode"), "State": "update-complete"}
        return ActionResult({"VpcBlockPublicAccessOptions": options})

    def describe_options(response: Any) -> ActionResult:
        return ActionResult({"VpcBlockPublicAccessOptions": of_backend(response)[0]})

    def create_exclusion(response: Any) -> ActionResult:
        vpc, subnet = response._get_param("VpcId"), response._get_param("SubnetId")
        ec2 = response.ec2_backend
        kind, excluded = ("subnet", ec2.get_subnet(subnet).id) if subnet else ("vpc", ec2.get_vpc(vpc).id)
        exclusion = {
            "ExclusionId": f"vpcbpa-exclude-{mock_random.get_random_hex(17)}",
            "InternetGatewayExclusionMode": response._get_param("InternetGatewayExclusionMode"),
            "ResourceArn": f"arn:{response.partition}:ec2:{ec2.region_name}:{ec2.account_id}:{kind}/{excluded}",
            "State": "create-complete",
        }
        of_backend(response)[1].append(exclusion)
        return ActionResult({"VpcBlockPublicAccessExclusion": exclusion})

    def describe_exclusions(response: Any) -> ActionResult:
        return ActionResult({"VpcBlockPublicAccessExclusions": of_backend(response)[1]})

    for name, call in {
        "modify_vpc_block_public_access_options": modify_options,
        "describe_vpc_block_public_access_options": describe_options,
        "create_vpc_block_public_access_exclusion": create_exclusion,
        "describe_vpc_block_public_access_exclusions": describe_exclusions,
    }.items():
        setattr(VPCs, name, call)
