"""Whose an account is: a page proves it, or only an input says so."""

import json

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build, statements_of
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.entrant import Entrant
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.integrations import integration, names
from bootstrap.permissions.review import entrants_in
from bootstrap.permissions.whose import chosen_accounts, named_by_inputs, names_whole_account

ROOT = "arn:aws:iam::999988887777:root"


def trusted(principal: str, vendor: str = "upsolver-data-access", **inputs: str) -> tuple[Integration, Entrant]:
    chosen = from_inputs(
        integration(vendor), inputs or {"bucket": ["b-1"], "external_id": "id", "trusted_principal": principal}
    )
    build(chosen, graph := Graph([EXAMPLE]))
    [found] = named_by_inputs(chosen, entrants_in(graph, statements_of(chosen), chosen.vendor))
    return chosen, found


@pytest.mark.parametrize("principal", [ROOT, "arn:aws:iam::999988887777:role/api"])
def test_an_account_that_an_input_names_is_not_said_to_be_the_vendors(principal: str) -> None:
    chosen, found = trusted(principal)
    assert (found.who, found.named_by) == ("", "--trusted-principal")
    assert names_whole_account(chosen, found) == (principal == ROOT)


def test_nor_one_in_a_pasted_trust_policy_or_one_that_is_only_a_number() -> None:
    content = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
    content["Condition"] = {"StringEquals": {"sts:ExternalId": "id"}}
    pasted, found = trusted("", bucket="b-1", trusted_entity=json.dumps({"Statement": [content]}))
    assert (found.who, found.named_by, names_whole_account(pasted, found)) == ("", "--trusted-entity", True)
    number, found = trusted("", "hightouch-s3", bucket="b-1", hightouch_account="999988887777", external_id="id-1234")
    assert (found.who, found.named_by, names_whole_account(number, found)) == ("", "--hightouch-account", False)


def test_a_proven_account_keeps_the_name_of_the_vendor() -> None:
    [vanta] = {type(each) for each in [integration("vanta").example()]}
    assert "scanner_account" in {each.name for each in inputs_of(vanta)}
    assert chosen_accounts(vanta.example()) == {}
    for name in names():
        example = integration(name).example()
        assert not set(chosen_accounts(example)) & set(example.vendor_accounts), name
