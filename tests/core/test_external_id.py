"""STS takes more as an external id than a person means by one."""

import pytest

from bootstrap.core.external_id import is_example, sts_external_id, typed_external_id


def test_an_arn_is_an_external_id_for_sts_and_a_mistake_of_a_person() -> None:
    arn = "arn:aws:iam::111122223333:role/r"
    assert sts_external_id(arn) == arn
    with pytest.raises(ValueError, match="is an ARN; an external id is a code without blanks"):
        typed_external_id(arn)


def test_sts_names_the_character_that_it_does_not_take() -> None:
    with pytest.raises(ValueError, match="may not contain ' '; letters, digits and _"):
        sts_external_id("a b")


@pytest.mark.parametrize(
    "value",
    [
        *(
            "EXTERNAL_ID",
            "EXTERNAL-ID",
            "YOUR-EXTERNAL-ID",
            "<external-id>",
            "{{external_id}}",
            "YourExternalId",
            "ID",
            "NEW",
        ),
        *("changeme", "REPLACE_ME", "TODO", "xxxx", "0000", "example", "example-external-id", "external-id-value", "None"),
        *(
            "WORKSPACE_ID",
            "DATABRICKS_ACCOUNT_ID",
            "<get_from_upsolver>",
            "MYACCOUNT_SFCRole=2_a123456/s0aBCDEfGHIJklmNoPq=",
        ),
        *("EXTERNAL-ID-FROM-UPSOLVER", "EXTERNAL-ID-THAT-BOOTSTRAP-GENERATES", "00000000-0000-0000-0000-000000000000"),
    ],
)
def test_what_a_page_has_in_place_of_an_external_id_is_an_example(value: str) -> None:
    assert is_example(value)


@pytest.mark.parametrize(
    "value",
    [
        *("6f7e2c", "ext-1", "e1", "12345", "acme", "test-7", "aid", "ids7", "customer-1", "my-company", "newcastle"),
        *("mz_eb5cb59b-e2fe-41f3-87ca-d2176a495345_u123", "acme-external-id-7f3a", "3e2b8c1e-7d40-4a5e-9c1f"),
    ],
)
def test_an_id_that_only_looks_a_little_like_one_is_none(value: str) -> None:
    assert not is_example(value)
