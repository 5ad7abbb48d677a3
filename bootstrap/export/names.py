"""Names in a document: of a resource by its address, of a parameter by its input."""

import re
from collections.abc import Iterable

_RESERVED = {"count", "depends_on", "for_each", "lifecycle", "locals", "providers", "source", "version"}


def camel(text: str) -> str:
    """ "server-role" as "ServerRole": CloudFormation takes letters and digits only."""
    return "".join(word[:1].upper() + word[1:] for word in re.split("[^A-Za-z0-9]+", text)) or "Value"


def snake(text: str) -> str:
    """ "Server role ARN" as "server_role_arn"; it begins with a letter, as Terraform demands."""
    found = re.sub("[^a-z0-9]+", "_", text.lower()).strip("_") or "value"
    return found if found[:1].isalpha() else f"v_{found}"


def variable(name: str) -> str:
    """The name of Terraform's variable for an input. Some words are arguments of every module block.

    Source: Terraform language, page "Input Variables"."""
    return f"{name}_" if name in _RESERVED else name


def apart(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """A name in camel case for each text; one that is taken gets a number."""
    used, found = set(taken), dict[str, str]()
    for text in texts:
        name, number = camel(text), 2
        while name in used:
            name, number = f"{camel(text)}{number}", number + 1
        used.add(name)
        found[text] = name
    return found
