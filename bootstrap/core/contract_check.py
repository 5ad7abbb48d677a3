"""One check of the contract that every integration keeps, and what it came to."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ContractCheck:
    """`failures` has one line for each thing that does not hold. `skipped` says why there was nothing to check, or
    is ""."""

    name: str
    seconds: float = 0
    failures: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def passed(self) -> bool:
        return not self.failures and not self.skipped

    def as_json(self) -> dict[str, Any]:
        result = "failed" if self.failures else "skipped" if self.skipped else "passed"
        return {**asdict(self), "failures": list(self.failures), "result": result}
