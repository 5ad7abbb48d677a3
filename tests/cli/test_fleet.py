"""A fleet from its first plan to its end, in an organization of accounts."""

import csv
import io
import json
from pathlib import Path

import boto3
import pytest

from bootstrap.core.strict_json import strict_json
from tests.cli.conftest import Bootstrap, Ran
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
