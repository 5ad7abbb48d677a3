"""A finding of the linter, and what its modules share.

Source for the condition operators: IAM user guide reference_policies_elements_condition_operators.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
"""Error: AWS refuses it, or it grants nothing. Warning: it works but is dangerous. Note: worth knowing."""
Kind = Literal["identity", "trust", "resource"]
"""A policy of a user or role, the trust policy of a role, or a policy of a resource (a bucket, a key)."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
OPERATOR = re.compile(
    r"((ForAnyValue|ForAllValues):)?(String(Not)?(Equals|Like|EqualsIgnoreCase)|Arn(Not)?(Equals|Like)|Bool|BinaryEquals|"
    r"(Not)?IpAddress|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?))(IfExists)?|Null",
    re.IGNORECASE,
)
_POSITIVE = re.compile(
    r"(ForAnyValue:|(?P<all>ForAllValues:))?(String(Equals|EqualsIgnoreCase|(?P<like>Like))|(?P<arn>Arn(Equals|Like)))"
    r"(?P<exists>IfExists)?",
    re.IGNORECASE,
)


PARTITION = "aws(?:-cn|-us-gov|-eusc|-iso(?:-[bef])?)?"
"""The partitions of AWS (botocore's partitions.json)."""
DOMAINS = (
    *("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk"),
    "csp.hci.ic.gov",
)
"""How the names of services end in the partitions of AWS (botocore's partitions.json, dnsSuffix)."""


@dataclass(frozen=True)
class Finding:
    """`where` is a path into the document ("Statement[0].Action[2]"), `sid` is that of the statement. `why` is the vendor's
    reason, when the vendor asks for what was found."""

    severity: Severity
    code: str
    where: str
    text: str
    sid: str = ""
    why: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def items(statement: dict[str, Any], field: str, place: str) -> Iterator[tuple[str, str]]:
    """The texts of a field, each with its path. Skips what is not text."""
    value = statement.get(field, [])
    for number, item in enumerate(as_list(value)):
        if isinstance(item, str):
            yield (f"{place}.{field}[{number}]" if isinstance(value, list) else f"{place}.{field}"), item


def of_any_service(action: str) -> bool:
    """Whether the action is `*` or `*:...`: IAM accepts no other wildcards for the service of an action."""
    return action == "*" or (action.startswith("*:") and len(action) > 2)


def condition_keys(statement: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """(operator, key, values) of each test."""
    conditions = statement.get("Condition")
    for operator, test in conditions.items() if isinstance(conditions, dict) else ():
        for key, values in test.items() if isinstance(test, dict) else ():
            yield operator, key, [str(item) for item in as_list(values)]


def limits(statement: dict[str, Any], carried: Collection[str] = ()) -> Iterator[tuple[str, str, list[str]]]:
    """(operator, key in lower case, values) of the tests that limit a statement to certain values.

    Omits the tests that every value passes (`*`), that all but some values pass, and that a request without the key passes,
    unless every request carries the key (`carried`).
    """
    for operator, key, values in condition_keys(statement):
        found, key = _POSITIVE.fullmatch(operator), key.lower()
        if not found or ((found["all"] or found["exists"]) and key not in carried):
            continue
        if not ((found["like"] or found["arn"]) and any(not value.strip("*?") for value in values)):
            yield operator, key, values
