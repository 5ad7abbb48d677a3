"""Statements of a file: whom they let in, and what they lose with --harden."""

from pathlib import Path
from typing import Any

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples
from bootstrap.integrations.files.integration import FileIntegration
from bootstrap.integrations.files.read import load
from tests.support.integration_files import FIVETRAN, problems_in, replaced

OWN = "arn:${partition}:iam::${account.id}:role${input.path}${input.role_prefix}Fivetran"
HARDENED = 'harden = { actions = ["s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation"] }\n'
FILE = replaced(
    FIVETRAN, HARDENED, HARDENED + 'lost = "s3:GetObjectTagging is not granted to ${input.role_prefix}Fivetran."\n'
)
FILE = replaced(FILE, "\n[resources.role]", '\nnarrow = { type = "flag", help = "Omit the tags." }\n\n[resources.role]')
FILE = replaced(FILE, 'sid = "ReadFiles"\n', 'sid = "ReadFiles"\nwhen = "not input.narrow"\n')
FILE = replaced(FILE, 'sid = "Fivetran"\n', 'sid = "Fivetran"\nwho = "Fivetran\'s loader"\n')
FILE += f"""
[[resources.role.inline_policies.self]]
sid = "Self"
actions = ["sts:AssumeRole"]
resources = ["{OWN}"]
why = "It assumes itself"
page = "https://fivetran.com/docs/connectors/files/amazon-s3/setup-guide"
"""


def wanted(folder: Path, **given: Any) -> FileIntegration:
    (folder / "fivetran.toml").write_text(FILE)
    found = from_inputs(load(str(folder / "fivetran.toml")), {"external_id": "armed_unleaded", "bucket": ["raw"], **given})
    assert isinstance(found, FileIntegration)
    return found


def test_a_trust_can_name_somebody_else_than_the_vendor(tmp_path: Path) -> None:
    assert [each.who for each in wanted(tmp_path).statements] == ["Fivetran's loader", "", ""]


def test_what_is_lost_with_harden_names_the_users_values(tmp_path: Path) -> None:
    assert problems_in(FILE, tmp_path, "fivetran.toml") == []
    lost = "s3:GetObjectTagging is not granted to acme-Fivetran."
    assert wanted(tmp_path, role_prefix="acme-").lost_with_harden == (lost,)
    assert wanted(tmp_path, role_prefix="acme-", harden=True).notes == (f"with --harden, {lost}",)
    assert wanted(tmp_path).lost_with_harden == ("s3:GetObjectTagging is not granted to Fivetran.",)


def test_nothing_is_lost_of_a_statement_that_is_not_there(tmp_path: Path) -> None:
    assert wanted(tmp_path, narrow=True, harden=True).notes == ()


def test_a_statement_can_name_a_role_by_its_prefix_and_path(tmp_path: Path) -> None:
    for given, name in (({}, "/Fivetran"), ({"role_prefix": "acme-", "path": "/vendors/"}, "/vendors/acme-Fivetran")):
        found = wanted(tmp_path, **given)
        graph = Graph(examples(found))
        found.build(graph)
        arn = f"arn:aws:iam::123456789012:role{name}"
        assert graph.predicted_output("role", "arn") == arn
        assert found.statements[-1].resources == (arn,)


def test_the_resources_of_harden_replace_all_but_some_resources(tmp_path: Path) -> None:
    more = 'not_resources = ["arn:aws:iam::1:role/a"]\nharden = { resources = ["arn:aws:iam::1:role/b"] }\n'
    text = replaced(FILE, f'resources = ["{OWN}"]\n', more)
    (tmp_path / "fivetran.toml").write_text(text)
    for harden, found in ((False, ([], "arn:aws:iam::1:role/a")), (True, (["arn:aws:iam::1:role/b"], ""))):
        given = {"external_id": "armed_unleaded", "bucket": ["raw"], "harden": harden}
        made = from_inputs(load(str(tmp_path / "fivetran.toml")), given)
        assert isinstance(made, FileIntegration)
        sent = made.statements[-1].to_json()
        assert (sent.get("Resource", []), sent.get("NotResource", [""])[0]) == found


def test_what_would_let_more_in_is_no_narrower_form(tmp_path: Path) -> None:
    other = 'harden = { conditions = { StringEquals = { "aws:PrincipalOrgID" = "o-1" } } }\n'
    [told] = problems_in(replaced(FILE, 'sid = "Fivetran"\n', f'sid = "Fivetran"\n{other}'), tmp_path)
    assert told.text.startswith("leaves out the condition on sts:ExternalId")
    deny = replaced(FILE, 'sid = "Self"\n', 'sid = "Self"\neffect = "Deny"\nharden = { omit = true }\n')
    assert [each.text for each in problems_in(deny, tmp_path)] == ["is for what is allowed: less of a Deny allows more"]


def test_a_variable_is_no_external_id(tmp_path: Path) -> None:
    both = 'StringEquals = { "sts:ExternalId" = ["${input.external_id}", "${sts:ExternalId}"] }'
    found = problems_in(replaced(FILE, 'StringEquals = { "sts:ExternalId" = "${input.external_id}" }', both), tmp_path)
    assert [each.text.partition(",")[0] for each in found] == ["has the variable ${sts:ExternalId}"]
