"""Findings in the keys and values of a condition that do not fit its operator, so that the test does not do what it says.

Source: IAM user guide reference_policies_elements_condition_operators; Access Analyzer's checks "wildcard without like
operator", "type mismatch", "missing qualifier", "duplicate keys with different case", "invalid condition key format",
"empty array condition", "private IP address".
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from bootstrap.core.policy_text import below, placeholders
from bootstrap.permissions.lint.finding import OPERATOR, Finding, as_list, condition_keys
from bootstrap.permissions.wildcards import opened

_LIST_OF_VALUES = {"aws:tagkeys", "aws:calledvia", "aws:principalorgpaths", "aws:sourceorgpaths", "aws:resourceorgpaths"}
_LIST_OF_VALUES |= {"aws:principalservicenameslist", "aws:vpceorgpaths"}
"""Keys of which a request has several values (IAM user guide reference_policies_condition-keys)."""


_INTERNAL = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))
"""Networks whose addresses no request to a public endpoint comes from (RFC 1918, 6598, 4193)."""


def value_findings(statement: dict[str, Any], place: str) -> Iterator[Finding]:
    for operator, key, values in condition_keys(statement):
        where = below(below(f"{place}.Condition", operator), key)
        if ":" not in key:
            yield Finding("error", "condition", where, f"{key} is not a condition key: keys look like aws:SourceArn")
        if not OPERATOR.fullmatch(operator):  # `conditions` reports it
            continue
        qualifier, _, test = operator.lower().rpartition(":")
        if key.lower() in _LIST_OF_VALUES and not qualifier and test != "null":
            text = f"a request can have several values of {key}: write ForAnyValue:{operator} or ForAllValues:{operator}"
            yield Finding("warning", "condition-value", where, text)
        if not all(isinstance(value, str | int | float) for value in as_list(statement["Condition"][operator][key])):
            text = "a value of a condition must be text, a number, true or false, or a list of these"
            yield Finding("error", "condition", where, text)
            continue
        if not values:
            yield Finding("warning", "condition-value", where, "there is no value to compare with")
        if key.lower() == "aws:sourceip" and values and all(map(_is_internal, values)):
            text = "AWS sees public addresses there; requests from inside a VPC carry aws:VpcSourceIp"
            yield Finding("warning", "condition-value", where, f"{', '.join(values[:3])}: {text}")
        if key.lower() != "sts:externalid":  # `principals` reports it
            text = next(filter(None, (_problem(operator, test, value) for value in values)), "")
            if text:
                yield Finding("warning", "condition-value", where, text)
    for operator, tests in _blocks(statement):
        counted = Counter(key.lower() for key in tests)
        for key in sorted(key for key in counted if counted[key] > 1):
            text = f"{key} appears {counted[key]} times with different capitalization; IAM reads them as one key"
            yield Finding("error", "condition", below(f"{place}.Condition", operator), text)


def _blocks(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    conditions = statement.get("Condition")
    for operator, tests in conditions.items() if isinstance(conditions, dict) else ():
        if isinstance(tests, dict):
            yield operator, tests


def _problem(operator: str, test: str, value: str) -> str:
    """What is wrong with the value of a test (the operator in lower case, without ForAnyValue), or ""."""
    if placeholders(value):  # these have a finding
        return ""
    if test.startswith("string") and "equals" in test and re.search(r"[*?]", opened(value, "")):
        like = re.sub("Equals(IgnoreCase)?", "Like", operator, flags=re.IGNORECASE)
        return f"{value}: {operator} compares * and ? literally; {like} treats them as wildcards"
    for beginning, (right, what) in _TYPES.items():
        if test.startswith(beginning) and not right(value):
            return f"{value!r} is not {what}, which {operator} needs"
    return ""


def _is_network(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _is_internal(value: str) -> bool:
    return _is_network(value) and any(_lies_in(ip_network(value, strict=False), each) for each in _INTERNAL)


def _lies_in(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version


def _is_arn(value: str) -> bool:
    return opened(value).startswith(("arn:", "*"))


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda value: bool(re.fullmatch(pattern, value, re.IGNORECASE | re.ASCII))


_DATE = r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?|\d+"
_TYPES: dict[str, tuple[Callable[[str], bool], str]] = {
    "bool": (_like("true|false"), "true or false"),
    "null": (_like("true|false"), "true or false"),
    "numeric": (_like(r"[+-]?\d+(\.\d+)?"), "a number"),
    "date": (_like(_DATE), "a date (like 2026-01-31T00:00:00Z)"),
    "ipaddress": (_is_network, "an IP address or range (like 203.0.113.0/24)"),
    "notipaddress": (_is_network, "an IP address or range (like 203.0.113.0/24)"),
    "arn": (_is_arn, "an ARN"),
}
