"""What every verb says of a deployment that was destroyed: when, and how it comes back."""

from collections.abc import Iterable, Iterator, Sequence

from bootstrap.core import commands
from bootstrap.core.receipt import Destroyed
from bootstrap.integrations import names


def destroyed_lines(before: Iterable[Destroyed], flags: Sequence[str]) -> Iterator[str]:
    """`flags` are those with which create finds the same place."""
    for each in before:
        yield f"{each.deployment} of {each.integration} was destroyed on {each.at}."
        if each.integration in names():  # a receipt does not say where a file was
            create = commands.bootstrap("create", integration=each.integration, name=each.deployment, flags=flags)
            yield f"To create it again, run this with its inputs: {create}"
