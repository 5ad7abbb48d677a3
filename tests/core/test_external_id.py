"""STS takes more as an external id than a person means by one."""

import pytest

from bootstrap.core.external_id import sts_external_id, typed_external_id


def test_an_arn_is_an_external_id_for_sts_and_a_mistake_of_a_person() -> None:
    arn = "arn:aws:iam::111122223333:role/r"
    assert sts_external_id(arn) == arn
    with pytest.raises(ValueError, match="is an ARN; an external id is a code without blanks"):
        typed_external_id(arn)


def test_sts_names_the_character_that_it_does_not_take() -> None:
    with pytest.raises(ValueError, match="may not contain ' '; letters, digits and _"):
        sts_external_id("a b")
