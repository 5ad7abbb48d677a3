"""Writing what to hand over into a folder: values.json, and the integration's own files.

The names come from the integration; from the state only where the integration's file is gone. A file that is there already
is replaced only when its content is what the recorded state hands over, or what would be written: another one is the user's,
or was edited since.
"""

import json
from dataclasses import dataclass

from bootstrap.cli.output_folder import OutputFolder
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.state import State
from bootstrap.errors import StateError
from bootstrap.integrations import integration, still_recorded
from bootstrap.operations.outputs import handoff_of

VALUES = "values.json"


@dataclass(frozen=True)
class HandoffFolder(OutputFolder):
    """Where `--write-handoff` writes; with `force` also over files that bootstrap did not write."""

    flag: str = "--write-handoff"

    def check_files(self, chosen: type[Integration], stored: State | None) -> None:
        """Raises UsageError, before the first change, for files in it that bootstrap did not write."""
        old = _texts(handoff_of(stored)) if stored else {}
        self.check_texts({name: {old.get(name)} for name in (VALUES, *chosen.handoff_files)})

    def write(self, handoff: Handoff, state: State, stored: State | None = None) -> None:
        """All of the files, or none where one of them is in the way; `stored` is what was recorded before.

        Raises UsageError, or StateError for a state that names files that are not its integration's.
        """
        found = still_recorded(state) if state.source else integration(state.integration)
        if found and (odd := sorted(set(handoff.files) - set(found.handoff_files))):
            raise StateError(
                f"the state names files to hand over that {found.name} does not have: {', '.join(odd)}",
                "It was edited by hand. Nothing was written; restore the state from a backup.",
            )
        self.put(_texts(handoff), _texts(handoff_of(stored)) if stored else {})


def _texts(handoff: Handoff) -> dict[str, str]:
    """The content of each file."""
    return {**handoff.files, VALUES: json.dumps(dict(handoff.values), indent=2) + "\n"}
