"""Reads what a draft is made from: JSON, or YAML with the short tags of CloudFormation.

A YAML file can say more than data: nothing here makes objects of what it names, aliases are refused as CloudFormation
refuses them (they can make gigabytes of a few lines), and a date stays text.
Sources: CloudFormation user guide, template-formats; PyYAML documentation, SafeLoader.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from bootstrap.aws.installation import install_command
from bootstrap.core.strict_json import is_deeper, strict_json
from bootstrap.errors import UsageError, lines

DEEPEST = 50


def parsed(text: str, name: str) -> Any:
    """The content of a file. Raises UsageError."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return strict_json(text, DEEPEST)
        except ValueError as error:
            raise UsageError(f"{name} is not JSON: {error}", "Correct it, and run the same command again.") from error
    if not find_spec("yaml"):
        raise UsageError(
            f"{name} is not JSON, and YAML needs PyYAML, which is not installed",
            lines("Convert it to JSON.", f"Or run: {install_command('pyyaml')}"),
        )
    return _yaml(text, name)


def _yaml(text: str, name: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
        """Data only."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("it has an alias (*), which CloudFormation does not accept")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names = [key.value for key, _ in node.value]
            if len({*map(str, names)}) < len(names):
                raise yaml.YAMLError(f"it has a key twice in one object, on line {node.start_mark.line + 1}")
            return super().construct_mapping(node, deep)

    Loader.yaml_implicit_resolvers = {
        letter: [each for each in found if each[0] != "tag:yaml.org,2002:timestamp"]
        for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_multi_constructor("!", _tagged)
    try:
        found = yaml.load(text, Loader)  # noqa: S506  it is a SafeLoader
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise UsageError(f"{name} is not YAML: {problem}", "Correct it, and run the same command again.") from error
    except RecursionError as error:
        raise UsageError(f"{name} is nested too deeply", "Correct it, and run the same command again.") from error
    if is_deeper(found, DEEPEST):
        raise UsageError(f"{name} is nested more than {DEEPEST} levels deep", "Correct it, and run the same command again.")
    return found


def _tagged(loader: Any, tag: str, node: Any) -> Mapping[str, Any]:
    """!Ref, !GetAtt and the like in their long form."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}
