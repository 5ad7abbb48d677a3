"""What a plan does at one address."""

from enum import StrEnum


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    ADOPT = "adopt"
    """It was created without bootstrap: it gets the owner tags and a record, and stays as it is otherwise."""
    DELETE = "delete"
    FORGET = "forget"
    """Our resource is gone; only its record is removed."""
    NOOP = "no-op"
    UNREADABLE = "unreadable"
    """AWS does not show whether it exists. Always refused, and nothing is planned for it."""
    BLOCKED = "blocked"
    """It exists and must not be touched, or cannot be deleted now. Always refused as well."""

    @property
    def symbol(self) -> str:
        symbols = {
            "create": "+",
            "update": "~",
            "adopt": "@",
            "delete": "-",
            "forget": "x",
            "no-op": "=",
            "unreadable": "?",
            "blocked": "!",
        }
        return symbols[self.value]
