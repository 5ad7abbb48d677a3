"""A sandbox in a process of its own, for the tools that bootstrap writes for."""

from collections.abc import Iterator

import pytest

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.scope import Scope
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.owner import Owner
from bootstrap.sandbox import Server
from tests.conftest import FAST, LINEAGE
from tests.support.processes import Cloud, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serving(tmp_path_factory.mktemp("sandbox")) as cloud:
        yield cloud


@pytest.fixture
def server(served: Cloud) -> Server:
    """An empty sandbox."""
    served.settle()
    empty(served)
    return served.server


@pytest.fixture
def new_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A sandbox of its own, for what leaves machines and queues: `empty` does not know them."""
    with serving(tmp_path_factory.mktemp("new-sandbox")) as cloud:
        yield cloud.server


@pytest.fixture
def there(server: Server) -> Iterator[Scope]:
    yield from scope_in(server)


@pytest.fixture
def new_there(new_server: Server) -> Iterator[Scope]:
    yield from scope_in(new_server)


def scope_in(server: Server) -> Iterator[Scope]:
    login = Login(endpoint=server.url, key_id=server.key_id, region=EXAMPLE.region)
    aws = Aws({DEFAULT: login}, FAST)
    yield Scope(aws, EXAMPLE, Owner("test", "thing", LINEAGE))
    aws.close()


def empty(cloud: Cloud) -> None:
    for provider in cloud.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        cloud.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
    for policy in cloud.iam.list_policies(Scope="Local")["Policies"]:
        for role in cloud.iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyRoles"]:
            cloud.iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])
        cloud.iam.delete_policy(PolicyArn=policy["Arn"])
    for profile in cloud.iam.list_instance_profiles()["InstanceProfiles"]:
        name = {"InstanceProfileName": profile["InstanceProfileName"]}
        for role in profile["Roles"]:
            cloud.iam.remove_role_from_instance_profile(**name, RoleName=role["RoleName"])
        cloud.iam.delete_instance_profile(**name)
    cloud.empty()
