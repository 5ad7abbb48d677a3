"""Who signs in to each account of a deployment: as this run says, and as the state says where the run says nothing.

Who can write the state must not choose whom we act as. What comes from the state alone is shown before it is used, --profile
overrides it, a role has to be one of the recorded account, and it all has to be what bootstrap records for these inputs.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bootstrap.core.account import SignIn
from bootstrap.core.commands import option
from bootstrap.core.state import State
from bootstrap.core.strict_json import repeated
from bootstrap.errors import BootstrapError, StateError, UsageError
from bootstrap.integrations import still_recorded
from bootstrap.operations.edited_state import EDITED
from bootstrap.operations.inputs import Gathered

Ways = Mapping[str, SignIn]
"""By the alias of the account."""
Pairs = Sequence[tuple[str, str]]
"""Options and their values."""
NOBODY = SignIn()


@dataclass(frozen=True)
class SignInOptions:
    """What this run says about signing in: --profile, and each --sign-in, as ACCOUNT=PROFILE or ACCOUNT=ARN.

    `again` gives the command of this run with further flags. `accepted` says that an edited state may be used. `note` gets
    what comes from the state.
    """

    profile: str | None = None
    reached_by: tuple[str, ...] = ()
    again: Callable[[Sequence[str]], str] = lambda flags: ""
    accepted: bool = False
    note: Callable[[str], None] = lambda text: None


def recorded_ways(options: SignInOptions, state: State) -> Ways:
    """As the options say, else as the state does. Raises StateError, UsageError."""
    own = sign_ins_for(options.reached_by, replace(state, sign_ins={}))

    def named(alias: str, way: SignIn) -> Pairs:
        return [("--sign-in", f"{alias}={way.role_arn or way.profile}")]

    return _trusted(sign_ins_for(options.reached_by, state), own, state, options, named)


def ways_of_inputs(options: SignInOptions, gathered: Gathered, state: State | None) -> Ways:
    """As the inputs of this run say, else as those do that are kept from the state. Raises StateError, UsageError."""
    integration, values = gathered.integration, gathered.values
    own = integration.sign_ins_for({name: value for name, value in values.items() if name not in gathered.kept})

    def named(alias: str, way: SignIn) -> Pairs:
        kept = [name for name in gathered.kept if values[name] in (way.profile, way.role_arn)]
        return [("--" + name.replace("_", "-"), values[name]) for name in kept]

    ways = integration.sign_ins_for(values)
    return _trusted(ways, own, state, options, named) if state else ways


def sign_ins_for(reached_by: Sequence[str], state: State) -> dict[str, SignIn]:
    """As the state says, and the options over it. Raises UsageError for an account that the state does not know."""
    found = {alias: state.sign_ins.get(alias, NOBODY) for alias in state.accounts}
    if twice := repeated(each.partition("=")[0] for each in reached_by):
        raise UsageError(f"--sign-in: the account {twice} is given twice", "Keep one of the two.")
    for each in reached_by:
        alias, _, way = each.partition("=")
        if alias not in found or not way:
            known = ", ".join(found)
            raise UsageError(f"--sign-in {each}: not ACCOUNT=PROFILE or ACCOUNT=ARN of {known}", f"Accounts: {known}.")
        found[alias] = SignIn(role_arn=way) if way.startswith("arn:") else SignIn(profile=way)
    # A role is taken from the first account, and what is in the same account is reached as that is.
    first = next(iter(found))
    for alias, sign_in in found.items():
        given = any(each.startswith(f"{alias}=") for each in reached_by)
        if sign_in.role_arn or (not given and sign_in == state.sign_ins.get(first, NOBODY)):
            found[alias] = replace(sign_in, profile=found[first].profile)
    return found


def _trusted(
    ways: Ways,
    own: Ways,
    state: State,
    options: SignInOptions,
    named: Callable[[str, SignIn], Pairs],
) -> Ways:
    """The ways to take. `own` are those by this run's words alone; `named` gives the options that say one."""
    found, of_state = dict(ways), dict[str, SignIn]()
    for alias, way in ways.items():
        mine = own.get(alias, NOBODY)
        theirs = SignIn(
            profile=way.profile if way.profile != mine.profile else None,
            role_arn=way.role_arn if way.role_arn != mine.role_arn else None,
        )
        if theirs.profile and options.profile:
            if theirs.profile != options.profile:
                options.note(
                    f"The state names the profile {theirs.profile} for account {alias}; --profile {options.profile} is used."
                )
            found[alias], theirs = replace(way, profile=None), replace(theirs, profile=None)
        if theirs != NOBODY:
            of_state[alias] = theirs
    if of_state and not options.accepted and (wrong := _why_not_trusted(state)):
        pairs = dict.fromkeys(pair for alias, way in of_state.items() for pair in named(alias, way))
        raise StateError(
            f"{wrong}, and it says: {'; '.join(_described(state, alias, way) for alias, way in of_state.items())}. "
            "Nobody was signed in",
            f"If that is right, name it: {options.again([word for pair in pairs for word in option(*pair)])}",
        )
    for alias, way in of_state.items():
        account = state.accounts.get(alias)
        if way.role_arn and (account is None or way.role_arn.split(":")[4] != account.id):
            of_role = named(alias, SignIn(role_arn=way.role_arn))
            words = [word for flag, value in of_role for word in option(flag, value.replace(way.role_arn, "ARN"))]
            raise StateError(
                f"the state says: {_described(state, alias, way)}; that role is not of this account. Nobody was signed in",
                f"Name one that is: {options.again(words)}",
            )
        rather = f", and not with {instead}" if way.profile and (instead := _otherwise(way.profile)) else ""
        options.note(f"From the state: {_described(state, alias, way)}{rather}.")
    return found


def _otherwise(profile: str) -> str:
    """What the environment names instead of this profile, or ""."""
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return "the keys of AWS_ACCESS_KEY_ID"
    named = os.environ.get("AWS_PROFILE")
    return f"that of AWS_PROFILE ({named})" if named and named != profile else ""


def _why_not_trusted(state: State) -> str:
    """Why what the state says is not what bootstrap has recorded, or "" when it is."""
    if state.edited:
        return f"the state {EDITED}"
    integration = still_recorded(state)
    try:
        expected = integration.sign_ins_for(state.inputs) if integration else None
    except BootstrapError:
        expected = None
    if expected is None:
        changed = f", as {state.source.path} is gone or has changed" if state.source else ""
        return f"this version does not know how accounts of {state.integration} are reached{changed}"
    named = {alias: way for alias, way in state.sign_ins.items() if way != NOBODY}
    if named != {alias: way for alias, way in expected.items() if way != NOBODY}:
        return f"the state's sign-ins are not those of its inputs for {state.integration}"
    return ""


def _described(state: State, alias: str, way: SignIn) -> str:
    account = state.accounts.get(alias)
    where = f"account {alias}{f' ({account.id})' if account else ''}"
    by = [f"by the role {way.role_arn}" if way.role_arn else "", f"with the profile {way.profile}" if way.profile else ""]
    return f"sign in to {where} {' '.join(filter(None, by))}"
