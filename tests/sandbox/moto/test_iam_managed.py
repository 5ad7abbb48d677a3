"""The policies that AWS manages cost an organization of a hundred accounts no more than one."""

import json
from typing import Any

import pytest
from moto.iam.models import AWSManagedPolicy, IAMBackend, iam_backends

from bootstrap.aws.scope import Scope
from tests.conftest import MakeScope
from tests.support.organizations import ACCOUNTS, organize
from tests.support.samples import trust

AUDIT = "arn:aws:iam::aws:policy/SecurityAudit"


def role_in(account: str) -> IAMBackend:
    iam: IAMBackend = iam_backends[account]["aws"]
    iam.create_role("auditor", json.dumps(trust()), "/", None, "", [], "3600")
    return iam


def listed(here: Scope) -> dict[str, Any]:
    client = here.client("iam")
    return {item["Arn"]: item for page in client.get_paginator("list_policies").paginate() for item in page["Policies"]}


def test_an_account_counts_its_own_attachments(scope: MakeScope) -> None:
    here = scope()
    organize(here)
    first, second = (role_in(account) for account in ACCOUNTS[:2])
    for iam in (first, first, second):
        iam.attach_role_policy(AUDIT, "auditor")
    first.create_user("us-east-1", "u", "/")
    first.attach_user_policy(AUDIT, "u")
    assert [iam.get_policy(AUDIT).attachment_count for iam in (first, second)] == [2, 1]
    assert listed(here)[AUDIT]["AttachmentCount"] == 0
    first.detach_role_policy(AUDIT, "auditor")
    assert [iam.get_policy(AUDIT).attachment_count for iam in (first, second)] == [1, 1]
    assert [iam.list_policies(None, 100, True, "/", "AWS")[0] for iam in (first, second)] == [
        [iam.get_policy(AUDIT)] for iam in (first, second)
    ]


def test_a_new_account_parses_no_policies_and_has_only_the_partition_that_it_uses(
    scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = scope()
    assert AUDIT in listed(here)
    monkeypatch.setattr(AWSManagedPolicy, "from_data", None)
    organize(here)
    assert AUDIT in iam_backends[ACCOUNTS[0]]["aws"].managed_policies
    here.client("iam").list_roles()
    assert [*iam_backends[ACCOUNTS[0]]] == ["aws"]
