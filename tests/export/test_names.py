"""A name in a document is one that its tool takes, whatever the text is."""

import pytest

from bootstrap.export.names import apart, camel, snake, variable


@pytest.mark.parametrize(
    ("text", "in_a_template", "in_a_module"),
    [
        ("Server role ARN", "ServerRoleARN", "server_role_arn"),
        ("server-role", "ServerRole", "server_role"),
        ("2nd id", "2ndId", "v_2nd_id"),
        ("Nom du rôle", "NomDuRLe", "nom_du_r_le"),
        ("外部", "Value", "value"),
        ("--", "Value", "value"),
    ],
)
def test_a_text_becomes_a_name(text: str, in_a_template: str, in_a_module: str) -> None:
    assert (camel(text), snake(text)) == (in_a_template, in_a_module)


def test_names_that_would_be_the_same_get_numbers() -> None:
    assert apart(["外部", "編號", "role"], ["Role"]) == {"外部": "Value", "編號": "Value2", "role": "Role2"}


@pytest.mark.parametrize(
    "name", ["source", "version", "count", "for_each", "lifecycle", "depends_on", "providers", "locals"]
)
def test_an_argument_of_every_module_block_is_no_variable(name: str) -> None:
    assert variable(name) == f"{name}_"
    assert variable("bucket") == "bucket"
