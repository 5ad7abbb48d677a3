"""An organization for StackSets, as moto plays it, with ids that a test can name beforehand."""

from collections.abc import Mapping, Sequence

from moto.organizations.models import organizations_backends

from bootstrap.aws.scope import Scope

UNIT, OTHER_UNIT = "ou-ab12-11111111", "ou-ab12-22222222"
ACCOUNTS = ("111111111111", "222222222222", "333333333333")
ELSEWHERE = "444444444444"


def organize(scope: Scope, units: Mapping[str, Sequence[str]] = {UNIT: ACCOUNTS, OTHER_UNIT: (ELSEWHERE,)}) -> None:
    """Makes an organization of the scope's account, with these accounts in these units."""
    client = scope.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    organization = organizations_backends[scope.account.id]["aws"]
    for unit, accounts in units.items():
        named = client.create_organizational_unit(ParentId=root, Name=unit)["OrganizationalUnit"]["Id"]
        next(each for each in organization.ou if each.id == named).id = unit
        for number in accounts:
            join(scope, number, unit)


def join(scope: Scope, number: str, unit: str) -> None:
    """A new account in the organization."""
    made = scope.client("organizations").create_account(Email=f"{number}@example.com", AccountName=number)
    organization = organizations_backends[scope.account.id]["aws"]
    account = next(each for each in organization.accounts if each.id == made["CreateAccountStatus"]["AccountId"])
    account.id, account.parent_id = number, unit


def suspend(scope: Scope, number: str) -> None:
    scope.client("organizations").close_account(AccountId=number)
