"""What a duet environment says of its subnets, case by case, without AWS."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bootstrap.core.prechecks import Precheck
from bootstrap.integrations.existing.endpoint_checks import Instances
from bootstrap.integrations.existing.internet_access import SERVICES
from bootstrap.integrations.existing.network_acls import Acl, Rule, acl_of
from bootstrap.integrations.existing.network_checks import batch_prechecks, ssh_prechecks, unread_prechecks, vm_prechecks
from bootstrap.integrations.existing.network_facts import MAIN, Dns, Facts, Route, Subnet, Table, Zone
from bootstrap.integrations.existing.vpc_endpoints import Endpoint
from tests.integrations.existing.test_internet_access import GATEWAY, INOUT, NAT, OTHER, default, facts, subnet

PUBLIC = subnet(gives_public=True)
ENDPOINTS = tuple(Endpoint(name) for name in SERVICES)
NO_NAMES = Instances()


def among(known: Facts, *subnets: Subnet) -> Facts:
    """The same facts with these subnets."""
    return Facts(**{**vars(known), "subnets": {**known.subnets, **{item.id: item for item in subnets}}})


def of_batch(known: Facts, *subnets: Subnet, instances: Instances = NO_NAMES) -> tuple[list[Precheck], list[str]]:
    """What refuses, and what is only noted."""
    found = list(batch_prechecks(among(known, *subnets), subnets, ["one", "two"], instances))
    return [item for item in found if item.address], [item.what for item in found if not item.address]


def of_vm(
    known: Facts,
    item: Subnet,
    *,
    public_address: bool = True,
    ssh: str = "",
    ports: tuple[int, ...] = (443,),
    instances: Instances = NO_NAMES,
) -> list[Precheck]:
    about = among(known, item)
    return list(vm_prechecks(about, item, public_address=public_address, ssh=ssh, ports=ports, instances=instances))


@pytest.mark.parametrize(("known", "item"), [(facts(GATEWAY), PUBLIC), (facts(NAT), subnet())])
def test_of_what_works_nothing_is_said(known: Facts, item: Subnet) -> None:
    assert of_batch(known, item) == ([], [])


def test_public_subnets_that_give_no_addresses_are_refused_with_the_command_that_changes_that() -> None:
    refusing, notes = of_batch(facts(GATEWAY), subnet("subnet-1"), subnet("subnet-2"))
    assert notes == []
    assert [(item.address, item.fields) for item in refusing] == [(each, frozenset({"subnets"})) for each in ("one", "two")]
    assert refusing[0].what.startswith("subnet-1, subnet-2: Batch's instances cannot reach AWS")
    assert "its instances get no public address" in refusing[0].what
    command = "aws ec2 modify-subnet-attribute --subnet-id {0} --map-public-ip-on-launch --region us-east-1"
    said = f"To let {{0}} assign public addresses: {command}"
    assert refusing[0].advice.splitlines()[1:] == [said.format(f"subnet-{number}") for number in (1, 2)]


def test_one_subnet_without_a_way_is_refused_beside_one_that_has_it() -> None:
    tables = {MAIN: Table("rtb-1", (GATEWAY,)), "subnet-2": Table("rtb-2", ())}
    refusing, _ = of_batch(facts(tables=tables), PUBLIC, subnet("subnet-2"))
    assert {item.what.partition(":")[0] for item in refusing} == {"subnet-2"}
    assert "modify-subnet-attribute" not in refusing[0].advice  # more addresses would not help


def test_subnets_with_different_reasons_are_told_apart() -> None:
    tables = {MAIN: Table("rtb-1", ()), "subnet-2": Table("rtb-2", (default("nat-1", blackhole=True),))}
    refusing, _ = of_batch(facts(tables=tables), subnet(), subnet("subnet-2"))
    assert len({item.what for item in refusing}) == 2


def test_endpoints_for_all_services_are_refused_because_the_aws_cli_comes_from_the_internet() -> None:
    [refusing, _], notes = of_batch(facts(endpoints=ENDPOINTS), subnet())
    assert notes == []
    assert refusing.what == (
        "subnet-1: Batch's instances cannot reach the internet, from which each downloads the AWS CLI at its first "
        "start (no VPC endpoint leads to it), so jobs would never start: it has no default route"
    )
    assert "to a NAT gateway" in str(refusing.advice)


def test_endpoints_that_are_missing_are_named_where_there_are_some() -> None:
    [refusing, _], _ = of_batch(facts(endpoints=ENDPOINTS[:-2]), subnet())
    missing = "logs (the output of jobs), s3 (files and image layers)"
    assert refusing.what.endswith(f"it has no default route; VPC endpoints are missing for {missing}")
    [refusing, _], _ = of_batch(facts(), subnet())
    assert "endpoint" not in refusing.what
    [found] = of_vm(facts(endpoints=ENDPOINTS), subnet(), public_address=False)
    assert (found.address, found.what) == (
        "vm",
        "subnet-1: the VM cannot reach the internet, from which it installs Java, Docker and Nextflow: it has no "
        "default route; VPC endpoints are missing for ssm (Session Manager), ssmmessages (Session Manager), "
        "batch (submitting jobs)",
    )


CLOSED = Acl("acl-1", (Rule(100, True, False), Rule(100, False, True), Rule(200, True, True)))
NO_ANSWERS = Acl("acl-1", (Rule(100, True, True), Rule(100, True, False, first=443, last=443)))
ONLY_HTTPS = Acl("acl-1", (Rule(100, True, True, first=443, last=443), Rule(100, True, False, first=1024)))
NO_SSH = Acl("acl-1", (Rule(100, True, True), Rule(100, True, False, first=1024)))
SOME = Acl("acl-1", (Rule(100, True, True, "52.0.0.0/8"), Rule(100, True, False)))


@pytest.mark.parametrize("way", [(GATEWAY,), (NAT,), (default("tgw-1"),)])
@pytest.mark.parametrize(("acl", "flow"), [(CLOSED, "out to port 443"), (NO_ANSWERS, "in at ports 32768-60999")])
def test_a_network_acl_that_stops_all_is_refused_with_what_it_has_to_let_pass(
    way: tuple[Route, ...], acl: Acl, flow: str
) -> None:
    known = facts(*way, acls={"subnet-1": acl})
    for found in (of_batch(known, PUBLIC)[0][0], *of_vm(known, PUBLIC, public_address=False)):
        assert found.address in ("one", "vm")
        assert f"its network ACL acl-1 lets no TCP {flow}" in found.what
        assert f"Change network ACL acl-1 to let TCP {flow} pass." in str(found.advice)


def test_a_network_acl_that_stops_some_is_noted() -> None:
    refusing, [note] = of_batch(facts(GATEWAY, acls={"subnet-1": SOME}), PUBLIC)
    assert refusing == []
    assert note == (
        "subnet-1: it is not known whether instances reach AWS: its network ACL acl-1 lets only some TCP out to port 443."
    )


def test_the_network_acl_of_the_nat_gateway_counts_too() -> None:
    inner = subnet(cidr="10.9.1.0/24")
    for acl, says in (
        (NO_SSH, ""),
        (CLOSED, "lets no TCP out to port 443"),
        (ONLY_HTTPS, "lets no TCP in at port 443 from 10.9.1.0/24"),
        (Acl("acl-1", (Rule(1, True, True), Rule(1, True, False, "10.9.0.0/16"))), "lets no TCP in at ports 1024-65535"),
    ):
        rules = (*acl.rules, *((Rule(300, True, False, "10.0.0.0/8"),) if acl is NO_SSH else ()))
        refusing, _ = of_batch(facts(NAT, acls={"subnet-nat": Acl("acl-1", rules)}), inner)
        assert bool(refusing) == bool(says)
        assert all("goes out through nat-1 in subnet-nat, and" in item.what and says in item.what for item in refusing)


V6 = ("Ipv6CidrBlock", "64:ff9b::/96")


@pytest.mark.parametrize(
    ("entries", "refused"),
    [
        ([(1, True, "Ipv6CidrBlock", "::/0"), (1, False, "Ipv6CidrBlock", "::/0")], ""),
        ([(1, True, *V6), (1, False, *V6)], ""),
        ([(1, True, "CidrBlock", "0.0.0.0/0"), (1, False, "CidrBlock", "0.0.0.0/0")], "TCP out to port 443 to 64:ff9b::/96"),
        ([(1, True, "Ipv6CidrBlock", "::/0")], "TCP in at ports 32768-60999 from 64:ff9b::/96"),
        ([(1, True, "Ipv6CidrBlock", "2001:db8::/32"), (1, False, "Ipv6CidrBlock", "::/0")], "TCP out to port 443"),
    ],
    ids=["all of IPv6", "the translated addresses", "IPv4 only", "no answers", "another network"],
)
def test_in_a_subnet_with_ipv6_only_the_rules_for_ipv6_count(
    entries: list[tuple[int, bool, str, str]], refused: str
) -> None:
    rules = [
        {"RuleNumber": number, "Egress": egress, key: net, "Protocol": "-1", "RuleAction": "allow"}
        for number, egress, key, net in entries
    ]
    known = facts(Route("::/0", "igw-1"), acls={"subnet-1": acl_of({"NetworkAclId": "acl-1", "Entries": rules})})
    refusing, _ = of_batch(known, subnet(ipv6_only=True, dns64=True))
    assert bool(refusing) == bool(refused)
    assert all(f"its network ACL acl-1 lets no {refused}" in each.what for each in refusing)


def test_the_vm_needs_the_ports_that_its_installation_asks() -> None:
    known = facts(GATEWAY, acls={"subnet-1": ONLY_HTTPS})
    assert of_vm(known, subnet()) == []
    [found] = of_vm(known, subnet(), ports=(443, 80))
    assert (found.address, found.what[-36:]) == ("vm", "ACL acl-1 lets no TCP out to port 80")


@pytest.mark.parametrize(("cidr", "refused"), [("203.0.113.4/32", True), ("2001:db8::/32", False)])
def test_ssh_needs_its_port_and_the_way_back(cidr: str, refused: bool) -> None:
    found = of_vm(facts(GATEWAY, acls={"subnet-1": NO_SSH}), subnet(), ssh=cidr)
    assert [item.address for item in found] == ["address"] * refused
    assert all("SSH cannot reach the VM: its network ACL acl-1 lets no TCP in at port 22" in item.what for item in found)
    mine = Acl("acl-1", (*NO_SSH.rules, Rule(200, True, False, "203.0.113.0/24", 22, 22)))
    assert of_vm(facts(GATEWAY, acls={"subnet-1": mine}), subnet(), ssh=cidr) == []


@pytest.mark.parametrize(
    ("cidr", "address", "says"),
    [
        ("2001:db8::/48", "vm-security-group", "the VM's public address is an IPv4 address: SSH cannot work"),
        ("::/0", "vm-security-group", "SSH cannot work"),
        ("10.1.0.0/16", "", "SSH to the VM's public address comes from public ones"),
        ("192.168.1.7/32", "", "lets only private or reserved addresses in"),
        ("0.0.0.0/32", "", "lets only private or reserved addresses in"),
        ("100.64.0.0/10", "", "lets only private or reserved addresses in"),
        ("203.0.113.4/32", None, ""),
        ("10.0.0.0/7", None, ""),
        ("0.0.0.0/0", None, ""),
    ],
)
def test_ssh_is_let_in_from_where_the_public_address_is_reached(cidr: str, address: str | None, says: str) -> None:
    found = list(ssh_prechecks(cidr))
    assert [item.address for item in found] == ([] if address is None else [address])
    for item in found:
        assert item.what.startswith(f"--ssh-cidr {cidr} ")
        assert says in item.what
        assert "--no-public-address" in item.what + str(item.advice)


def test_names_that_do_not_resolve_are_refused_unless_somebody_else_resolves_them() -> None:
    off = Dns(support=False)
    [found] = of_vm(facts(GATEWAY, dns=off), subnet())
    assert "names do not resolve in its VPC: enableDnsSupport is off" in found.what
    command = "aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support Value=true --region us-east-1"
    assert command in str(found.advice)
    assert of_vm(facts(GATEWAY, dns=off, own_servers=("10.0.0.2",)), subnet()) == []
    assert of_vm(facts(GATEWAY, dns=None), subnet()) == []
    [note] = of_vm(facts(GATEWAY, dns=off, own_servers=None), subnet())
    assert note.address == ""


def test_where_ssh_cannot_work_the_subnets_in_which_it_would_are_named() -> None:
    tables = {MAIN: Table("rtb-1", (NAT,)), **dict.fromkeys(("subnet-nat", "subnet-2"), Table("rtb-2", (GATEWAY,)))}
    [found] = of_vm(among(facts(tables=tables), subnet("subnet-2")), subnet(), ssh="0.0.0.0/0")
    assert str(found.advice).endswith("a subnet with a default route to an internet gateway (subnet-nat, subnet-2).")


def test_a_subnet_in_which_the_address_cannot_be_used_either_is_not_named() -> None:
    zones = {"us-east-1a": Zone("local-zone", "us-east-1-bos-1"), "us-east-1b": Zone("availability-zone", "us-east-1")}
    [found] = of_vm(among(facts(GATEWAY, zones=zones), subnet("subnet-2", zone="us-east-1b")), subnet())
    assert str(found.advice).endswith("internet gateway (subnet-2).")


@pytest.mark.parametrize(
    ("known", "item"),
    [
        (facts(default("tgw-1")), subnet()),
        (facts(tables=None), subnet()),
        (facts(endpoints=None), subnet()),
        (facts(), subnet(owner=OTHER)),
    ],
)
def test_what_is_not_known_is_noted_and_refuses_nothing(known: Facts, item: Subnet) -> None:
    refusing, [note] = of_batch(known, item)
    assert refusing == []
    assert note.startswith("subnet-1: it is not known whether instances reach AWS: ")


def test_subnets_that_are_all_full_are_refused_and_one_with_room_is_enough() -> None:
    full = subnet(gives_public=True, free=0)
    [refusing, _], _ = of_batch(facts(GATEWAY), full)
    assert refusing.what == "subnet-1: no address is free for Batch's instances"
    assert of_batch(facts(GATEWAY), full, subnet("subnet-2", gives_public=True, free=1)) == ([], [])


def test_an_odd_place_is_noted() -> None:
    zones = {"us-east-1a": Zone("local-zone", "us-east-1-bos-1")}
    refusing, [note] = of_batch(facts(GATEWAY, zones=zones), PUBLIC)
    assert refusing == []
    assert "in a local zone (us-east-1a)" in note


def test_many_subnets_with_one_reason_are_counted() -> None:
    refusing, _ = of_batch(facts(), *(subnet(f"subnet-{number}") for number in range(9)))
    assert "subnet-5 and 3 more: " in refusing[0].what


def zone(kind: str, group: str) -> dict[str, Any]:
    return {"zones": {"us-east-1a": Zone(kind, group)}}


@pytest.mark.parametrize(
    ("known", "item", "says", "refuses"),
    [
        (facts(GATEWAY), subnet(), "", ""),
        (facts(GATEWAY), subnet(free=0), "no free address for the VM", "vm"),
        (facts(GATEWAY, **zone("availability-zone", "us-east-1")), subnet(), "", ""),
        (
            facts(GATEWAY, **zone("local-zone", "us-east-1-bos-1")),
            subnet(),
            "addresses in us-east-1a come from us-east-1-bos-1, but the VM's comes from us-east-1",
            "address",
        ),
        (
            facts(NAT),
            subnet(),
            "the VM cannot be reached at its public address: its default route goes to a NAT gateway",
            "",
        ),
        (facts(default("tgw-1")), subnet(), "is not known whether", ""),
        (facts(GATEWAY, block=INOUT, excluded={"vpc-1": "allow-egress"}), subnet(), "", ""),
    ],
)
def test_what_the_public_address_of_the_vm_needs(known: Facts, item: Subnet, says: str, refuses: str) -> None:
    found = of_vm(known, item)
    assert [each.address for each in found] == ([refuses] if says else [])
    assert all(says in each.what for each in found)


@pytest.mark.parametrize(
    ("known", "item", "says"),
    [
        (facts(GATEWAY), subnet(ipv6_only=True, free=0), "only IPv6"),
        (facts(), subnet(), "it has no default route"),
        (facts(default("nat-1", blackhole=True)), subnet(), "(a blackhole)"),
    ],
)
def test_a_vm_without_a_way_out_is_refused_whoever_wants_to_reach_it(known: Facts, item: Subnet, says: str) -> None:
    [private] = of_vm(known, item, public_address=False)
    first, second = of_vm(known, item)
    assert private == first
    assert private.address == "vm"
    assert all(says in each.what for each in (first, second))


@pytest.mark.parametrize(
    "known",
    [facts(NAT), facts(GATEWAY, block=INOUT, excluded={"vpc-1": "allow-egress"}), facts(GATEWAY, block="block-ingress")],
)
def test_an_address_that_is_the_only_way_in_is_refused_where_nobody_comes_in(known: Facts) -> None:
    found = of_vm(known, subnet(), ssh="203.0.113.4/32")[-1]
    assert found.address == "address"
    assert found.advice.startswith("Add --no-public-address")


@pytest.mark.parametrize("known", [facts(NAT), facts(GATEWAY)])
def test_without_a_public_address_there_is_nothing_to_reach(known: Facts) -> None:
    assert of_vm(known, PUBLIC, public_address=False) == []


def test_what_may_not_be_read_is_said_once_with_the_action() -> None:
    [note] = unread_prechecks(facts(tables=None, nats=None))
    assert note == Precheck(
        "Parts of the network are not known, as you lack permission to read them: "
        "ec2:DescribeRouteTables, ec2:DescribeNatGateways."
    )
    assert list(unread_prechecks(facts())) == []


def test_each_finding_is_a_sentence_that_says_where() -> None:
    makers: Iterable[Callable[[], Iterable[Precheck]]] = (
        lambda: of_batch(facts(), subnet())[0],
        lambda: of_vm(facts(NAT), subnet(), ssh="0.0.0.0/0"),
        lambda: of_vm(facts(), subnet(), ssh="0.0.0.0/0"),
    )
    for maker in makers:
        for found in maker():
            assert found.what.startswith("subnet-1: ")
            assert found.advice.endswith(".")
