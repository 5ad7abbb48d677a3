"""Explains an integration with a person's inputs, and example values for those that are missing. Makes no calls to AWS."""

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.operations.inputs import Values
from bootstrap.permissions.review import Review as Review, review as _review


def review(integration: type[Integration], given: Values) -> Review:
    """`given` are checked inputs. Raises UsageError where they contradict each other."""
    return _review(from_inputs(integration, with_examples(integration, given), given.keys()))


def with_examples(integration: type[Integration], given: Values) -> Values:
    """The inputs, with the example's for the others: not for those that these inputs make needless, or that belong to
    another way to answer the same question."""
    needless = set(integration.required({})) - set(integration.required(given))
    for choice in integration.alternatives:
        if choice.exclusive and not choice.names.isdisjoint(given):
            needless |= choice.names
    example = {name: value for name, value in integration.example().to_json().items() if value not in (None, [], "")}
    return {**{name: value for name, value in example.items() if name not in needless}, **given}
