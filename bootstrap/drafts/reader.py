"""The properties of one resource of a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bootstrap.drafts.content import Content, Draft
from bootstrap.drafts.names import NO_VALUE, Names, Unresolved


@dataclass
class Reader:
    """The properties of one resource; those that nobody takes are listed."""

    properties: Mapping[str, Any]
    names: Names
    draft: Draft
    where: str
    when: str = ""

    def __post_init__(self) -> None:
        self.rest = dict(self.properties)

    def take(self, name: str) -> Any:
        found = self.rest.pop(name, None)
        return None if found == NO_VALUE else found

    def text(self, name: str) -> str:
        """The text of the property, "" if there is none, or none that a file can have; that is listed."""
        found = self.take(name)
        try:
            return "" if found is None else self.names.text(found)
        except Unresolved as error:
            self.draft.leave(f"{self.where}.{name}", str(error))
            return ""

    def name(self, key: str, otherwise: str) -> str:
        """The name in the template, or another one, which is listed."""
        if given := self.text(key):
            return given
        self.draft.leave(f"{self.where}.{key}", f"is not stated; the draft has {otherwise}")
        return otherwise

    def some(self, **keys: str) -> Content:
        """Texts by the name that a file has for them, as far as they are given."""
        return {name: found for name, key in keys.items() if (found := self.text(key))}

    def list(self, name: str) -> list[Any]:
        found = self.take(name)
        if found is not None and not isinstance(found, list):
            self.draft.leave(f"{self.where}.{name}", "is chosen in the template as a whole")
        return found if isinstance(found, list) else []

    def tags(self) -> Content:
        found: Content = {}
        for number, item in enumerate(self.list("Tags")):
            try:
                found[self.names.text(item["Key"])] = self.names.text(item["Value"])
            except (Unresolved, KeyError, TypeError) as error:
                self.draft.leave(f"{self.where}.Tags[{number}]", str(error))
        return {"tags": found} if found else {}

    def leave_the_rest(self) -> None:
        for name in self.rest:
            self.draft.leave(f"{self.where}.{name}", "has no counterpart here")
