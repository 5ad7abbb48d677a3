"""What is odd about an elastic IP: AWS knows no token for it, so a lost answer must not buy a second one."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.errors import code_of
from bootstrap.aws.scope import Scope
from bootstrap.core.account import DEFAULT
from bootstrap.core.cloud import Planned, Timing
from bootstrap.core.live import Part
from bootstrap.errors import AwsError
from bootstrap.resources.ec2.address_association import Ec2AddressAssociation
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp
from tests.conftest import MakeScope
from tests.support import surroundings
from tests.support.samples import deployed, read_back
from tests.support.wire import Call, Carry, Wire, answer

ADDRESS = Ec2ElasticIp(tags={"Name": "address"})


@pytest.fixture
def slow(scope: MakeScope) -> Any:
    """Scopes in which a thing may take a moment to show."""
    aws = Aws({DEFAULT: Login(region="us-east-1")}, Timing(propagation=0.3, pause=0.01, poll=0.01, settle=0.25))
    for retries in (True, False):
        aws.client("ec2", retries=retries)  # what making a client costs does not count

    def make(**options: Any) -> Scope:
        usual = scope(**options)
        return Scope(aws, usual.account, usual.owner, may_exist=usual.may_exist, stopping=usual.stopping)

    yield make
    aws.close()


def addresses(scope: MakeScope) -> list[str]:
    return [item["PublicIp"] for item in scope().client("ec2").describe_addresses()["Addresses"]]


def hide(cloud: Wire, times: int) -> None:
    """The next looks at addresses show none."""
    empty = "<DescribeAddressesResponse><addressesSet/></DescribeAddressesResponse>"
    cloud.trick("DescribeAddresses", lambda call, carry: answer(empty), times)


def test_a_lost_answer_buys_no_second_address(slow: Any, scope: MakeScope, cloud: Wire) -> None:
    cloud.lose_answer("AllocateAddress")
    live = ADDRESS.create(slow())
    assert addresses(scope) == [live.outputs["public_ip"]]
    assert cloud.names.count("ec2.AllocateAddress") == 1


def test_what_a_lost_answer_bought_may_take_a_moment_to_show(slow: Any, scope: MakeScope, cloud: Wire) -> None:
    hide(cloud, 3)
    cloud.lose_answer("AllocateAddress")
    live = ADDRESS.create(slow())
    assert addresses(scope) == [live.outputs["public_ip"]]


@pytest.mark.parametrize("status", [500, 503])
def test_an_answer_that_says_nothing_is_as_good_as_lost(status: int, slow: Any, scope: MakeScope, cloud: Wire) -> None:
    def act_and_fail(call: Call, carry: Carry) -> Any:
        carry()
        return answer("<Response><Errors><Error><Code>InternalError</Code></Error></Errors></Response>", status)

    cloud.trick("AllocateAddress", act_and_fail)
    live = ADDRESS.create(slow())
    assert addresses(scope) == [live.outputs["public_ip"]]


@pytest.mark.parametrize("error", [ConnectionClosedError, ReadTimeoutError])
def test_a_lost_request_is_an_error_and_not_sent_again(error: Any, slow: Any, scope: MakeScope, cloud: Wire) -> None:
    def lose(call: Call, carry: Carry) -> Any:
        raise error(endpoint_url="https://pretended.aws")

    cloud.trick("AllocateAddress", lose)
    with pytest.raises(error):
        ADDRESS.create(slow())
    assert cloud.names.count("ec2.AllocateAddress") == 1
    assert addresses(scope) == []


def test_a_throttled_call_was_not_carried_out_and_is_sent_again(slow: Any, scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("AllocateAddress", "RequestLimitExceeded", status=503, times=2)
    live = ADDRESS.create(slow())
    assert addresses(scope) == [live.outputs["public_ip"]]
    assert cloud.names == ["ec2.DescribeAddresses", *["ec2.AllocateAddress"] * 3, "ec2.DescribeAddresses"]


def test_a_refusal_is_an_error_at_once(slow: Any, cloud: Wire) -> None:
    cloud.refuse("AllocateAddress", "AddressLimitExceeded")
    with pytest.raises(ClientError) as raised:
        ADDRESS.create(slow())
    assert code_of(raised.value) == "AddressLimitExceeded"
    assert cloud.names == ["ec2.DescribeAddresses", "ec2.AllocateAddress"]


def test_after_a_crash_the_address_is_looked_for_again_and_again(slow: Any, scope: MakeScope, cloud: Wire) -> None:
    bought = ADDRESS.create(scope())
    hide(cloud, 3)
    assert ADDRESS.create(slow(may_exist=True)).outputs == bought.outputs
    assert addresses(scope) == [bought.outputs["public_ip"]]


def test_after_a_crash_that_bought_nothing_one_is_bought(slow: Any, scope: MakeScope) -> None:
    live = ADDRESS.create(slow(may_exist=True))
    assert addresses(scope) == [live.outputs["public_ip"]]


def test_who_stops_while_it_is_looked_for_buys_nothing(slow: Any, scope: MakeScope) -> None:
    with pytest.raises(AwsError, match="stopped"):
        ADDRESS.create(slow(may_exist=True, stopping=lambda: True))
    assert addresses(scope) == []


def test_the_address_of_another_deployment_is_not_taken(scope: MakeScope) -> None:
    theirs = ADDRESS.create(scope(lineage="fedcba9876543210"))
    assert ADDRESS.create(scope()).outputs != theirs.outputs


def test_a_full_account_is_an_obstacle(scope: MakeScope, cloud: Wire) -> None:
    client = scope().client("ec2")
    for _ in range(4):
        client.allocate_address(Domain="vpc")
    assert list(ADDRESS.precheck(scope())) == []
    [two] = ADDRESS.precheck(scope(planned=Planned(counts={"ec2_elastic_ip": 2})))
    assert two.what == "the plan creates 2 elastic IPs, and this account has room for 1 in us-east-1: it has 4 of 5"
    client.allocate_address(Domain="vpc")
    [obstacle] = ADDRESS.precheck(scope())
    assert "room for 0 in us-east-1: it has 5 of 5" in obstacle.what
    assert "Service Quotas" in obstacle.advice
    cloud.refuse("DescribeAccountAttributes", "UnauthorizedOperation", status=403)
    assert list(ADDRESS.precheck(scope())) == []  # how many it may have is not known


def test_what_has_the_address_is_attached_to_it(scope: MakeScope) -> None:
    surroundings.address_and_machine(scope())
    association = Ec2AddressAssociation(allocation=surroundings.ADDRESS, instance=surroundings.MACHINE)
    association.create(scope())
    live = read_back(ADDRESS, scope(), {"allocation_id": surroundings.ADDRESS})
    assert (
        live.parts
        == {Part("association with", surroundings.ADDRESS, surroundings.MACHINE)}
        == set(association.attachments())
    )


def test_an_address_in_use_is_waited_for_and_where_is_reported(scope: MakeScope) -> None:
    surroundings.address_and_machine(scope())
    client = scope().client("ec2")
    association = client.associate_address(AllocationId=surroundings.ADDRESS, InstanceId=surroundings.MACHINE)[
        "AssociationId"
    ]
    live = read_back(ADDRESS, scope(), {"allocation_id": surroundings.ADDRESS})
    said: list[str] = []

    def progress(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            client.disassociate_address(AssociationId=association)

    ADDRESS.delete(scope(progress=progress), live.outputs)
    assert said == [f"the address {live.outputs['public_ip']} is associated with {surroundings.MACHINE}"] * 3
    assert addresses(scope) == []


def test_an_address_that_stays_in_use_is_an_error_and_stays_ours(scope: MakeScope) -> None:
    surroundings.address_and_machine(scope())
    scope().client("ec2").associate_address(AllocationId=surroundings.ADDRESS, InstanceId=surroundings.MACHINE)
    with pytest.raises(AwsError, match=f"is associated with {surroundings.MACHINE}"):
        ADDRESS.delete(scope(), {"allocation_id": surroundings.ADDRESS})
    assert len(addresses(scope)) == 1


def test_a_reverse_dns_record_is_found_before_the_delete_and_the_advice_removes_it(scope: MakeScope, cloud: Wire) -> None:
    outputs = deployed(ADDRESS, scope()).outputs
    assert read_back(ADDRESS, scope(destroying=True), outputs).obstacles == ()
    which = {"AllocationId": outputs["allocation_id"]}
    scope().client("ec2").modify_address_attribute(**which, DomainName="vm.example.com")
    assert read_back(ADDRESS, scope(), outputs).obstacles == ()  # only a delete is kept from anything
    [obstacle] = read_back(ADDRESS, scope(destroying=True), outputs).obstacles
    assert f"release {outputs['public_ip']} because it has the reverse DNS record vm.example.com." in obstacle.what
    command = f"aws ec2 reset-address-attribute --allocation-id {outputs['allocation_id']}"
    assert f"{command} --attribute domain-name --region us-east-1" in obstacle.advice
    cloud.refuse("DescribeAddressesAttribute", "UnauthorizedOperation", status=403)
    assert read_back(ADDRESS, scope(destroying=True), outputs).obstacles == ()  # nobody knows
    with pytest.raises(AwsError, match="is locked") as raised:
        ADDRESS.delete(scope(), outputs)
    assert command in str(raised.value.advice)
    scope().client("ec2").reset_address_attribute(**which, Attribute="domain-name")
    ADDRESS.delete(scope(), outputs)
    assert addresses(scope) == []


def test_an_address_that_is_somebody_elses_by_now_is_gone(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(ADDRESS, scope())
    scope().client("ec2").release_address(AllocationId=live.outputs["allocation_id"])
    cloud.refuse("ReleaseAddress", "AuthFailure")
    ADDRESS.delete(scope(), live.outputs)


def test_a_release_that_is_refused_while_the_address_is_there_is_an_error(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(ADDRESS, scope())
    cloud.refuse("ReleaseAddress", "AuthFailure")
    with pytest.raises(ClientError, match="AuthFailure"):
        ADDRESS.delete(scope(), live.outputs)
    assert addresses(scope) == [live.outputs["public_ip"]]


def test_without_a_name_tag_it_still_has_a_label(scope: MakeScope) -> None:
    assert deployed(Ec2ElasticIp(), scope()).owner == scope().owner
    assert Ec2ElasticIp().label
