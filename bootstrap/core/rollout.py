"""How far an operation in many accounts is. Pure."""

from collections.abc import Mapping
from typing import Any, Self


class Rollout(str):
    """Text as all that a call waits for, with the numbers behind it for a view that can show more.

    `what` is done in `total` accounts: in `done` of them already. `running` are those at work, `failed` has the reason by
    account. `skipped` are suspended, or were not begun because too many others failed or somebody stopped the operation.
    `counts` is the text without the reason of the last failure.
    """

    what: str
    total: int
    done: int
    running: tuple[str, ...]
    failed: Mapping[str, str]
    skipped: tuple[str, ...]
    counts: str

    def __new__(
        cls,
        what: str,
        total: int,
        done: int,
        running: tuple[str, ...] = (),
        failed: Mapping[str, str] = {},
        skipped: tuple[str, ...] = (),
    ) -> Self:
        numbers = {"running": len(running), "failed": len(failed), "skipped": len(skipped)}
        more = [f"{number:,} {word}" for word, number in numbers.items() if number]
        counts = ", ".join([f"{what}: {done:,} of {total:,} accounts done", *more])
        last = [": ".join(each) for each in [*failed.items()][-1:]]
        made = super().__new__(cls, "; ".join([counts, *last]))
        made.what, made.total, made.done, made.running, made.failed, made.skipped = (
            what,
            total,
            done,
            running,
            failed,
            skipped,
        )
        made.counts = counts
        return made

    @property
    def step(self) -> tuple[str, int, int]:
        """Changes ten times at most as accounts end, and with each of the first ten that fail: often enough for a log."""
        ended = self.done + len(self.failed) + len(self.skipped)
        return self.what, 10 * ended // self.total, min(10, len(self.failed))

    def as_json(self) -> dict[str, Any]:
        accounts = {"running": list(self.running), "failed": dict(self.failed), "skipped": list(self.skipped)}
        return {"what": self.what, "total": self.total, "done": self.done, **accounts}
