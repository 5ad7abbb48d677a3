"""A difference between what bootstrap set and what AWS has, judged by whether it gives somebody more access. Pure."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class SecurityDifference:
    """`where` is a setting, a statement, or what somebody added; "" for the whole resource. `code` is one of
    `permissions.widening_rules.RULES`; "" for a difference that gives nobody more access. `create` says what the next create
    does with it, and `flag` with which option it ends what it else leaves alone, if there is one."""

    address: str
    kind: str
    where: str
    text: str
    code: str = ""
    create: Literal["", "set back", "left alone"] = ""
    flag: str = ""

    @property
    def widens(self) -> bool:
        return bool(self.code)

    @property
    def line(self) -> str:
        return f"{self.address}, {self.where}: {self.text}" if self.where else f"{self.address}: {self.text}"

    def as_json(self) -> dict[str, Any]:
        return {
            "class": "widening" if self.widens else "harmless",
            "address": self.address,
            "kind": self.kind,
            "where": self.where,
            "code": self.code,
            "text": self.text,
            "create": self.create,
            "flag": self.flag,
        }
