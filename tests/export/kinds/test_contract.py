"""Each resource type can be exported, or is refused by name with the reason: none is forgotten."""

import pytest

from bootstrap.core.integration import examples
from bootstrap.engine.graphs import draft_graph
from bootstrap.errors import UsageError
from bootstrap.export.kinds import REFUSED, check_kinds, forms
from bootstrap.resources import kinds, resource_kind
from tests.support.inputs import ALL


@pytest.mark.parametrize("kind", kinds())
def test_a_kind_has_forms_or_is_refused(kind: str) -> None:
    assert (forms(kind) is None) == (kind in REFUSED)
    if found := forms(kind):
        outputs = {*resource_kind(kind).identifiers.outputs}
        assert found.attributes.keys() in ({*()}, outputs)


def test_no_reason_is_about_a_kind_that_is_gone() -> None:
    assert set(kinds()) >= REFUSED.keys()


def test_a_refusal_names_what_it_is_about_and_why() -> None:
    wanted = ALL["aspera-atc with a role of the user's"]
    graph, _ = draft_graph(wanted, examples(wanted))
    with pytest.raises(UsageError, match="aspera-atc cannot be exported") as caught:
        check_kinds("aspera-atc", graph.nodes.values())
    assert "(iam_role_trust_statement): it changes one statement of a policy of somebody else" in caught.value.advice
    assert caught.value.advice.endswith("Create it with bootstrap.")
