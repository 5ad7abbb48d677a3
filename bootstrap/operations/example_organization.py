"""An organization in the sandbox, to try a fleet in it: a unit with a few accounts."""

from contextlib import suppress
from dataclasses import dataclass

from bootstrap.aws.credentials import Login, sandboxed

_UNIT, _ACCOUNTS = "workloads", ("production", "staging", "tools")


@dataclass(frozen=True)
class Organization:
    """The id of the unit, and those of its accounts."""

    unit: str
    accounts: tuple[str, ...]


def example_organization(url: str, key_id: str) -> Organization:
    """That of the sandbox at the URL; what is missing is created, so that a second call changes nothing."""
    client = sandboxed(Login(endpoint=url, key_id=key_id)).client("organizations", endpoint_url=url)
    with suppress(client.exceptions.AlreadyInOrganizationException):
        client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    units = client.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    unit = next((each["Id"] for each in units if each["Name"] == _UNIT), "")
    if not unit:
        unit = client.create_organizational_unit(ParentId=root, Name=_UNIT)["OrganizationalUnit"]["Id"]
    known = client.list_accounts_for_parent(ParentId=unit)["Accounts"]
    for name in _ACCOUNTS if not known else ():
        made = client.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]
        client.move_account(AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=unit)
    found = client.list_accounts_for_parent(ParentId=unit)["Accounts"]
    return Organization(unit, tuple(sorted(each["Id"] for each in found)))
