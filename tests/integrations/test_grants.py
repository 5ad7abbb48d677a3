"""No input widens a grant: what stands in a policy, and whatever else is made, names just what the input says."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.input import Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.core.reference import references
from bootstrap.errors import BootstrapError, UsageError
from bootstrap.integrations import integration
from tests.integrations.test_contract import built, documents
from tests.support.inputs import EVERYTHING, THOROUGH

ENTITY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/up"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "external-id-7"}},
        }
    ],
}
INSTEAD: dict[str, dict[str, Any]] = {
    "existing_bucket": {"existing_bucket": "acme-mine", "bucket": None},
    "s3_role_arn": {"s3_role_arn": "arn:aws:iam::210987654321:role/way/in", "s3_profile": None},
    "existing_s3_role": {"existing_s3_role": "arn:aws:iam::123456789012:role/a/data-reader"},
    "trusted_entity": {"trusted_entity": json.dumps(ENTITY), "external_id": None, "trusted_principal": None},
    "previous_external_id": {"previous_external_id": "id-of-before"},
    "vpc": {"vpc": "vpc-0123456789abcdef0"},
    "subnet": {"subnet": ["subnet-0123456789abcdef0"]},
    "vm_subnet": {"vm_subnet": "subnet-0123456789abcdef0"},
}
"""What is given to use an input that `EVERYTHING` has not, and what is left out for it."""

ODD = ("*", "?", "${aws:PrincipalTag/x}", "${*}", "@{role.arn}", "@{bucket.name}", "\n", "\x1b[2J", "/*")
WHOLE = (
    "x*y",
    "arn:aws:iam::*:role/x",
    "arn:aws:iam::111122223333:root",
    "a/../b",
    "acme*/",
    "bucket/${aws:username}",
    "..",
)


def hostile(good: str) -> Iterator[str]:
    """A good value spoiled at its ends, in the middle, and in each part of an ARN; and what is no value at all."""
    yield from WHOLE
    for odd in (*ODD, "/../x", "//", ":"):
        yield from (odd.strip() or "x*", good + odd, odd + good, good[: len(good) // 2] + odd + good[len(good) // 2 :])
    parts = good.split(":")
    for number in range(len(parts)) if good.startswith("arn:") else ():
        yield from (":".join([*parts[:number], odd, *parts[number + 1 :]]) for odd in ("*", "", "aws*", "?", "${x}"))


EACH = [(name, item) for name in THOROUGH for item in inputs_of(integration(name)) if item.kind != "flag"]


def given(name: str, item: Input) -> dict[str, Any]:
    """Good inputs that use this one."""
    owners = [f"{'acme-refs' if name == 'biomodal-duet' else 'acme-out'}=210987654321"]
    instead = {**INSTEAD, "bucket_owner": {"bucket_owner": owners}}
    more = {} if item.name in EVERYTHING[name] else instead[item.name]
    left_out = {other for other, value in more.items() if value is None}
    return {other: value for other, value in {**EVERYTHING[name], **more}.items() if other not in left_out}


def open_places(wanted: Integration) -> int:
    """How many wildcards and variables there are in all that a policy names."""
    graph, _ = built(wanted)
    named = [
        [statement.get(key) for key in ("Resource", "Principal", "Condition")]
        for document in documents(graph)
        for statement in document["Statement"]
    ]
    return len(re.findall(r"[*?]|\$\{", json.dumps(named)))


def references_in(wanted: Integration) -> set[tuple[str, str]]:
    graph, handoff = built(wanted)
    return set(references([graph.as_json(), handoff]))


@pytest.mark.parametrize(("name", "item"), EACH, ids=lambda value: getattr(value, "name", value))
def test_a_hostile_value_is_refused_or_means_itself(name: str, item: Input) -> None:
    good = given(name, item)
    plain = from_inputs(integration(name), good)
    value = good[item.name]
    refused = 0
    for bad in hostile(value[0] if isinstance(value, list) else value):
        try:
            wanted = from_inputs(integration(name), {**good, item.name: [bad] if item.kind == "list" else bad})
            found = open_places(wanted), references_in(wanted)
        except BootstrapError as error:  # a file's text is looked at when the policy is made of it
            assert isinstance(error, UsageError), error
            assert error.message.startswith(f"{item.flag}: "), error
            refused += 1
        else:
            assert found[0] <= open_places(plain), bad
            assert found[1] == references_in(plain), bad
    assert refused > len(ODD)


@pytest.mark.parametrize("place", ["Principal", "ExternalId"])
@pytest.mark.parametrize("odd", ODD)
def test_a_pasted_trust_names_whom_it_trusts(place: str, odd: str) -> None:
    good = {"Principal": "arn:aws:iam::111122223333:role/up", "ExternalId": "external-id-7"}[place]
    entity = json.dumps(ENTITY).replace(json.dumps(good), json.dumps(f"{good[:-1]}{odd}{good[-1]}"))
    inputs = {**EVERYTHING["upsolver-data-access"], **INSTEAD["trusted_entity"], "trusted_entity": entity}
    with pytest.raises(UsageError, match="--trusted-entity: "):
        from_inputs(integration("upsolver-data-access"), inputs).build(Graph([EXAMPLE]))
