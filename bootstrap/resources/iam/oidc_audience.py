"""An audience (client id) of an OIDC provider: IAM refuses tokens for any other. Several users of it may need the same one.

One that the provider has already is used as it is. One that we added is removed again, unless roles of others may need it.
Source: IAM API reference AddClientIDToOpenIDConnectProvider (adding it again is no error),
RemoveClientIDFromOpenIDConnectProvider; IAM user guide reference_iam-quotas.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bootstrap.aws.errors import ignore_missing
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Obstacle, Outputs, Part
from bootstrap.core.permission import Permission
from bootstrap.core.resource import Resource
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.resources.iam import shared as iam
from bootstrap.resources.iam.oidc_provider import AUDIENCE, ROLES, WHICH_ROLES, query, trusting

_MOST = 100
"""The audiences of a provider."""


@dataclass(frozen=True, kw_only=True)
class IamOidcAudience(Resource):
    """`provider` is the provider's ARN, `audience` what the vendor's tokens have as "aud", such as a role's own ARN."""

    kind = "iam_oidc_audience"
    services = ("iam",)
    identifiers = Identifiers(outputs=("provider", "audience"), shared=True, lag=iam.LAG)
    updates = Updates(force_new={"provider", "audience"})
    permissions = (
        Permission("read", "iam:GetOpenIDConnectProvider", "{provider}"),
        Permission("create", "iam:GetOpenIDConnectProvider", "{provider}", why="whether it can have one more audience"),
        Permission("create", "iam:AddClientIDToOpenIDConnectProvider", "{provider}"),
        WHICH_ROLES,
        Permission("delete", "iam:RemoveClientIDFromOpenIDConnectProvider", "{provider}"),
    )

    provider: str
    audience: str

    @property
    def label(self) -> str:
        return f"{self.audience} at {self.provider.partition('/')[2] or self.provider}"

    def validate(self, account: Account) -> Sequence[str]:
        found = []
        if not iam.unresolved(self.provider) and not self.provider.startswith(iam.arn(account, "oidc-provider", "/", "")):
            found.append(f"{self.provider!r} is not the ARN of an OIDC provider in account {account.id}")
        if not iam.unresolved(self.audience) and not 1 <= len(self.audience) <= 255:
            found.append(f"audience {self.audience!r}: IAM accepts 1 to 255 characters")
        return found

    def attachments(self) -> Iterable[Part]:
        return (Part(AUDIENCE, self.provider, self.audience),)

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        # If it is recorded, look at the recorded one: it would stay there if another one is desired now.
        provider, audience = outputs.get("provider", self.provider), outputs.get("audience", self.audience)
        if iam.unresolved(provider, audience):
            return None
        found, *roles = aws.read_existing(query(provider), *([ROLES] if aws.destroying else []))
        if found is None or audience not in found.get("ClientIDList", []):
            return None
        return Live(
            outputs={"provider": provider, "audience": audience},
            properties={"provider": provider, "audience": audience},
            owner=aws.owner,  # it has no tags: only the record says whether we added it
            parts=frozenset(part for answer in roles for part in trusting(provider, answer, audience)),
        )

    def precheck(self, aws: Cloud) -> Sequence[Obstacle]:
        [found] = [None] if iam.unresolved(self.provider) else aws.read(query(self.provider))
        if not found or len(found.get("ClientIDList", [])) < _MOST:
            return ()
        what = f"the OIDC provider {self.provider} has {_MOST} audiences, and IAM allows no more"
        return [Obstacle(what, "Remove one that nobody needs, and run the same command again.")]

    def create(self, aws: Cloud) -> Live:
        named = {"OpenIDConnectProviderArn": self.provider, "ClientID": self.audience}
        aws.call("iam", "add_client_id_to_open_id_connect_provider", **named)
        return Live({"provider": self.provider, "audience": self.audience}, self.properties(), aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        provider, audience = outputs.get("provider", self.provider), outputs.get("audience", self.audience)
        named = {"OpenIDConnectProviderArn": provider, "ClientID": audience}
        with ignore_missing(iam.GONE):
            aws.call("iam", "remove_client_id_from_open_id_connect_provider", **named)
