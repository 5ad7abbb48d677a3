"""`bootstrap integrations schema`: the JSON Schema of the format."""

from typing import TYPE_CHECKING

from bootstrap.cli import terminal
from bootstrap.cli.command import command

if TYPE_CHECKING:
    from bootstrap.cli.printer import Printer


@command()
def schema(*, printer: "Printer") -> int:
    """Print the JSON Schema of the files that describe integrations: with it, an editor completes and checks them."""
    from bootstrap.integrations.files.schema import schema as content

    terminal.say_data(content())
    return 0
