"""What each integration makes, read back from AWS, held against the vendors' pages both ways, in every variant.

The ledger is the only difference that is allowed: each entry in `support/ledger.py` says what it adds and what it leaves
out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from bootstrap.aws.scope import Scope
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.input import LATER, PREVIOUS
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.engine import graphs
from bootstrap.integrations import integration
from bootstrap.permissions.operator import needs_of_integration
from tests.conftest import MakeScope
from tests.support.deployments import OTHER_ACCOUNT, Deployment
from tests.support.inputs import EVERYTHING, THOROUGH
from tests.support.ledger import ALLOWED, Allowed, entries, nothing
from tests.support.vendor_pages import ATTACHED, PAGES, Accounts, Grant, grants, listed, page, printed

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """Inputs that one deployment is given, one after the other."""

    name: str
    given: Sequence[Inputs]
    common: Inputs = field(default_factory=dict)

    @property
    def variants(self) -> list[Integration]:
        return [from_inputs(integration(self.name), {**self.common, **given}) for given in self.given]


def switched(**choices: Sequence[Any]) -> list[dict[str, Any]]:
    """Every combination of the choices."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


OFF_ON = (False, True)
KEY = EVERYTHING["aspera-atc"]["kms_key"]
DATA_ROWS = [
    *switched(
        access=("read", "read-write"),
        bucket=[["raw", "lake/events"]],
        kms_key=(None, KEY),
        kinesis_stream=[["clicks", "orders"]],
    ),
    *switched(access=("read", "read-write"), bucket=[["raw"]], glue_database=[["lake", "pond"]]),
    *switched(kms_key=[KEY], read_bucket=[["raw", "lake/events"]], write_bucket=([], ["out/upsolver", "raw"])),
]
UPSOLVER = {"external_id": "external-id-7", "org_id": "Acme"}
UPSOLVER_ROWS = [
    *switched(harden=OFF_ON, without_athena=OFF_ON, without_spotinst=OFF_ON),
    *switched(
        existing_bucket=["acme-mine"],
        kms_key=([], [KEY], [f"acme-mine={KEY}"], [f"raw={KEY}"], [f"acme-mine={KEY}", f"{KEY}2"]),
        read_bucket=([], ["raw"]),
    ),
    *DATA_ROWS,
]
ENTITY = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/up"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "external-id-7"}},
    },
}
TRUSTED = {"external_id": "external-id-7", "trusted_principal": "arn:aws:iam::111122223333:role/upsolver-acme"}
DUET = EVERYTHING["biomodal-duet"]
SSH = {name: DUET[name] for name in ("public_key", "ssh_cidr")}
TRANSFERS = [",".join(some) for n in range(1, 5) for some in combinations(("upload", "download", "browse", "delete"), n)]
ATC = {"external_id": "external-id-7", "bucket": ["acme-in/incoming", "acme-out"]}
TWO = {**ATC, "cluster_profile": "cluster", "s3_profile": "buckets"}

ROWS: dict[str, Row] = {
    "Upsolver VPC": Row("upsolver-vpc", UPSOLVER_ROWS, UPSOLVER),
    "private VPC": Row("upsolver-private-vpc", UPSOLVER_ROWS, UPSOLVER),
    "data access": Row(
        "upsolver-data-access",
        DATA_ROWS,
        TRUSTED,
    ),
    "data access by a pasted entity": Row(
        "upsolver-data-access", [{"trusted_entity": json.dumps(ENTITY), "bucket": ["raw"]}]
    ),
    "duet by Session Manager": Row("biomodal-duet", switched(harden=OFF_ON, spot=OFF_ON), {"bucket": "acme-duet"}),
    "duet by SSH": Row("biomodal-duet", switched(harden=OFF_ON), {"bucket": "acme-duet", **SSH}),
    "duet with a bucket of another account": Row(
        "biomodal-duet", switched(harden=[True]), {"existing_bucket": "acme-theirs", "bucket_owner": OTHER_ACCOUNT}
    ),
    "duet without an address": Row("biomodal-duet", [{"public_address": False, **SSH}], {"existing_bucket": "acme-mine"}),
    "two accounts": Row("aspera-atc", [*switched(allow=TRANSFERS), *switched(allow=TRANSFERS[:5], kms_key=[KEY])], TWO),
    "one account": Row("aspera-atc", [{}], ATC),
    "a role of the user's": Row("aspera-atc", switched(existing_s3_role=["data-reader"], require_external_id=OFF_ON), TWO),
    **{f"every input of {name}": Row(name, [EVERYTHING[name]]) for name in THOROUGH},
}


def read_back(scopes: Mapping[str, Scope]) -> set[Grant]:
    """What roles and buckets of these accounts grant: trusts, inline and attached policies, bucket policies."""
    found: set[Grant] = set()
    for scope in scopes.values():
        iam, s3 = scope.client("iam"), scope.client("s3")
        [details] = iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role", "LocalManagedPolicy"])
        policies = {item["Arn"]: item["PolicyVersionList"][-1]["Document"] for item in details["Policies"]}
        for role in (item for item in details["RoleDetailList"] if not item["Path"].startswith("/aws-service-role/")):
            name = role["RoleName"]
            documents = [role["AssumeRolePolicyDocument"], *(item["PolicyDocument"] for item in role["RolePolicyList"])]
            hung = [item["PolicyArn"] for item in role["AttachedManagedPolicies"]]
            documents += [policies[arn] for arn in hung if arn in policies]
            assert {item["Version"] for item in documents} == {"2012-10-17"}
            found |= grants(name, *documents) | {Grant(name, "Allow", ATTACHED, arn) for arn in hung if arn not in policies}
        for bucket in s3.list_buckets()["Buckets"]:
            try:
                content = s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]
            except s3.exceptions.ClientError:
                continue
            found |= grants(f"bucket {bucket['Name']}", json.loads(content))
    return found


