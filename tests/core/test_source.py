"""What a plan says about where its integration comes from."""

import pytest

from bootstrap.core.source import Provenance, Source

OLD, NEW = "0" * 64, "1" * 64
HERE = Source("./acme.toml", OLD)
REVIEWED = f"./acme.toml is not part of bootstrap and was not reviewed by it; sha256 {OLD}"


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (Provenance("acme"), []),
        (Provenance("acme", HERE), [REVIEWED]),
        (Provenance("acme", HERE, before=HERE), [REVIEWED]),
        (
            Provenance("acme", HERE, before=Source("./acme.toml", NEW)),
            [REVIEWED, f"It changed since the last create: sha256 was {NEW}, is {OLD}"],
        ),
        (
            Provenance("acme", HERE, before=Source("old/acme.toml", NEW)),
            [REVIEWED, f"It changed since the last create, which used old/acme.toml: sha256 was {NEW}, is {OLD}"],
        ),
        (Provenance("acme", HERE, before=Source("old/acme.toml", OLD)), [REVIEWED]),
    ],
)
def test_a_file_is_named_with_its_digest_and_with_what_changed(found: Provenance, lines: list[str]) -> None:
    assert list(found.lines) == lines


def test_the_same_is_there_as_data() -> None:
    assert Provenance("acme", HERE).as_json() == {"name": "acme", "file": "./acme.toml", "sha256": OLD, "reviewed": False}
    assert Provenance("acme").as_json() == {"name": "acme", "file": None, "sha256": None, "reviewed": True}
    assert not Provenance("acme", package="vendor").reviewed


def test_a_sentence_of_what_nobody_reviewed_says_whose_it_is() -> None:
    text = "Note: esc.toml is part of bootstrap and was reviewed by it"
    assert Provenance("esc", Source("./a/esc.toml", "0")).says(text) == f"esc.toml says: {text}"
    assert Provenance("esc", package="acme").says(text) == f"acme says: {text}"
    assert Provenance("fivetran-s3").says(text) == text
