"""The word that was probably meant."""

from collections.abc import Callable

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.build import build
from bootstrap.core.graph import Graph
from bootstrap.core.near import did_you_mean, nearest
from bootstrap.core.reasons import check_overwritten, overwrite_flag
from bootstrap.core.replacement import check_replaced, replace_flag
from bootstrap.discovery.named_resources import outputs_of_named
from bootstrap.errors import BootstrapError
from bootstrap.integrations import integration
from bootstrap.operations.outputs import labeled
from tests.core.test_state import ROLE, STATE


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("us-esat-1", ["us-west-1", "us-east-1", "eu-west-1"], "us-east-1"),
        ("aspera", ["readme", "aspera-atc"], "aspera-atc"),
        ("regoin", ["region", "retag"], "region"),
        ("quite-else", ["region", "retag"], ""),
        ("region", [], ""),
    ],
)
def test_the_nearest_word_has_the_same_letters_or_most_of_them(word: str, known: list[str], found: str) -> None:
    assert nearest(word, known) == found
    assert did_you_mean(word, known) == (f"Did you mean {found}? " if found else "")


def graph() -> Graph:
    build(integration("biomodal-duet").example(), found := Graph([EXAMPLE]))
    return found


@pytest.mark.parametrize(
    ("near", "look_up"),
    [
        ("Role ARN", lambda: labeled({"Role ARN": "arn", "Region": "us-east-1"}, "Rol ARN")),
        ("bucket", lambda: check_overwritten([overwrite_flag("bukcet")], ["bucket", "role"])),
        ("vm", lambda: check_replaced(graph().nodes, [replace_flag("vmm")])),
        ("bucket", lambda: outputs_of_named(graph(), {"bukcet": "acme"})),
        ("role", lambda: STATE.put(ROLE).without(["rol"])),
    ],
)
def test_who_names_what_is_not_there_is_told_the_nearest_that_is(near: str, look_up: Callable[[], object]) -> None:
    with pytest.raises(BootstrapError) as refused:
        look_up()
    assert refused.value.advice.startswith(f"Did you mean {near}? ")
