"""Rules of a security group as text: "tcp 22 203.0.113.4/32", "udp 6000-6010 2001:db8::/32", "all 10.0.0.0/8".

AWS merges and rewrites rules; here each rule has protocol, ports and source in exactly one form.
Source: EC2 API reference IpPermission; VPC user guide security-group-rules.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

LETTERS = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]"
"""The characters that EC2 allows in names and descriptions of groups and rules."""

_SHAPE = re.compile(r"(?:(all)|(tcp|udp) (\d{1,5})(?:-(\d{1,5}))?) (\S+)")


def canonical(text: str) -> str:
    """The rule as AWS stores it. Raises ValueError with a message for the user when the text is not a rule."""
    found = _SHAPE.fullmatch(text)
    if not found:
        raise ValueError(f"rule {text!r}: write it as 'tcp 22 203.0.113.4/32', 'udp 6000-6010 ...' or 'all ...'")
    every, protocol, first, last, source = found.groups()
    try:
        network = ipaddress.ip_network(source, strict=False)
    except ValueError:
        raise ValueError(f"rule {text!r}: {source!r} is not an address range (203.0.113.0/24)") from None
    if every:
        return f"all {network}"
    low, high = int(first), int(last or first)
    if not 0 <= low <= high <= 65535:
        raise ValueError(f"rule {text!r}: ports go from 0 to 65535, the lower one first")
    return _text(protocol, low, high, str(network))


def problems(rules: Mapping[str, str]) -> list[str]:
    """`rules` maps a rule to its description, which may be empty."""
    found = []
    for rule, description in rules.items():
        try:
            if (better := canonical(rule)) != rule:
                found.append(f"rule {rule!r}: AWS stores it as {better!r}; write it that way")
        except ValueError as error:
            found.append(str(error))
        if not re.fullmatch(LETTERS + "{0,255}", description):
            found.append(
                f"description of rule {rule!r}: EC2 accepts up to 255 letters, digits, blanks and ._-:/()#,@[]+=&;{{}}!$*"
            )
    for version, mark in (("IPv4", False), ("IPv6", True)):
        if (number := sum((":" in rule) is mark for rule in rules)) > 60:
            found.append(f"{number} {version} rules: a security group takes 60")
    return found


def permission(rule: str, description: str) -> dict[str, Any]:
    """The IpPermission of a canonical rule."""
    protocol, *ports, source = rule.split()
    name, field = ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")
    where = {field: source, **({"Description": description} if description else {})}
    if protocol == "all":
        return {"IpProtocol": "-1", name: [where]}
    low, _, high = ports[0].partition("-")
    return {"IpProtocol": protocol, "FromPort": int(low), "ToPort": int(high or low), name: [where]}


def from_aws(permissions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Each single rule of merged IpPermissions with its description, including rules whose source is a group or a list."""
    return {
        _text(item["IpProtocol"], item.get("FromPort", -1), item.get("ToPort", -1), source): description
        for item in permissions
        for source, description in _sources(item)
    }


def _sources(item: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, field in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6")):
        for each in item.get(name, []):
            yield str(ipaddress.ip_network(each[field], strict=False)), each.get("Description", "")
    for name, field in (("UserIdGroupPairs", "GroupId"), ("PrefixListIds", "PrefixListId")):
        for each in item.get(name, []):
            yield each[field], each.get("Description", "")


def _text(protocol: str, low: int, high: int, source: str) -> str:
    """Without ports for all protocols, and for those that AWS knows only by number."""
    if protocol == "-1" or (low, high) == (-1, -1):
        return f"{'all' if protocol == '-1' else protocol} {source}"
    return f"{protocol} {low if low == high else f'{low}-{high}'} {source}"
