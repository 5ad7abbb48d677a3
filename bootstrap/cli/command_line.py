"""The words that the user entered: to show an error in the right format, and to print the same command again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bootstrap.core import commands


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

    def _split(self) -> tuple[Sequence[str], Sequence[str]]:
        end = self.words.index("--") if "--" in self.words else len(self.words)
        return self.words[:end], self.words[end:]


def named_integration(words: Sequence[str]) -> str | None:
    """What stands behind --integration, wherever it stands; options are made from it before they are parsed."""
    for number, word in enumerate(words):
        if word == "--integration" and number + 1 < len(words):
            return words[number + 1]
        if word.startswith("--integration="):
            return word.partition("=")[2]
    return None


def possible_names(words: Sequence[str]) -> list[str]:
    """The words that can be the argument of a verb: some are values of options, which are not known yet."""
    return [word for word in words if not word.startswith("-")][1:]
