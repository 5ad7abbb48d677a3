"""The inputs that become parameters: texts of the vendor that have a form, such as an external id."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bootstrap.core import validators
from bootstrap.core.input import Input
from bootstrap.core.integration import Integration, inputs_of
from bootstrap.export.patterns import FORMS, Form
from bootstrap.export.symbols import marker


@dataclass(frozen=True)
class Parameter:
    """An input whose value whoever uses the document may change; of a list, the value at this place."""

    item: Input
    form: Form
    value: str
    place: int | None = None

    @property
    def description(self) -> str:
        """The help; what it has in parentheses at its end is about other options of the command line."""
        return re.sub(r" \([^()]*\)(?=\.$)", "", self.item.help)

    def marked(self, integration: Integration) -> Integration:
        """The integration with the symbol in place of the value."""
        name = marker("input", self.item.name)
        changed: dict[str, Any] = {self.item.name: name}
        if self.place is not None:
            of = self.item.name.removesuffix(f"_{self.place + 1}")
            values = list(getattr(integration, of))
            values[self.place] = name
            changed = {of: tuple(values)}
        return replace(integration, **changed)


def parameters(integration: Integration) -> Iterator[Parameter]:
    for item in inputs_of(type(integration)):
        value = getattr(integration, item.name)
        form = FORMS.get(item.check) if item.check and not item.shared else None
        if form and item.kind == "text" and value and not item.choices:
            yield Parameter(item, form, str(value))
        elif form and item.check is validators.subnet:  # other lists may be of any length
            for place, each in enumerate(value or ()):
                yield Parameter(replace(item, name=f"{item.name}_{place + 1}"), form, each, place)
