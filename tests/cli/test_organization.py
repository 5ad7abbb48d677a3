"""What an organization demands is said in the plan: tags, images, whom to allow. Nothing fails."""

from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from moto.resourcegroupstaggingapi.models import resourcegroupstaggingapi_backends

from tests.cli.conftest import INPUTS, VPC, Bootstrap
from tests.conftest import MakeScope
from tests.support.wire import Wire

HERE = "123456789012"
DUET = f"--integration biomodal-duet {INPUTS['biomodal-duet']}"


@pytest.fixture
def demands(cloud: Wire) -> Any:
    """Sets what the organization requires in the account that moto plays."""

    def set_(required: list[Any], images: Any = None) -> None:
        vars(resourcegroupstaggingapi_backends[HERE]["us-east-1"])["required"] = required
        if images:
            vars(ec2_backends[HERE]["us-east-1"])["allowed_images"] = images

    return set_


def tag(key: str, kind: str, *more: str) -> dict[str, Any]:
    return {"ResourceType": kind, "CloudFormationResourceTypes": [*more], "ReportingTagKeys": [key]}


def notes(ran: Any) -> list[str]:
    assert ran.code == 0, ran.err
    return [each["text"] for each in ran.objects if each["type"] == "note"]


def test_a_required_tag_that_is_missing_is_named_with_what_to_type(bootstrap: Bootstrap, demands: Any) -> None:
    demands(
        [tag("CostCenter", "iam:role"), tag("CostCenter", "other", "AWS::S3::Bucket"), tag("The owner", "s3:ALL_SUPPORTED")]
    )
    line = f"plan {VPC} --no-preflight --json"
    said = "Note: The organization's tag policy requires the tag {} on {}, which would not have it: add --tag {}"
    both = said.format("CostCenter", "s3_bucket, iam_role", "CostCenter=VALUE")
    found = [each for each in notes(bootstrap(line)) if "tag policy" in each]
    assert sorted(found) == sorted([both, said.format("The owner", "s3_bucket", "'The owner=VALUE'")])
    assert [
        each for each in notes(bootstrap(f"{line} --tag CostCenter=7 --tag 'The owner=ann'")) if "tag policy" in each
    ] == []
    assert "requires the tag CostCenter" in bootstrap(f"check {VPC}").err
    assert bootstrap(f"create {VPC} --yes").code == 0
    assert [each for each in notes(bootstrap(line)) if "tag policy" in each] == [], "nothing is created any more"


def test_where_machines_are_planned_the_allowed_images_are_looked_at(
    bootstrap: Bootstrap, demands: Any, cloud: Wire, scope: MakeScope
) -> None:
    criteria = [{"ImageProviders": ["amazon"]}, {"ImageProviders": ["111122223333"], "ImageNames": ["golden-*"]}]
    scope().client("ec2").describe_vpcs()  # with the account's first call, moto makes its default VPC
    demands([], {"State": "enabled", "ImageCriteria": criteria, "ManagedBy": "declarative-policy"})
    found = notes(bootstrap(f"plan {DUET} --no-preflight --json"))
    images = next(each for each in found if "Allowed AMIs" in each)
    assert "set by a policy of the organization: only images of these providers: 111122223333, amazon" in images
    assert images.endswith("AWS does not start vm, on-demand-environment, spot-environment from any other")
    demands([], {"State": "audit-mode"})
    assert not any("Allowed AMIs" in each for each in notes(bootstrap(f"plan {DUET} --no-preflight --json")))
    with cloud.recorded() as calls:
        bootstrap(f"plan {VPC} --no-preflight")
    asked = {"ListRequiredTags", "GetAllowedImagesSettings"}
    assert {each.operation for each in calls} & asked == {"ListRequiredTags"}


