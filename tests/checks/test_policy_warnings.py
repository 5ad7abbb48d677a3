"""What a plan says about the integration's policies beside the warnings themselves."""

import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap.checks.policy_warnings import with_policy_warnings
from bootstrap.core.pending import marker
from bootstrap.core.plan import Plan
from bootstrap.engine import prepare
from bootstrap.integrations import integration
from bootstrap.permissions.review import review
from bootstrap.views.plan import closing_lines
from tests.conftest import MakeScope
from tests.support.deployments import Deployment
from tests.support.samples import trust

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ABOUT = "The vendor asks for the access that the warnings name."


def planned(deployment: Deployment) -> Plan:
    found = prepare.prepare_create(deployment.session, deployment.backend, "test", deployment.wanted)
    return with_policy_warnings(found, deployment.wanted).plan


def closing(plan: Plan) -> list[str]:
    return [line.plain for line in closing_lines(plan, "create")]


def example(name: str, scope: MakeScope, folder: Path, **inputs: Any) -> Deployment:
    kind = integration(name)
    return Deployment(kind(**{**vars(kind.example()), **inputs}), scope(), folder)


@pytest.mark.parametrize("name", ["confluent-s3", "modal-s3"])
def test_that_the_vendor_asks_for_it_is_said_only_below_warnings_about_its_own_policies(
    name: str, scope: MakeScope, tmp_path: Path
) -> None:
    deployment = example(name, scope, tmp_path)
    plan = planned(deployment)
    assert [each for change in plan.changes for each in change.warnings] == []
    assert not [text for text in closing(plan) if ABOUT in text]
    deployment.create()
    [role] = [node.resource.label for node in deployment.nodes().values() if node.resource.kind == "iam_role"]
    iam = scope().client("iam")
    iam.attach_role_policy(RoleName=role, PolicyArn=ADMIN)
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust()))
    plan = planned(deployment)
    assert plan.work and plan.opened
    assert not [text for text in closing(plan) if ABOUT in text]


@pytest.mark.parametrize("name", ["upsolver-private-vpc", "seqera", "datadog", "vanta"])
def test_a_plan_warns_of_what_the_review_rates_high_and_counts_what_it_rates_medium(
    name: str, scope: MakeScope, tmp_path: Path
) -> None:
    deployment = example(name, scope, tmp_path)
    plan = planned(deployment)
    warnings = [each for change in plan.changes for each in change.warnings]
    linted = {each.statement for each in warnings if each.code != "high-risk"}
    page = review(deployment.wanted, tuple(deployment.session.accounts.values())).concerns
    for each in page:
        said = any(one.text.startswith(each.text) for one in warnings)
        assert said is (each.risk == "high" and not linted & {*each.about}) or (
            bool(linted & {*each.sids}) and not each.code
        ), each
    medium = [each for each in page if each.risk == "medium" and (each.deviation or each.code)]
    assert plan.medium_risks == len([each for each in medium if each.code or not linted >= {*each.about}])


def test_a_warning_of_what_a_rule_found_names_the_option_that_ends_it(scope: MakeScope, tmp_path: Path) -> None:
    def sessions(name: str, **inputs: Any) -> list[str]:
        plan = planned(example(name, scope, tmp_path / name, **inputs))
        found = [each.text for change in plan.changes for each in change.warnings]
        return [text.rpartition(". ")[2] for text in found if "roles that others gave" in text]

    assert sessions("upsolver-vpc") == ["--without-athena ends that"]
    assert sessions("seqera") == ["No option limits that"]


def test_medium_risks_that_have_no_warning_are_counted_with_the_command_that_shows_them(
    scope: MakeScope, tmp_path: Path
) -> None:
    deployment = example("datadog", scope, tmp_path)
    plan = planned(deployment)
    number = "1 medium risk" if plan.medium_risks == 1 else f"{plan.medium_risks} medium risks"
    assert f"{number} without a warning here, see: {plan.see_risks}" in closing(plan)
    assert plan.see_risks == "bootstrap review datadog"
    deployment.create()
    assert planned(deployment).medium_risks == 0


def test_a_plan_of_a_locked_role_says_who_gets_in_once_it_is_complete(scope: MakeScope, tmp_path: Path) -> None:
    known = planned(example("upsolver-vpc", scope, tmp_path, external_id=marker("external_id")))
    spot = "From outside, once complete: account 922761411349 (spot.io) may assume UpsolverRole, with an external id"
    assert spot in closing(known)
    assert "SpotIo" in [each.statement for change in known.changes for each in change.warnings if each.code == "high-risk"]
    unknown = planned(example("snowflake-s3", scope, tmp_path / "later", snowflake_user=marker("snowflake_user")))
    names = "From outside, once complete: whoever Snowflake names may assume SnowflakeS3, with an external id"
    assert [text for text in closing(unknown) if text.startswith("From outside")] == [names]


def test_a_plan_names_what_a_token_must_say(scope: MakeScope, tmp_path: Path) -> None:
    plan = planned(example("estuary-s3", scope, tmp_path))
    [line] = [text for text in closing(plan) if text.startswith("From outside")]
    assert line.endswith(" and sub is like your-tenant/prod/*"), line
    assert ", if aud is " in line
