"""Every command that is printed, made here from its words. Nowhere else: a word may be a name that somebody else chose.

    commands.bootstrap("destroy", name="a b", flags=place.flags)   bootstrap destroy --name 'a b' --sandbox
    commands.aws("s3", "mb", arguments=["s3://acme"])              aws s3 mb s3://acme
    commands.command("mv", arguments=["-old", "new"])              mv -- -old new

A word is read as it was meant by sh, bash, zsh and fish, whatever is in it, and a terminal shows what it is. In a sentence a
command stands last on its line, so that it is plain where it ends.

Source: POSIX.1-2017, Shell Command Language 2.2 (quoting) and 2.6.3 (command substitution); printf (octal escapes).
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from itertools import pairwise

from bootstrap.core.printable import printable

CANNOT_BE_TYPED = "(a value that cannot be typed)"
"""Stands for what no shell can pass on: NUL, half characters, a line break at the end, or more than a path may have."""
_LONGEST = 4096
_PRINTF = re.compile(rb"^-|[^\w./:=@,+ -]")


def bootstrap(*words: str, arguments: Iterable[str] = (), flags: Iterable[str] = (), **options: str | None) -> str:
    return command("bootstrap", *words, arguments=arguments, flags=flags, **options)


def aws(*words: str, arguments: Iterable[str] = (), flags: Iterable[str] = (), **options: str | None) -> str:
    """A command of the AWS CLI."""
    return command("aws", *words, arguments=arguments, flags=flags, **options)


def command(*words: str, arguments: Iterable[str] = (), flags: Iterable[str] = (), **options: str | None) -> str:
    """The text to type. `words` are ours and stand first; `arguments` are values that stand by themselves, `options` values
    by the name of their option (None: without it), and `flags` are words of further options, as `option` makes them."""
    values = list(arguments)
    given = [part for name, value in options.items() if value is not None for part in option(name, value)] + [*flags]
    if any(value.startswith("-") for value in values):
        return quoted(*words, *given, "--", *values)
    return quoted(*words, *values, *given)


def chained(*lines: str) -> str:
    """Several commands on one line, each after the one before it succeeded."""
    return " && ".join(lines)


def quoted(*words: str) -> str:
    """The words as they are typed: a whole command, or what is added to one."""
    return " ".join(map(shell_word, words))


def option(name: str, value: str) -> list[str]:
    """The words of an option, `name` as in Python or as it is typed. A value that starts with a dash is none of its own."""
    flag = name if name.startswith("-") else "--" + name.replace("_", "-")
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def option_value(name: str, flags: Sequence[str]) -> str | None:
    """The value of an option among words as `option` makes them."""
    together = [flag.partition("=")[2] for flag in flags if flag.startswith(f"{name}=")]
    apart = [value for flag, value in pairwise(flags) if flag == name]
    return next(iter([*together, *apart]), None)


def connection_options(profile: str | None = None, region: str | None = None, endpoint: str | None = None) -> list[str]:
    """The options with which the AWS CLI reaches what bootstrap does, in commands printed now and in those of a hand-off."""
    reach = {"profile": profile, "region": region, "endpoint_url": endpoint}
    return [part for name, value in reach.items() if value for part in option(name, value)]


def shell_word(text: str) -> str:
    """The text as one word of a shell, in characters that a terminal shows as they are."""
    # fish takes a backslash for an escape also between single quotes, and zsh a = in front for a program's name.
    if printable(text) == text and "\\" not in text and len(text) <= _LONGEST:
        return f"'{text}'" if text.startswith("=") and "'" not in text else shlex.quote(text)
    try:
        content = text.encode("utf-8", "surrogateescape")  # bytes of a path that are no UTF-8 are such characters in Python
    except UnicodeEncodeError:
        content = b"\0"
    if b"\0" in content or text.endswith("\n") or len(content) > _LONGEST:
        return shlex.quote(CANNOT_BE_TYPED)
    escaped = _PRINTF.sub(lambda found: b"\\%03o" % found[0][0], content)
    return f"\"$(printf '{escaped.decode()}')\""
