"""What fits a form is safe in a policy, and what the check of the input accepts fits the form."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given, settings, strategies as st

from bootstrap.core import validators
from bootstrap.core.input import Check
from bootstrap.export.patterns import FORMS, Form

ACCEPTED: Mapping[Check, tuple[str, ...]] = {
    validators.external_id: ("ab", "3f2b8c1e-7d40:4a5e/9c1f", "A" * 1224),
    validators.organization_id: ("a", "acme-data", "0" * 40),
    validators.bucket: ("abc", "acme.raw-1"),
    validators.bucket_prefix: ("abc", "acme.raw-1"),
    validators.account: ("123456789012",),
    validators.vpc: ("vpc-12345678", "vpc-0123456789abcdef0"),
    validators.subnet: ("subnet-12345678", "subnet-0123456789abcdef0"),
    validators.role_arn: ("arn:aws:iam::111122223333:role/a/b/c+=,.@-_", "arn:aws-us-gov:iam::111122223333:role/c"),
    validators.principal_arn: ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/c"),
}


def fits(form: Form, value: str) -> bool:
    return bool(re.fullmatch(form.pattern, value)) and form.least <= len(value) <= form.most


@pytest.mark.parametrize(("check", "form"), FORMS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_what_the_check_accepts_fits(check: Check, form: Form) -> None:
    for value in ACCEPTED[check]:
        assert check(value) == value
        assert fits(form, value)


@pytest.mark.parametrize(
    ("check", "value"),
    [
        *((validators.bucket, value) for value in ("a..b", "-ab", "ab-.", "Abc", "ab", "a" * 64)),
        *((validators.role_arn, f"arn:aws:iam::111122223333:{end}") for end in ("role/", "role//a", "role/a/", "user/a")),
        (validators.role_arn, "arn:aws:iam::aws:role/a"),
        (validators.organization_id, "acme-"),
        *((validators.vpc, value) for value in ("vpc-1234567", "vpc-0123456789abcdef01", "vpc-1234567g")),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_the_check_refuses_does_not_fit(check: Check, value: str) -> None:
    with pytest.raises(ValueError):
        check(value)
    assert not fits(FORMS[check], value)


@pytest.mark.parametrize("form", FORMS.values(), ids=[check.__name__ for check in FORMS])
def test_what_fits_means_in_a_policy_what_it_says(form: Form) -> None:
    @settings(max_examples=50)
    @given(st.from_regex(form.pattern, fullmatch=True))
    def holds(value: str) -> None:
        assert validators.literal(value) == value
        assert not set(value) & set("\"'\\`$*?{}<>&; \n")

    holds()
