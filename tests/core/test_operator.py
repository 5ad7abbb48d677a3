"""The policy of the person who runs bootstrap: all that the resources declare, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.operator import operator_policies
from bootstrap.core.policy import Statement
from bootstrap.core.resource import Permission
from tests.fakes import Thing

THING = "arn:{partition}:things:{region}:{account}:thing/{name}"


class Guarded(Thing):
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("read", "things:Get", THING),
        Permission("create", "things:Make", THING),
        Permission("update", "things:Make", THING),
        Permission("delete", "things:ListAll", "*"),
    )


@dataclass(frozen=True, kw_only=True)
class Two(Integration):
    name: ClassVar[str] = "two"
    title: ClassVar[str] = "two things"
    pages: ClassVar[tuple[str, ...]] = ()

    def build(self, graph: Graph) -> Handoff:
        first = graph.add("first", Guarded(name="one"))
        graph.add("second", Guarded(name=f"{first['name']}-more"))
        return Handoff({})

    @property
    def statements(self) -> Sequence[Statement]:
        return ()

    @classmethod
    def example(cls) -> Self:
        return cls()


def test_actions_on_the_same_things_share_a_statement_and_names_are_real() -> None:
    assert operator_policies(Two.example())["default"] == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["tag:GetResources", "things:ListAll"], "Resource": ["*"]},
            {
                "Effect": "Allow",
                "Action": ["things:Get", "things:Make"],
                "Resource": ["arn:*:things:*:*:thing/one", "arn:*:things:*:*:thing/one-more"],
            },
        ],
    }
