"""A fleet from its first plan to its end, in an organization of accounts."""

import boto3
import pytest

from tests.cli.conftest import Bootstrap
from tests.support.wire import Wire

DATADOG = "--integration datadog --site datadoghq.com --external-id ext-1"
ROLE = "DatadogIntegrationRole"


class Organization:
    """That of the account that moto plays, with a unit for workloads."""

    def __init__(self) -> None:
        self.client = boto3.client("organizations", region_name="us-east-1")
        self.client.create_organization(FeatureSet="ALL")
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        made = self.client.create_organizational_unit(ParentId=self.root, Name="workloads")
        self.unit = str(made["OrganizationalUnit"]["Id"])

    def add(self, number: int) -> list[str]:
        """The ids of so many new accounts in the unit."""
        return [self._account(f"account-{index}") for index in range(number)]

    def _account(self, name: str) -> str:
        made = self.client.create_account(Email=f"{name}@example.com", AccountName=name)
        number = str(made["CreateAccountStatus"]["AccountId"])
        self.client.move_account(AccountId=number, SourceParentId=self.root, DestinationParentId=self.unit)
        return number


@pytest.fixture
def organization(cloud: Wire) -> Organization:
    return Organization()


def test_try(bootstrap: Bootstrap, cloud: Wire, organization: Organization) -> None:
    ids, seen = organization.add(4), []

    def ran(line: str) -> None:
        with cloud.recorded() as calls:
            found = bootstrap(line)
        from collections import Counter

        seen.append(f"$ {line}\n{found.code}\n{found.out}\n{found.err}==== {Counter(each.operation for each in calls)}")

    ran(f"create {DATADOG} --organizational-unit {organization.unit} --canary {ids[0]} --yes")
    ran("status")
    ran("status --detect-drift")
    ran("outputs accounts.csv")
    ran("create --yes")
    ran("create --external-id ext-2 --yes")
    ran(f"create --exclude {ids[2]} --yes")
    ran("outputs")
    ran("destroy --yes")
    raise AssertionError("\n".join(seen))
