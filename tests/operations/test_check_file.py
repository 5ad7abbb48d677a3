"""What `integrations check` finds, each at its line."""

from pathlib import Path

import pytest

from bootstrap.core.file_finding import FileFinding
from bootstrap.errors import UsageError
from bootstrap.operations.check_file import check_file
from tests.support.files import TEXT, written


def found(tmp_path: Path, *changes: tuple[str, str]) -> list[FileFinding]:
    """In the example, with each first text replaced by the second."""
    text = TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return [item for item in check_file(str(written(tmp_path / "acme.toml", text=text))) if item.severity != "note"]


def only(findings: list[FileFinding]) -> FileFinding:
    [item] = findings
    return item


def line_with(text: str, content: str = TEXT) -> int:
    return next(number for number, line in enumerate(content.split("\n"), 1) if text in line)


def test_a_good_file_has_neither_errors_nor_warnings(tmp_path: Path) -> None:
    assert found(tmp_path) == []


def test_what_the_format_does_not_allow_is_an_error_with_advice(tmp_path: Path) -> None:
    item = next(item for item in found(tmp_path, ("title =", "titel =")) if item.path)
    assert (item.severity, item.code, item.path) == ("error", "format", "titel")
    assert item.line == line_with("title =")
    assert "Did you mean title?" in item.advice


def test_an_action_that_aws_does_not_have_is_an_error_at_its_statement(tmp_path: Path) -> None:
    item = only(found(tmp_path, ("s3:GetObject", "s3:GetObjekt")))
    assert (item.severity, item.code) == ("error", "action")
    assert item.path == "resources.role.inline_policies.acme-s3[0]"
    assert item.line == line_with("[[resources.role.inline_policies.acme-s3]]")
    assert "did you mean s3:GetObject" in item.text


@pytest.mark.parametrize(
    ("principal", "severity", "code"),
    [("arn:aws:iam::${vendor.main}:root", "warning", "external-id"), ("*", "error", "wildcard-principal")],
)
def test_a_trust_without_an_external_id_or_of_everybody_is_found(
    principal: str, severity: str, code: str, tmp_path: Path
) -> None:
    condition = 'conditions = { StringEquals = { "sts:ExternalId" = "${input.external_id}" } }'
    changes = ((condition, ""), ('"arn:aws:iam::${vendor.main}:root"', f'"{principal}"'))
    items = [item for item in found(tmp_path, *changes) if item.code != "unused"]
    assert [(item.severity, item.code, item.path) for item in items] == [(severity, code, "resources.role.trust[0]")]


@pytest.mark.parametrize("reason", ["", " ", "not stated in the template"])
def test_a_permission_that_nobody_explains_is_found(reason: str, tmp_path: Path) -> None:
    item = only(found(tmp_path, ("Acme reads the files", reason)))
    assert (item.severity, item.code, item.path) == ("warning", "no-reason", "resources.role.inline_policies.acme-s3[0]")


def test_a_permission_without_a_page_is_found(tmp_path: Path) -> None:
    page = 'why = "Acme reads the files"\npage = "https://acme.example/docs/s3"'
    item = only(found(tmp_path, (page, 'why = "Acme reads the files"\npage = "the manual"')))
    assert (item.code, item.path) == ("no-page", "resources.role.inline_policies.acme-s3[0]")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ('[inputs.region_name]\ntype = "text"\nhelp = "Set it."\n', "inputs.region_name"),
        ('[tables.sites]\nby = "region"\nrows = { us-east-1 = "1" }\n', "tables.sites"),
        ('[vendor_accounts.other]\nid = "111122223333"\npage = "https://acme.example"\n', "vendor_accounts.other"),
    ],
)
def test_what_nothing_uses_is_found(more: str, path: str, tmp_path: Path) -> None:
    item = only(found(tmp_path, ("[resources.role]", f"{more}\n[resources.role]")))
    assert (item.severity, item.code, item.path) == ("warning", "unused", path)


def test_what_only_a_condition_a_rule_or_an_account_names_is_used(tmp_path: Path) -> None:
    more = (
        '[inputs.write]\ntype = "flag"\nhelp = "Write, too."\n'
        '[inputs.profile_name]\ntype = "text"\nhelp = "Sign in with it."\noptional = true\n'
        '[accounts.other]\nprofile = "profile_name"\n'
    )
    used = ('actions = ["s3:GetObject"]', 'actions = ["s3:GetObject"]\nwhen = "not input.write"')
    assert found(tmp_path, ("[resources.role]", f"{more}\n[resources.role]"), used) == []


def test_an_account_of_the_vendor_whose_id_is_in_a_table_is_used(tmp_path: Path) -> None:
    more = (
        '[vendor_accounts.other]\nid = "111122223333"\npage = "https://acme.example"\n'
        '[tables.sites]\nby = "region"\nrows = { us-east-1 = "111122223333" }\n'
    )
    principals = (
        '"arn:aws:iam::${vendor.main}:root"',
        '"arn:aws:iam::${vendor.main}:root", "arn:aws:iam::${table.sites}:root"',
    )
    assert found(tmp_path, ("[resources.role]", f"{more}\n[resources.role]"), principals) == []


def test_a_file_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        check_file(str(tmp_path / "nobody.toml"))


def test_an_account_that_is_let_in_by_its_number_and_nothing_proves_is_found(tmp_path: Path) -> None:
    items = found(tmp_path, ("arn:aws:iam::${vendor.main}:root", "arn:aws:iam::111122223333:root"))
    assert {(item.code, item.path) for item in items} == {
        ("unproven-account", "resources.role.trust[0]"),
        ("unused", "vendor_accounts.main"),
    }


def test_what_aws_would_refuse_does_not_hide_what_the_linter_and_the_reader_find(tmp_path: Path) -> None:
    items = found(
        tmp_path, ('name = "Acme"', 'name = "Ac/me"'), ("s3:GetObject", "s3:GetObjekt"), ("Acme reads the files", "")
    )
    assert {item.code for item in items} == {"format", "action", "no-reason"}


def test_a_wrong_type_of_resource_does_not_hide_a_wrong_input(tmp_path: Path) -> None:
    wrong = ('[inputs.bucket]\ntype = "text"', '[inputs.bucket]\ntype = "text"\nchoices = ["a"]')
    items = found(tmp_path, wrong, ('type = "iam_role"', 'type = "iam_rol"'))
    assert [item.path for item in items] == ["inputs.bucket.choices", "resources.role.type"]
    assert items[0].advice == 'Write type = "choice", or delete choices.'


def test_managed_policies_that_give_much_or_are_unknown_are_found(tmp_path: Path) -> None:
    more = "".join(
        f'[resources.{name.lower()}]\ntype = "iam_role_attachment"\nrole = "${{role.name}}"\npurpose = "It reads"\n'
        f'policy_arn = "arn:${{partition}}:iam::aws:policy/{name}"\npage = "https://acme.example/docs/s3"\n\n'
        for name in ("AdministratorAccess", "SecurityAudit", "SecurityAudi")
    )
    items = found(tmp_path, ("[handoff]", f"{more}[handoff]"))
    assert [(item.code, item.path) for item in items] == [
        ("administrator", "resources.administratoraccess"),
        ("unknown-policy", "resources.securityaudi"),
    ]
