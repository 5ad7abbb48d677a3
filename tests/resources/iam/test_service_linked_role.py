"""What is odd about a service-linked role: everybody in the account shares it."""

import pytest
from botocore.exceptions import ClientError

from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.errors import AlreadyExists
from bootstrap.permissions.service_linked_roles import NAMES
from bootstrap.resources.iam.service_linked_role import IamServiceLinkedRole
from tests.conftest import MakeScope
from tests.support.wire import Wire

ROLE = IamServiceLinkedRole(service="batch.amazonaws.com")


@pytest.mark.parametrize("service", list(NAMES))
def test_it_is_where_it_is_known_to_be_before(service: str, scope: MakeScope) -> None:
    wanted = IamServiceLinkedRole(service=service)
    live = wanted.create(scope())
    there = scope().client("iam").get_role(RoleName=NAMES[service])["Role"]
    assert (live.outputs["name"], live.outputs["arn"]) == (there["RoleName"], there["Arn"])
    assert wanted.predicted_outputs(scope().account) == live.outputs


def test_one_that_somebody_else_created_serves_as_well(scope: MakeScope, cloud: Wire) -> None:
    scope().client("iam").create_service_linked_role(AWSServiceName=ROLE.service)
    with pytest.raises(AlreadyExists, match="has been taken"):
        ROLE.create(scope())
    assert create_or_adopt(ROLE, scope(), scope().owner) == ROLE.read(scope(), {})


def test_any_other_invalid_input_is_an_error(scope: MakeScope, cloud: Wire) -> None:
    cloud.refuse("CreateServiceLinkedRole", "InvalidInput", "The service name is not valid.")
    with pytest.raises(ClientError, match="is not valid"):
        ROLE.create(scope())


def test_it_is_never_deleted(scope: MakeScope, cloud: Wire) -> None:
    live = ROLE.create(scope())
    with cloud.recorded() as calls:
        ROLE.delete(scope(), live.outputs)
    assert calls == []
