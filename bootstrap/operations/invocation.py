"""The command that called an operation, for the commands in errors and notes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bootstrap.core import commands


@dataclass(frozen=True)
class Invocation:
    """`again` gives the same command with further flags; `state_flags` lead other commands to the same state; `instead`
    says how to have these inputs, by name, in place of those of the same name (`engine/free_names.Instead`)."""

    again: Callable[[Sequence[str]], str]
    state_flags: tuple[str, ...] = ()
    instead: Callable[[Mapping[str, str]], str] | None = None

    @classmethod
    def of(cls, verb: str, deployment: str, flags: Sequence[str] = (), **options: str) -> Self:
        """For a program that calls the operation: the command that does the same."""

        def again(more: Sequence[str]) -> str:
            return commands.bootstrap(verb, name=deployment, flags=[*flags, *more], **options)

        return cls(again, tuple(flags))
