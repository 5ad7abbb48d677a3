"""The words that the user entered: to show an error in the right format, and to print the same command again."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bootstrap.core import commands

_OF_CREATE = ("--yes", "-y", "--write-handoff", "--force", "--accept-edited-state")
"""Options of create that plan does not have, or that say something else there."""


@dataclass
class CommandLine:
    """`json` and `debug` say how to show an error. Until the options are parsed they are a guess from the words."""

    words: tuple[str, ...] = ()
    json: bool = False
    debug: bool = False

    @classmethod
    def of(cls, words: Iterable[str]) -> "CommandLine":
        line = cls(tuple(words))
        options, _ = line._split()
        return cls(line.words, "--json" in options, "--debug" in options)

    def again(self, flags: Sequence[str] = ()) -> str:
        """The command as the user can enter it again, with more `flags`, which stand before a `--`."""
        options, arguments = self._split()
        return commands.quoted("bootstrap", *options, *flags, *arguments)

    def instead(self, values: Mapping[str, str]) -> str:
        """The command with these inputs, by name, in place of those that it has of the same name."""
        given = [commands.option(name, value) for name, value in values.items()]
        options, arguments = self._split()
        kept, words = list[str](), iter(options)
        flags = {"--" + name.replace("_", "-") for name in values}
        for word in words:
            if word in flags:
                next(words, None)  # its value
            elif word.partition("=")[0] not in flags:
                kept.append(word)
        return commands.quoted("bootstrap", *kept, *(word for each in given for word in each), *arguments)

    def planning(self) -> str:
        """The command that writes the plan of this create into a file."""
        options, arguments = self._split()
        kept, words = list[str](), iter(options)
        for word in words:
            if word == "--write-handoff":
                next(words, None)  # its value
            elif word.partition("=")[0] not in _OF_CREATE:
                kept.append("plan" if word == "create" and "plan" not in kept else word)
        return commands.quoted("bootstrap", *kept, "--out", "plan.json", *arguments)

    def _split(self) -> tuple[Sequence[str], Sequence[str]]:
        end = self.words.index("--") if "--" in self.words else len(self.words)
        return self.words[:end], self.words[end:]


def familiar(words: Sequence[str]) -> list[str]:
    """The words, with `help` and `version` as the options that they stand for."""
    match list(words):
        case ["help", *verb]:
            return [*verb, "--help"]
        case ["version", *more]:
            return ["--version", *more]
    return list(words)


def named_integration(words: Sequence[str], flags: Collection[str] = ()) -> str | None:
    """The integration that the words name, with --integration or without; options are made from it before they are parsed.
    `flags` are the options of the verb that take no value."""
    given = words[: words.index("--")] if "--" in words else words
    if (named := commands.option_value("--integration", given)) is not None:
        return named
    pairs = [(before, word) for before, word in pairwise(given) if not word.startswith("-")]
    return next((word for before, word in pairs if not before.startswith("-") or "=" in before or before in flags), None)


def possible_integrations(words: Sequence[str], values: Collection[str]) -> list[str]:
    """What else may be an integration without --integration: words behind an option that may be one of its inputs, as far as
    `values`, the options of the verb that take a value, tell."""
    return [word for before, word in pairwise(words) if not word.startswith("-") and before not in values]
