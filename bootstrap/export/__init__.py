"""Writes what create would make as a document of another tool: from the graph, without asking AWS.

`exported.py` takes the graph with symbols in place of what differs from account to account; a format (`cloudformation.py`,
`cloudformation_import.py`, `terraform.py`, `script.py`) writes it, and `kinds/` says how one resource type looks in each of
them. What a format cannot say is refused by name: nothing is left out silently.
"""

from collections.abc import Callable, Mapping

from bootstrap.export import cloudformation, cloudformation_import, script, terraform
from bootstrap.export.exported import Exported

FORMATS: Mapping[str, Callable[[Exported], dict[str, str]]] = {
    "cloudformation": cloudformation.files,
    "cloudformation-import": cloudformation_import.files,
    "terraform": terraform.files,
    "cli": script.files,
}
"""By the word of `--format`: writes the files, by their names. Raises UsageError for what the format cannot express."""
TAKE_OVER = ("cloudformation-import", "terraform")
"""Those with which another tool takes over a recorded deployment."""
