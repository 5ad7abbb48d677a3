"""`bootstrap outputs --before-create`: what is known before anything exists, to give it to the vendor first."""

from bootstrap.cli.inputs import AtTerminal, GivenInputs
from bootstrap.cli.printer import Printer
from bootstrap.cli.questions import chosen_integration, is_terminal
from bootstrap.cli.target import Target
from bootstrap.core import commands
from bootstrap.core.partitions import check_vendor
from bootstrap.errors import Lines, StateError, UsageError
from bootstrap.integrations import find, name_of
from bootstrap.operations.connect import sign_in
from bootstrap.operations.outputs import Early, before_create, labeled
from bootstrap.operations.sign_ins import ways_of_inputs
from bootstrap.views.text import TextView, handoff_lines

_SAME = (
    "Nothing was created or recorded. Create makes exactly these, with the same inputs in this account and region. If it "
    "has to use other names, give the vendor the new values."
)


def show_before_create(
    target: Target, integration: str | None, name: str | None, inputs: GivenInputs, only: str | None, printer: Printer
) -> int:
    """Raises StateError for a deployment that exists, UsageError for names that are not known."""
    if integration is None and only is not None and find(only):  # as create takes it
        integration, only = only, None
    integration = chosen_integration(integration, ask=not printer.json)
    create_name, name = name, target.to_create(name, name_of(integration))
    backend = target.backend(name)
    if backend.load():
        shown = commands.bootstrap("outputs", name=name, flags=target.flags)
        raise StateError(f"the deployment {name} is recorded in {backend.where} already", f"Run: {shown}")
    given = inputs.gathered(integration, None).without_later
    gathered = given.asked(AtTerminal()) if is_terminal() and not printer.json else given
    ways = ways_of_inputs(target.sign_in_options(printer.message), gathered, None)
    with sign_in(ways, None, target.login(printer.message), tell=printer.message, flags=target.flags) as session:
        check_vendor(gathered.integration, session.accounts.values())
        early = before_create(gathered, session.accounts.values())
    answers = {name: value for name, value in gathered.values.items() if name not in given.values}
    create = commands.bootstrap(
        "create",
        integration=integration,
        name=create_name,
        flags=[*inputs.words(integration, answers), *target.create_flags],
    )
    if only is not None:
        _show_one(early, only, create, printer)
        return 0
    if printer.json:
        data = early.handoff.to_json()
        printer.result({"handoff": data, "generated": list(early.generated), "create": create}, [])
        return 0
    screen = TextView().out
    for line in handoff_lines(early.handoff):
        screen.print(line)
    printer.hint(_SAME)
    if early.generated:
        printer.message(about_generated(early))
    printer.hint(f"To create it, run: {create}")
    return 0


def _show_one(early: Early, only: str, create: str, printer: Printer) -> None:
    if generated := next((label for label in early.generated if label.lower() == only.lower()), None):
        raise UsageError(f"create generates what {generated} needs, so it is known only after that", f"Run: {create}")
    label = labeled(early.texts, only)
    text = early.texts[label] or ""
    printer.result({label: text}, [Lines(text) if label in early.handoff.files else text])
    printer.hint(_SAME)


def about_generated(early: Early) -> str:
    """What a person has to know about what is not known before a create."""
    locked = " It locks the role until you have the rest." if early.waits else ""
    return (
        f"Not known yet, because create generates a part of it: {', '.join(early.generated)}. "
        f"So run create before you set anything up at the vendor.{locked}"
    )
