"""Who may assume a role, for whoever has to agree to it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Entrant:
    """`kind` is as in a policy ("AWS" or "Service"), `principal` an ARN or the name of a service. `external_id` says whether
    they must also know one; `why` is the vendor's reason, and `who` their name, if it is known."""

    principal: str
    kind: str
    role: str
    external_id: bool
    why: str
    who: str = ""

    def is_outside(self, own: Collection[str]) -> bool:
        """Whether it is neither a service of AWS nor of one of your own accounts."""
        return self.kind != "Service" and (self.kind != "AWS" or self._account not in own)

    @property
    def _account(self) -> str:
        return (*self.principal.split(":"), "", "", "", "", "")[4]

    @property
    def sentence(self) -> str:
        """Who may do what, in one line: "account 111122223333 (Acme), as its role reader, may assume AcmeRole"."""
        account, resource = self._account, (*self.principal.split(":", 5), "", "", "", "", "")[5]
        provider = resource.partition("-provider/")[2]
        name = (
            f"whoever {provider} signs in"
            if provider
            else f"account {account}"
            if account
            else "everybody in the world"
            if self.principal == "*"
            else self.principal
        )
        as_role = f", as its role {resource.removeprefix('role/')}," if resource.startswith("role/") else ""
        condition = ", with an external id" if self.external_id else ""
        return f"{name}{f' ({self.who})' if self.who else ''}{as_role} may assume {self.role}{condition}"