def by_the_ledger(wanted: Integration, accounts: Accounts) -> tuple[set[Grant], set[Grant]]:
    """What the entries add to the pages, and what they leave out."""
    added = {grant for item in entries(wanted) for grant in item.more(wanted, accounts)}
    return added, {grant for item in entries(wanted) for grant in item.less(wanted, accounts)}


def only_one_each(accounts: Accounts, deployment: Deployment) -> dict[str, Scope]:
    """A scope for each account, also where two aliases mean the same."""
    return {account.id: deployment.scope_of(alias) for alias, account in accounts.items()}


@pytest.mark.parametrize("row", ROWS)
def test_what_is_made_is_what_the_page_says_but_for_the_ledger(row: str, scope: MakeScope, tmp_path: Path) -> None:
    scope().client("s3").create_bucket(Bucket="acme-mine")
    variants = ROWS[row].variants
    deployment = Deployment(variants[0], scope(), tmp_path)
    accounts = deployment.session.accounts
    for wanted in variants:
        deployment.bring(wanted)
    before = read_back(only_one_each(accounts, deployment))
    for given, wanted in zip(ROWS[row].given, variants, strict=True):
        deployment.wanted = graphs.resolve_lookups(deployment.session, wanted)
        deployment.create()
        made = read_back(only_one_each(accounts, deployment)) - before
        pages = printed(deployment.wanted, accounts)
        more, less = by_the_ledger(deployment.wanted, accounts)
        assert made - pages == more - pages, given
        assert pages - made == less, given


VARIANTS: dict[str, list[Integration]] = {
    name: [wanted for row in ROWS.values() if row.name == name for wanted in row.variants] for name in THOROUGH
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_input_is_in_some_variant_and_every_switch_both_ways(name: str) -> None:
    # bucket_owner changes what other accounts are asked to add, and no grant (existing/test_bucket_policies.py).
    exempt = {"vpc", "subnet", "vm_subnet", "s3_role_arn", "bucket_owner"}
    exempt |= {LATER, PREVIOUS}  # core/test_pending.py, core/test_rotation.py
    used = {key for row in ROWS.values() if row.name == name for given in (row.common, *row.given) for key in given}
    for item in (each for each in inputs_of(integration(name)) if each.name not in exempt):
        values = [wanted.to_json()[item.name] for wanted in VARIANTS[name]]
        each = OFF_ON if item.kind == "flag" else item.choices if item.name != "image" else ()
        assert {*each} <= {*values} if each else item.name in used, item.name


@pytest.mark.parametrize("item", ALLOWED, ids=lambda item: f"{item.ledger}: {', '.join(item.integrations)}")
def test_what_the_ledger_lets_differ_is_one_entry_of_it_and_no_more_than_is_used(item: Allowed) -> None:
    for name in item.integrations:
        assert [entry for entry in integration(name).deviations if item.ledger in entry.page], name
        accounts = [{each.alias: each for each in examples(wanted)} for wanted in VARIANTS[name]]
        for differs in {item.more, item.less} - {nothing}:
            assert any(set(differs(*each)) for each in zip(VARIANTS[name], accounts, strict=True)), name


def test_each_page_has_its_title_address_and_the_month_in_which_it_was_read() -> None:
    for path in PAGES.iterdir():
        assert re.fullmatch(r"[a-z0-9-]+\.json", path.name)
        content = page(path.stem)
        assert content["title"]
        assert content["url"].startswith("https://")
        assert re.fullmatch(r"20\d\d-\d\d", content["read"])


def test_the_table_of_the_management_role_and_its_json_differ_by_the_three_actions_of_the_ledger() -> None:
    content = page("upsolver-role-permissions")
    table = {action for row in content["management_table"].values() for action in row}
    document = {action for statement in content["management"]["Statement"] for action in statement["Action"]}
    in_json_only = {"iam:CreateServiceLinkedRole", "sts:DecodeAuthorizationMessage", "ec2:DescribeSpotPriceHistory"}
    assert (document - table, table - document) == (in_json_only, set())


def test_what_biomodals_operator_may_and_ours_need_not_is_in_the_ledger_action_by_action() -> None:
    statements = page("biomodal-policies-and-roles")["operator"]["Statement"]
    theirs = {action for statement in statements for action in listed(statement["Action"])}
    needed = {
        need.action for wanted in VARIANTS["biomodal-duet"] for need in needs_of_integration(wanted, {DEFAULT: EXAMPLE}, "d")
    }
    entries = [item.page for item in integration("biomodal-duet").deviations if "for the operator" in item.page]
    assert theirs - needed == set(re.findall(r"\w+:\w+", " ".join(entries)))
