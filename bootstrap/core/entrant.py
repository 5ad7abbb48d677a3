"""Who may assume a role, or use a bucket by its policy, for whoever has to agree to it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Entrant:
    """`kind` is as in a policy ("AWS" or "Service"), `principal` an ARN or the name of a service; "" while only the vendor
    `who` knows it. `external_id` says whether they must also know one, and `limits` what else the trust policy tests;
    `why` is the vendor's reason, and `who` their name, if it is known. `later`: the role is locked until the vendor has
    shown everything. `examples` are values in it that nobody gave, each with the option that gives one. `source` is the page
    that names them, and `named_by` the option that names their account: it is then not known whose that is. `anyone`: no
    condition says who of all of them gets in."""

    principal: str
    kind: str
    role: str
    external_id: bool
    why: str
    who: str = ""
    limits: tuple[str, ...] = ()
    later: bool = False
    examples: tuple[tuple[str, str], ...] = ()
    source: str = ""
    named_by: str = ""
    anyone: bool = False

    def is_outside(self, own: Collection[str]) -> bool:
        """Whether it is neither a service of AWS nor of one of your own accounts."""
        return self.kind != "Service" and (self.kind != "AWS" or self.account not in own)

    @property
    def account(self) -> str:
        """The id of the account in its ARN, or ""."""
        return (*self.principal.split(":"), "", "", "", "", "")[4]

    @property
    def sentence(self) -> str:
        """Who may do what, in one line: "account 111122223333 (Acme), as its role reader, may assume AcmeRole"."""
        account, resource = self.account, (*self.principal.split(":", 5), "", "", "", "", "")[5]
        provider = resource.partition("-provider/")[2]
        name = (
            f"whoever {self.who or 'the vendor'} names"
            if not self.principal
            else f"whoever {provider} signs in"
            if provider
            else f"account {account}"
            if account
            else "everybody in the world"
            if self.principal == "*"
            else self.principal
        )
        sort, _, one = resource.partition("/")
        as_one = f", as its {sort} {one}," if sort in ("role", "user") else ""
        condition = ", with an external id" if self.external_id else ""
        condition += f", if {' and '.join(self.limits)}" if self.limits else ""
        who = f" ({self.who})" if self.who and self.principal else ""
        who = f", which {self.named_by} names{'' if as_one else ','}" if self.named_by else who
        may = "may use" if self.role.startswith("bucket ") else "may assume"
        return f"{name}{who}{as_one} {may} {self.role}{condition}"

    def as_json(self) -> dict[str, Any]:
        found = [list(each) for each in self.examples if any(each[0] in text for text in (self.principal, *self.limits))]
        fields = {name: value for name, value in asdict(self).items() if value or name not in ("named_by", "anyone")}
        return {**fields, "limits": list(self.limits), "examples": found}

    def marked(self, text: str, value: str) -> str:
        """The text, which says so if the value that it tells of has one of the examples."""
        flags = [flag for example, flag in self.examples if example in value]
        return f"{text} (an example: you give it with {', '.join(flags)})" if flags else text


def accounts_to_allow(entrants: Iterable[Entrant]) -> tuple[str, ...]:
    """The accounts that resource control policies of the organization have to let in, each once. Nobody can read these
    policies: no API shows which apply to an account."""
    found = {each.account: None for each in entrants if each.kind == "AWS" and each.account}
    return tuple(found)


def perimeter_sentence(entrants: Iterable[Entrant]) -> str:
    """What to tell whoever sets these policies; "" if nobody gets in from an account."""
    accounts = accounts_to_allow(entrants)
    if not accounts:
        return ""
    number = "account" if len(accounts) == 1 else "accounts"
    named = f"{number} {', '.join(accounts)}"
    return f"If resource control policies limit who gets in (they cannot be read), they must allow {named}."
