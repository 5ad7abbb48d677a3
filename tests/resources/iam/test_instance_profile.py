"""What is odd about an instance profile: it holds one role, and putting the same one in twice is an error."""

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of
from bootstrap.aws.scope import Scope
from bootstrap.core.difference import differences
from bootstrap.core.live import Part
from bootstrap.errors import AwsError
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from tests.conftest import MakeScope
from tests.support.samples import deployed, read_back, role
from tests.support.wire import Wire

PROFILE = IamInstanceProfile(name="Profile", role="Role")


@pytest.fixture
def roles(scope: MakeScope) -> None:
    role(scope(), "Role")
    role(scope(), "Stranger")


def inside(scope: Scope) -> list[str]:
    found = scope.client("iam").get_instance_profile(InstanceProfileName="Profile")["InstanceProfile"]["Roles"]
    return [item["RoleName"] for item in found]


def put_in(scope: Scope, name: str) -> None:
    scope.client("iam").add_role_to_instance_profile(InstanceProfileName="Profile", RoleName=name)


def take_out(scope: Scope, name: str) -> None:
    scope.client("iam").remove_role_from_instance_profile(InstanceProfileName="Profile", RoleName=name)


@pytest.mark.usefixtures("roles")
def test_a_lost_answer_to_putting_the_role_in_is_no_error(scope: MakeScope, cloud: Wire) -> None:
    cloud.lose_answer("AddRoleToInstanceProfile")
    live = deployed(PROFILE, scope())
    assert cloud.names.count("iam.AddRoleToInstanceProfile") == 2
    assert differences(PROFILE, live) == ()


@pytest.mark.usefixtures("roles")
def test_a_profile_that_somebody_filled_in_the_meantime_is_an_error_and_stays(scope: MakeScope) -> None:
    live = PROFILE.create(scope())
    put_in(scope(), "Stranger")
    with pytest.raises(ClientError) as raised:
        PROFILE.update(scope(), live.outputs, differences(PROFILE, live))
    assert code_of(raised.value) == "LimitExceeded"
    assert inside(scope()) == ["Stranger"]


@pytest.mark.usefixtures("roles")
def test_a_swapped_role_is_drift_and_is_swapped_back(scope: MakeScope) -> None:
    live = deployed(PROFILE, scope())
    take_out(scope(), "Role")
    put_in(scope(), "Stranger")
    live = read_back(PROFILE, scope(), live.outputs)
    found = differences(PROFILE, live)
    assert [(item.path, item.before, item.after) for item in found] == [("role", "Stranger", "Role")]
    PROFILE.update(scope(), live.outputs, found)
    assert inside(scope()) == ["Role"]


@pytest.mark.usefixtures("roles")
def test_a_role_that_was_removed_is_drift_and_is_restored(scope: MakeScope) -> None:
    live = deployed(PROFILE, scope())
    take_out(scope(), "Role")
    live = read_back(PROFILE, scope(), live.outputs)
    found = differences(PROFILE, live)
    assert [(item.path, item.before) for item in found] == [("role", None)]
    PROFILE.update(scope(), live.outputs, found)
    assert inside(scope()) == ["Role"]


@pytest.mark.usefixtures("roles")
def test_a_profile_that_holds_a_role_of_others_is_not_deleted_and_keeps_it(scope: MakeScope, cloud: Wire) -> None:
    live = deployed(PROFILE, scope())
    take_out(scope(), "Role")
    put_in(scope(), "Stranger")
    [obstacle] = read_back(PROFILE, scope(destroying=True), live.outputs).obstacles
    assert obstacle.what.endswith("contains the role Stranger, which this deployment did not add")
    with pytest.raises(AwsError, match="contains the role Stranger, which this deployment did not add") as raised:
        PROFILE.delete(scope(), live.outputs)
    assert "Remove it" in raised.value.advice
    assert "iam.DeleteInstanceProfile" not in cloud.names
    assert inside(scope()) == ["Stranger"]


@pytest.mark.usefixtures("roles")
def test_a_profile_that_somebody_emptied_is_deleted(scope: MakeScope) -> None:
    live = deployed(PROFILE, scope())
    take_out(scope(), "Role")
    PROFILE.delete(scope(), live.outputs)
    assert PROFILE.read(scope(), live.outputs) is None


@pytest.mark.usefixtures("roles")
def test_it_claims_its_place_among_the_profiles_of_its_role() -> None:
    assert Part("instance profile", "Role", "Profile") in PROFILE.attachments()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("NoSuchEntity", "The role with name Role cannot be found."),
        ("NoSuchEntity", "Instance Profile Profile cannot be found."),
        (
            "InvalidParameterValue",
            "Value (Profile) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        ),
    ],
)
@pytest.mark.usefixtures("roles")
def test_a_role_or_profile_that_iam_does_not_know_yet_is_waited_for(
    code: str, message: str, scope: MakeScope, cloud: Wire
) -> None:
    cloud.refuse("AddRoleToInstanceProfile", code, message, times=2)
    assert differences(PROFILE, deployed(PROFILE, scope())) == ()
