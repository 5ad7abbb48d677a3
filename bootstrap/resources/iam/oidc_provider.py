"""An OIDC identity provider, whose tokens the roles of an account may trust. Each URL has one in an account.

One that exists already is used as it is. Only one that carries our owner tags is changed, and deleted once no role but ours
trusts it. Its audiences are resources of their own (`oidc_audience.py`): each user of a provider adds its own.
Source: IAM API reference CreateOpenIDConnectProvider, GetOpenIDConnectProvider; user guide id_roles_providers_create_oidc.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs, Part, Properties
from bootstrap.core.owner import Owner
from bootstrap.core.permission import REQUEST_TAGS, Permission, retagging
from bootstrap.core.query import Query
from bootstrap.core.resource import Taggable
from bootstrap.core.resource_type import Deletion, Identifiers, Opening, Updates
from bootstrap.core.strictness import Members
from bootstrap.core.validators import oidc_issuer
from bootstrap.permissions.federated_trust import providers
from bootstrap.permissions.wildcards import matches
from bootstrap.resources.iam import shared as iam

AUDIENCE = "audience"
MOST_THUMBPRINTS = 5
ROLES = Query("iam", "list_roles", {"MaxItems": 1000})
"""All roles of the account, with their trust policies."""
_PROVIDER = "arn:{partition}:iam::{account}:oidc-provider/{issuer}"
WHICH_ROLES = Permission("delete", "iam:ListRoles", "*", why="whether roles of others trust it")


@dataclass(frozen=True, kw_only=True)
class IamOidcProvider(Taggable):
    """`url` is the issuer of the tokens, exactly as they name it, with the slash at its end if it has one. `thumbprints` are
    of the certificate authorities that IAM should trust; without any, IAM chooses."""

    kind = "iam_oidc_provider"
    services = ("iam",)
    identifiers = Identifiers(
        outputs=("arn",),  # no unique_id: AWS uses the ARN again
        shared=True,
        if_taken="Run the same command again: it uses the one that exists now.",
        arn_prefixes={"iam:oidc-provider": "arn"},
        lag=iam.LAG,
    )
    updates = Updates(
        force_new={"url"},
        strictness={"thumbprints": Members("thumbprint")},
        opens={
            "thumbprints": Opening("new-principal", "tokens count that come from a server with another certificate"),
            "thumbprint": Opening("new-principal", "tokens count that come from a server with this certificate"),
            AUDIENCE: Opening("new-principal", "tokens for that audience count, too"),
        },
    )
    deletion = Deletion(deleted_with={AUDIENCE})
    permissions = (
        Permission("read", "iam:GetOpenIDConnectProvider", _PROVIDER),
        Permission("create", "iam:CreateOpenIDConnectProvider", _PROVIDER, sends=REQUEST_TAGS),
        Permission(
            "create",
            "iam:TagOpenIDConnectProvider",
            _PROVIDER,
            why="IAM asks for it, as the owner tags go into CreateOpenIDConnectProvider",
            sends=REQUEST_TAGS,
        ),
        Permission("update", "iam:UpdateOpenIDConnectProviderThumbprint", _PROVIDER, only_for=("thumbprints",)),
        *retagging("iam:TagOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider", _PROVIDER),
        WHICH_ROLES,
        Permission("delete", "iam:DeleteOpenIDConnectProvider", _PROVIDER),
    )

    url: str
    thumbprints: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.url.removeprefix("https://")

    def arn_variables(self) -> Properties:
        return {**self.properties(), "issuer": self.label}

    def validate(self, account: Account) -> Sequence[str]:
        found = iam.tag_problems(self.tags)
        try:
            oidc_issuer(self.url)
        except ValueError as error:
            found.append(str(error))
        found += [
            f"thumbprint {each!r}: it must be a SHA-1 digest of 40 hexadecimal digits"
            for each in self.thumbprints
            if not re.fullmatch("[0-9a-fA-F]{40}", each)
        ]
        if len(self.thumbprints) > MOST_THUMBPRINTS:
            found.append(f"{len(self.thumbprints)} thumbprints: IAM accepts {MOST_THUMBPRINTS}")
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"arn": iam.arn(account, "oidc-provider", "/", self.label)}

    def canonical(self, name: str, value: Any) -> Any:
        return sorted(each.lower() for each in value) if name == "thumbprints" else value

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        arn = outputs.get("arn") or self.predicted_outputs(aws.account)["arn"]
        found, *roles = aws.read_existing(query(arn), *([ROLES] if aws.destroying else []))
        if found is None:
            return None
        tags = iam.tag_map(found.get("Tags", []))
        # Without a wish for some, those that IAM chose are no difference.
        thumbprints = {"thumbprints": found.get("ThumbprintList", [])} if self.thumbprints else {}
        owner = Owner.from_tags(tags)
        # Of a provider that somebody else created, the audiences are theirs to add.
        audiences = found.get("ClientIDList", []) if aws.destroying or owner == aws.owner else []
        parts = [Part(AUDIENCE, arn, each) for each in audiences]
        return Live(
            outputs={"arn": arn},
            properties={"url": f"https://{found['Url']}", **thumbprints, "tags": iam.own_tags(tags)},
            owner=owner,
            parts=frozenset([*parts, *(part for answer in roles for part in trusting(arn, answer))]),
        )

    def create(self, aws: Cloud) -> Live:
        sent = {"ThumbprintList": self.thumbprints} if self.thumbprints else {}
        with raise_already_exists("EntityAlreadyExists"):
            answer = aws.call("iam", "create_open_id_connect_provider", Url=self.url, Tags=aws.tags(self.tags), **sent)
        return Live(outputs={"arn": answer["OpenIDConnectProviderArn"]}, properties=self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        named = {"OpenIDConnectProviderArn": outputs["arn"]}
        iam.retag(aws, "open_id_connect_provider", named, differences)
        if any(item.field == "thumbprints" for item in differences):
            aws.call("iam", "update_open_id_connect_provider_thumbprint", **named, ThumbprintList=self.thumbprints)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        arn = outputs.get("arn") or self.predicted_outputs(aws.account)["arn"]
        with ignore_missing(iam.GONE):
            aws.call("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=arn)


def query(arn: str) -> Query:
    return Query("iam", "get_open_id_connect_provider", {"OpenIDConnectProviderArn": arn}, (iam.GONE,))


def trusting(provider: str, roles: Mapping[str, Any] | None, audience: str = "") -> Iterator[Part]:
    """The roles in an answer to ListRoles that trust the provider; with an audience, those that may need it."""
    for role in (roles or {}).get("Roles", []):
        for named, audiences in providers(role["AssumeRolePolicyDocument"]):
            if named == provider and (not audience or any(matches(each, audience) for each in audiences)):
                yield Part(iam.TRUSTED_BY, provider, f"role {role['RoleName']}")
