"""Builds every command that is printed. Only this module does: a word may be a name that somebody else chose.

    commands.bootstrap("destroy", name="a b", flags=place.flags)   bootstrap destroy --name 'a b' --sandbox
    commands.aws("s3", "mb", arguments=["s3://acme"])              aws s3 mb s3://acme
    commands.command("mv", arguments=["-old", "new"])              mv -- -old new

Whatever is in a word, sh, bash, zsh and fish read it as it was meant, and a terminal shows it as it is. In a sentence, a
command comes last on its line, so that its end is clear. `spans` finds again what was built: a terminal keeps it whole.

Source: POSIX.1-2017, Shell Command Language 2.2 (quoting) and 2.6.3 (command substitution); printf (octal escapes).
"""

import re
import shlex
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from bootstrap.core.printable import printable

CANNOT_BE_TYPED = "(a value that cannot be typed)"
"""Stands for what no shell can pass on: NUL, surrogates, a trailing line break, or more than a path may have."""
_WITH_SANDBOX_KEY = (
    "env -u AWS_SESSION_TOKEN AWS_ACCESS_KEY_ID=\"$(grep -o 'SANDBOX[0-9A-F]*' .bootstrap/sandbox/server.json)\" "
    "AWS_SECRET_ACCESS_KEY=sandbox"
)
_LONGEST = 4096
_BUILT: deque[str] = deque(maxlen=10_000)
"""What was built last. The text itself has no mark, which would get into JSON, files and states."""
_PRINTF = re.compile(rb"^-|[^\w./:=@,+ -]")


def bootstrap(*words: str, arguments: Iterable[str] = (), flags: Iterable[str] = (), **options: str | None) -> str:
    return command("bootstrap", *words, arguments=arguments, flags=flags, **options)


def aws(*words: str, arguments: Iterable[str] = (), flags: Iterable[str] = (), **options: str | None) -> str:
    """A command of the AWS CLI. One for the sandbox reads the sandbox's key from its file: it is a secret of this folder."""
    flags = list(flags)
    line = command("aws", *words, arguments=arguments, flags=flags, **options)
    return before(_WITH_SANDBOX_KEY, line) if option_value("--endpoint-url", flags) else line


def command(*words: str, arguments: Iterable[str] = (), flags: Iterable[str] = (), **options: str | None) -> str:
    """The command as text. `words` are ours and come first. `arguments` are positional values; `options` are values by the
    name of their option (None omits it); `flags` are words of further options, as `option` returns them."""
    values = list(arguments)
    given = [part for name, value in options.items() if value is not None for part in option(name, value)] + [*flags]
    if any(value.startswith("-") for value in values):
        return quoted(*words, *given, "--", *values)
    return quoted(*words, *values, *given)


def chained(*lines: str) -> str:
    """Several commands on one line; each runs only if the previous one succeeded."""
    return _built(" && ".join(lines))


def quoted(*words: str) -> str:
    """The words, quoted for a shell: a whole command, or what is added to one."""
    return _built(" ".join(map(shell_word, words)))


def before(prefix: str, line: str) -> str:
    """The command behind another that runs it, such as one of `env`."""
    return _built(f"{prefix} {line}")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the text has what was built here, as offsets: a line break within would make another command of it."""
    for line in dict.fromkeys(tuple(_BUILT)):
        at = text.find(line)
        while at >= 0:
            yield at, at + len(line)
            at = text.find(line, at + 1)


def _built(text: str) -> str:
    if " " in text:
        _BUILT.append(text)
    return text


def option(name: str, value: str) -> list[str]:
    """The words of an option; `name` is as in Python or with dashes. A value that starts with a dash shares its word."""
    flag = name if name.startswith("-") else "--" + name.replace("_", "-")
    return [f"{flag}={value}"] if value.startswith("-") else [flag, value]


def option_value(name: str, flags: Sequence[str]) -> str | None:
    """The value of an option among words, as `option` returns them; None if it is not given."""
    together = [flag.partition("=")[2] for flag in flags if flag.startswith(f"{name}=")]
    apart = [value for flag, value in pairwise(flags) if flag == name]
    return next(iter([*together, *apart]), None)


def without_sign_in(flags: Iterable[str]) -> list[str]:
    """The flags for create, permissions and state rm, which have no --sign-in."""
    kept: list[str] = []
    words = iter(flags)
    for word in words:
        if word == "--sign-in":
            next(words, None)  # its value
        elif not word.startswith("--sign-in="):
            kept.append(word)
    return kept


def connection_options(profile: str | None = None, region: str | None = None, endpoint: str | None = None) -> list[str]:
    """The options with which the AWS CLI reaches the same AWS as bootstrap, in printed commands and in hand-offs."""
    reach = {"profile": profile, "region": region, "endpoint_url": endpoint}
    return [part for name, value in reach.items() if value for part in option(name, value)]


def shell_word(text: str) -> str:
    """The text as one word of a shell, in characters that a terminal shows unchanged."""
    # In fish, a backslash escapes even in single quotes. In zsh, a leading = stands for the path of a program.
    if printable(text) == text and "\\" not in text and len(text) <= _LONGEST:
        return f"'{text}'" if text.startswith("=") and "'" not in text else shlex.quote(text)
    try:
        content = text.encode(
            "utf-8", "surrogateescape"
        )  # Python decodes bytes of a path that are not UTF-8 to such characters
    except UnicodeEncodeError:
        content = b"\0"
    if b"\0" in content or text.endswith("\n") or len(content) > _LONGEST:
        return shlex.quote(CANNOT_BE_TYPED)
    escaped = _PRINTF.sub(lambda found: b"\\%03o" % found[0][0], content)
    return f"\"$(printf '{escaped.decode()}')\""
