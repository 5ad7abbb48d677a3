"""What to say about an option or an argument that a command does not have, where more is known than that."""

import re
from collections.abc import Sequence

import typer

from bootstrap.cli.app import BEFORE_CREATE, VERBS, commands_below, integration_of, verb_named
from bootstrap.cli.command import options_of, takes_inputs
from bootstrap.cli.fleet_words import flags_of_fleets
from bootstrap.cli.other_verbs import no_such_verb
from bootstrap.core import commands
from bootstrap.core.checked_inputs import may_be_later
from bootstrap.core.input import LATER
from bootstrap.core.integration import inputs_of
from bootstrap.core.source import FLEET
from bootstrap.errors import UsageError

_HARDEN = "--harden"
_LATER = "--" + LATER.replace("_", "-")


def explained(message: str, verb: Sequence[str], words: Sequence[str]) -> UsageError | None:
    """The error instead of this message about a command (`verb`, with what is below it) and the words that the user entered;
    None where nothing more is known."""
    group = verb_named(verb[0]) if verb else None
    known = [*commands_below(group)] if isinstance(group, typer.Typer) else [*VERBS]
    if wrong := no_such_verb(message, verb, known):
        return wrong
    if not verb:
        return None
    if found := re.fullmatch(r"Got unexpected extra argument\(s\) \((.+)\)", message):
        return _of_argument(found[1], verb, words)
    if not (found := re.match(r"No such option: (--[\w-]+)", message)):
        return None
    option, command = found[1], verb_named(verb[0])
    if isinstance(command, typer.Typer):
        return _of_group(option, verb, command)
    kind = integration_of(verb[0], words)
    if kind and option in (_HARDEN, f"--no-{_HARDEN[2:]}"):
        return UsageError(f"{kind.name} has nothing to harden", f"Omit {option}.")
    if kind and option == _LATER:
        later = [item.flag for item in inputs_of(kind) if item.name in may_be_later(kind)]
        instead = f" and {' and '.join(later)}: create then locks the role until you give them" if later else ""
        return UsageError(f"{kind.name} needs no {option}", f"Omit it{instead}.")
    if command and takes_inputs(command) and option in flags_of_fleets() and not (kind and kind.name.endswith(FLEET)):
        return UsageError(
            f"{option} is for a fleet of accounts, which takes --organizational-unit",
            "Add --organizational-unit with the id of a unit, or of the root of the organization (r-...). "
            f"For one account, omit {option}: it is the one that you sign in to.",
        )
    if verb[0] == "outputs" and commands.option_value("--integration", words) and BEFORE_CREATE not in words:
        return UsageError(
            f"{option} is only for {BEFORE_CREATE}; otherwise the state has the inputs", f"Add {BEFORE_CREATE}."
        )
    return None


def _of_argument(word: str, verb: Sequence[str], words: Sequence[str]) -> UsageError | None:
    """For the name of a deployment, where a verb takes it only as an option."""
    command = verb_named(verb[0])
    if isinstance(command, typer.Typer):
        command = commands_below(command).get(verb[-1])
    named = commands.option_value("--name", words)
    if command is None or words.count(word) != 1 or named or "--name" not in options_of(command)[1]:
        return None
    again = [part for each in words for part in (commands.option("--name", each) if each == word else [each])]
    return UsageError(
        f"unexpected extra argument: {word}",
        f"If that is the name of a deployment, run: {commands.quoted('bootstrap', *again)}",
    )


def _of_group(option: str, verb: Sequence[str], group: typer.Typer) -> UsageError | None:
    """For an option that stands before the word that it belongs behind."""
    if len(verb) > 1:
        return None
    below = [name for name, each in commands_below(group).items() if option in set[str]().union(*options_of(each))]
    if not below:
        return None
    one = below[0] if len(below) == 1 else None
    again = commands.bootstrap(*verb, *([one] if one else []), flags=["--help"])
    return UsageError(
        f"{option} belongs behind {' or '.join(commands.quoted(*verb, each) for each in below)}", f"Run: {again}"
    )
