"""The files with which a stack takes over a deployment that exists, without a change: `import.json` and `resources.json`
for a change set of the type IMPORT, and `template.json` for the update after it.

An import adds only what it imports, and no outputs; each resource of it says what happens when it leaves the stack. The
properties are those of `template.json`, also the owner tags, so the update adds the outputs and changes nothing else.
Source: CloudFormation user guide, pages import-resources-manually, resource-import-supported-resources; re:Post
cloudformation-change-set-errors (outputs); each type's schema (primaryIdentifier, handlers).
"""

import json
from typing import Any

from bootstrap.export.cloudformation import NAME, identifiers, template, text_of
from bootstrap.export.exported import Exported
from bootstrap.export.recorded import check_recorded

IMPORT, RESOURCES = "import.json", "resources.json"


def files(of: Exported) -> dict[str, str]:
    """Raises UsageError where there is no deployment to take over, or it is not complete."""
    check_recorded(of)
    whole = template(of)
    stays = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    resources = {name: {**each, **stays} for name, each in whole["Resources"].items()}
    imported: dict[str, Any] = {**whole, "Resources": resources}
    imported.pop("Outputs", None)
    wanted = [
        {"ResourceType": resources[name]["Type"], "LogicalResourceId": name, "ResourceIdentifier": values}
        for name, values in identifiers(of).items()
    ]
    return {IMPORT: text_of(imported), RESOURCES: json.dumps(wanted, indent=2) + "\n", NAME: text_of(whole)}
