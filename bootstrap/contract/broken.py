"""What says that the contract does not hold."""

from collections.abc import Iterable


class Broken(AssertionError):
    """Something does not hold; `lines` say what."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken([otherwise])


def expect_none(wrong: Iterable[str]) -> None:
    if found := list(wrong):
        raise Broken(found)
