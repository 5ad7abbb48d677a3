"""What works and is dangerous, or has no effect: shown at the resource that it is about. It stops no plan. Pure."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

WHEN_ADOPTED = "open when it was adopted: "


def is_warning(note: str) -> bool:
    """Whether a note is about a danger: --quiet shows it, too."""
    return note.startswith("Warning: ")


def as_note(text: str) -> str:
    """With the word before it that says how much it matters: one, and not two."""
    return text if is_warning(text) else f"Note: {text}"


@dataclass(frozen=True)
class PlanWarning:
    """`code` is one of the linter's, "precheck" (it will do less than requested) or "no-effect" (others cancel it).
    `statement` is the Sid of a policy's statement, a path into the policy, or the name of a setting. `reason` is the
    vendor's, when the vendor asks for it. `drift` says what create does with what somebody opened outside bootstrap; ""
    for all else."""

    text: str
    code: str
    statement: str = ""
    reason: str = ""
    severity: Literal["warning"] = "warning"
    drift: Literal["", "set back", "left alone"] = ""

    @property
    def is_from_adopt(self) -> bool:
        """Whether it was open when the resource was adopted."""
        return self.text.startswith(WHEN_ADOPTED)

    @property
    def line(self) -> str:
        return f"{self.statement}: {self.text}" if self.statement else self.text

    def as_json(self, resource: str) -> dict[str, Any]:
        return {**asdict(self), "resource": resource}