def test_what_may_not_be_read_is_not_known_and_what_fails_otherwise_is_left_out(bootstrap: Bootstrap, cloud: Wire) -> None:
    cloud.refuse("ListRequiredTags", "AccessDeniedException", "not authorized", status=400)
    cloud.refuse("GetAllowedImagesSettings", "UnauthorizedOperation", "not authorized", status=403)
    found = notes(bootstrap(f"plan {DUET} --no-preflight --json"))
    assert [each for each in found if each.startswith("Note: Not known, as you may not read it")] == [
        "Note: Not known, as you may not read it: which tags the organization requires (tag:ListRequiredTags), "
        "which images the organization or the account allows (ec2:GetAllowedImagesSettings)"
    ]
    cloud.refuse("ListRequiredTags", "InternalServiceException", "not today", status=500, times=9)
    ran = bootstrap(f"create {VPC} --yes")
    assert (ran.code, "Not known" in ran.err) == (0, False)


def test_whom_resource_control_policies_have_to_allow_is_one_line(bootstrap: Bootstrap) -> None:
    ran = bootstrap(f"plan {VPC} --no-preflight")
    said = "If resource control policies limit who gets in (they cannot be read), they must allow accounts "
    assert ran.out.count(f"{said}428641199958, 922761411349.") == 1, ran.out
    plan = bootstrap(f"plan {VPC} --without-spotinst --no-preflight --json").last("plan")
    assert plan["accounts_to_allow"] == ["428641199958"]
    assert bootstrap(f"check {VPC}").err.count(said) == 1
    inside = bootstrap(f"plan {DUET} --no-preflight")
    assert "resource control policies" not in inside.out


def test_the_page_of_a_deployment_says_what_its_account_demands(bootstrap: Bootstrap, demands: Any, cloud: Wire) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    demands([tag("CostCenter", "iam:role")])
    with cloud.recorded() as calls:
        found = bootstrap("review --json").json["demands"]
    assert [each.operation for each in calls] == ["GetCallerIdentity", "ListRequiredTags"]
    assert found["lines"] == [
        "The organization's tag policy requires the tag CostCenter on iam_role, which would not have it: "
        "add --tag CostCenter=VALUE"
    ]
    demands([])
    page = bootstrap("review").out
    assert "- The organization's tag policy requires no tag that these resources lack" in page
    assert f"Read from AWS at {found['read'][:11]}" in page
    cloud.refuse("ListRequiredTags", "AccessDeniedException", "not authorized", status=400)
    assert "Not known, as you may not read it: which tags the organization requires" in bootstrap("review").out
    cloud.refuse("ListRequiredTags", "InternalServiceException", "not today", status=500)
    assert "Not known, as AWS did not answer: which tags the organization requires" in bootstrap("review").out


def test_the_page_of_a_plan_in_a_file_says_what_the_account_demanded(
    bootstrap: Bootstrap, demands: Any, cloud: Wire
) -> None:
    demands([tag("CostCenter", "iam:role")])
    assert bootstrap(f"plan {VPC} --out plan.json").code == 0
    demands([])
    with cloud.recorded() as calls:
        found = bootstrap("review --plan plan.json --json").json["demands"]
    assert calls == []
    assert found["lines"] == [
        "The organization's tag policy requires the tag CostCenter on iam_role, which would not have it: "
        "add --tag CostCenter=VALUE"
    ]
    assert bootstrap("create --plan plan.json").code == 0  # it is no part of what is done
    cloud.refuse("ListRequiredTags", "AccessDeniedException", "not authorized", status=400)
    assert bootstrap(f"plan {VPC} --out plan.json").code == 0
    assert "Not known, as you may not read it: which tags the organization" in bootstrap("review --plan plan.json").out


def test_the_page_is_the_same_wherever_nobody_is_signed_in(
    bootstrap: Bootstrap, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bootstrap(f"create {VPC} --yes").code == 0
    offline = bootstrap("review --format html --offline")
    assert "Not read from AWS: review ran with <span>--offline</span>, or was not signed in to the account." in offline.out
    cloud.refuse("GetCallerIdentity", "ExpiredToken", "it has expired", status=403)
    denied = bootstrap("review --format html")
    assert (denied.code, denied.out) == (0, offline.out)
    assert denied.err.startswith("Note: the page does not say what the organization demands: "), denied.err
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    elsewhere = bootstrap("review --format html")
    assert (elsewhere.code, elsewhere.out) == (0, offline.out)
    assert "these credentials belong to account 111122223333" in elsewhere.err
