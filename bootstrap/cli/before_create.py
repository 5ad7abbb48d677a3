"""`bootstrap outputs --before-create`: what is known before anything exists, to give it to the vendor first."""

from bootstrap.cli.inputs import AtTerminal, GivenInputs
from bootstrap.cli.printer import Printer
from bootstrap.cli.questions import chosen_integration, is_terminal
from bootstrap.cli.target import Target
from bootstrap.core import commands
from bootstrap.core.partitions import check_vendor
from bootstrap.errors import StateError
from bootstrap.integrations import name_of
from bootstrap.operations.connect import sign_in
from bootstrap.operations.outputs import before_create, labeled
from bootstrap.operations.sign_ins import ways_of_inputs

_SAME = (
    "Nothing was created or recorded. Create makes exactly these, with the same inputs in this account and region. If it "
    "has to use other names, give the vendor the new values."
)


def show_before_create(
    target: Target, integration: str | None, name: str | None, inputs: GivenInputs, only: str | None, printer: Printer
) -> int:
    """Raises StateError for a deployment that exists, UsageError for names that are not known."""
    integration = chosen_integration(integration, ask=not printer.json)
    name = target.to_create(name, name_of(integration))
    backend = target.backend(name)
    if backend.load():
        shown = commands.bootstrap("outputs", name=name, flags=target.flags)
        raise StateError(f"the deployment {name} is recorded in {backend.where} already", f"Run: {shown}")
    gathered = inputs.gathered(integration, None).without_later
    gathered = gathered.asked(AtTerminal()) if is_terminal() and not printer.json else gathered
    ways = ways_of_inputs(target.sign_in_options(printer.message), gathered, None)
    with sign_in(ways, None, target.login(printer.message), tell=printer.message, flags=target.flags) as session:
        check_vendor(gathered.integration, session.accounts.values())
        known = before_create(gathered, session.accounts.values())
    if only is not None:
        label = labeled(dict(known), only)
        known = {label: known[label]}
    width = max(map(len, known))
    printer.result(known, known.values() if only else [f"{label.ljust(width)}  {text}" for label, text in known.items()])
    printer.hint(_SAME)
    return 0
