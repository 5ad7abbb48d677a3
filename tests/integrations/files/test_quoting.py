"""Values in the SQL, JSON and shell files of a hand-off: none ends its quotes and goes on as something else."""

import json
import shlex
import subprocess
from functools import partial
from pathlib import Path

import pytest

from bootstrap.core.account import EXAMPLE
from bootstrap.core.graph import Graph
from bootstrap.core.integration import examples
from bootstrap.errors import UsageError
from bootstrap.integrations import integration
from bootstrap.integrations.files.quoting import Escape, pieces, unread
from bootstrap.integrations.files.template import fill
from tests.support.integration_files import ACME, problems_in, replaced

TEXT = 'text = "s3://${input.target}"'


def filled(text: str, language: str, value: str) -> str:
    return "".join(fill(piece, partial(_escaped, escape, value)) for piece, escape, _ in pieces(text, language))


def _escaped(escape: Escape, value: str, _: str) -> str:
    return escape(value)


def test_a_prefix_with_a_quote_stays_one_text_in_the_sql_of_snowflake() -> None:
    chosen = integration("snowflake-s3")
    inputs = {"bucket": "raw-bucket/it's/x'); DROP TABLE y;--", "snowflake_user": "arn:aws:iam::111122223333:user/a"}
    files = chosen(**{**vars(chosen.example()), **inputs}).build(Graph([EXAMPLE])).files
    assert "('s3://raw-bucket/it''s/x''); DROP TABLE y;--/');" in files["storage-integration.sql"]
    assert "'s3://raw-bucket/it''s/x''); DROP TABLE y;--/', 'test.csv'" in files["test.sql"]


@pytest.mark.parametrize(
    ("text", "language", "value", "found"),
    [
        ("x = '${input.a}' -- it's", "sql", "it's", "x = 'it''s' -- it's"),
        ('x = "${input.a}"', "sql", 'a"b', 'x = "a""b"'),
        ("-- don't\nCREATE ${input.a}", "sql", "name", "-- don't\nCREATE name"),
        ("'${input.a}", "sql", "word", "'word"),
        ("a = '${input.a}'", "sql", "@{role.arn}", "a = '@{role.arn}'"),
        ("CREATE ${input.a}", "sql", "@{pending external_id}", "CREATE @{pending external_id}"),
        ('{"a": ${input.a}}', "json", "-12", '{"a": -12}'),
        ("echo ${input.a}", "shell", "s3://a/b-c", "echo s3://a/b-c"),
        ("# don't\necho ${input.a}", "shell", "a", "# don't\necho a"),
    ],
)
def test_a_value_is_escaped_for_the_quotes_around_it(text: str, language: str, value: str, found: str) -> None:
    assert filled(text, language, value) == found


@pytest.mark.parametrize("value", ["it's", 'a"b', "a\\", "\\u0041", "é\n", "plain"])
def test_json_has_the_value_itself(value: str) -> None:
    assert json.loads(filled('{"a": "${input.a}"}', "json", value)) == {"a": value}


@pytest.mark.parametrize("value", ["it's", "$(id)", "`id`; id", 'a"b', "plain"])
def test_a_shell_reads_one_word_in_single_quotes(value: str) -> None:
    command = filled("printf %s '${input.a}'", "shell", value)
    assert shlex.split(command) == ["printf", "%s", value]
    assert subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout == value


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("CREATE ${input.a};", "sql", "a b"),
        ("CREATE ${input.a};", "sql", "a'b"),
        ("'${input.a}'", "sql", "a\\"),
        ("/* ${input.a} */", "sql", "*/ DROP"),
        ('{"a": ${input.a}}', "json", "1, 2"),
        ("echo ${input.a}", "shell", "a;id"),
        ('echo "${input.a}"', "shell", "$(id)"),
        ("cat <<X\n${input.a}\nX", "shell", "`id`"),
    ],
)
def test_what_no_quotes_could_hold_is_refused(text: str, language: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|holds) "):
        filled(text, language, value)


def with_file(quote: str, text: str, name: str = "output.sql") -> str:
    named = replaced(ACME, '[handoff.files."output.txt"]', f'[handoff.files."{name}"]\nquote = "{quote}"')
    return replaced(replaced(named, TEXT, f"text = '''{text}'''"), 'check = "bucket"', 'check = "bucket_prefix"')


def test_an_input_that_may_hold_a_quote_where_there_are_none_is_a_problem_of_the_file(tmp_path: Path) -> None:
    [found] = problems_in(with_file("sql", "LIST ${input.target}"), tmp_path)
    assert found.path == 'handoff.files."output.sql".text'
    assert found.text.startswith('puts input.target where it could be "your-bucket/')
    assert problems_in(with_file("sql", "LIST '${input.target}'"), tmp_path) == []


def test_a_value_that_no_sql_can_hold_is_an_error_of_the_input(tmp_path: Path) -> None:
    text = with_file("sql", "LIST '${input.tenant}'").replace(
        'when = "input.target"\n\n[[handoff.chain', 'when = "input.tenant"\n\n[[handoff.chain'
    )
    text = text.replace('pattern = "t-[0-9a-f]{4}"\nexample = "t-00ff"\n', "")
    path = tmp_path / "acme.toml"
    path.write_text(text)
    chosen = integration(str(path))
    made = chosen(**{**vars(chosen.example()), "target": "your-bucket", "bucket": (), "tenant": "a\\"})
    with pytest.raises(
        UsageError, match=r"--tenant: .* cannot be put into output.sql of the hand-off: it holds a backslash"
    ):
        made.build(Graph(examples(made)))


def test_an_output_that_is_a_name_of_the_user_is_escaped_as_an_input_is(tmp_path: Path) -> None:
    text = with_file("shell", "'${group.name}' '${role.arn}'").replace(
        'when = "input.target"\n\n[[handoff.chain', "\n[[handoff.chain"
    )
    text += '\n[inputs.net]\ntype = "text"\nhelp = "Name it."\nexample = "net"\n'
    text += '[resources.group]\ntype = "ec2_security_group"\nname = "${input.net}"\n'
    text += 'description = "x"\nvpc = "vpc-0123456789abcdef0"\n'
    path = tmp_path / "acme.toml"
    path.write_text(text)
    chosen = integration(str(path))
    made = chosen(**{**vars(chosen.example()), "net": "x';id;'"})
    assert made.build(Graph(examples(made))).files["output.sql"] == "'x'\\'';id;'\\''' '@{role.arn}'"
    [found] = problems_in(text.replace("'${group.name}'", "${group.name}"), tmp_path)
    assert found.text.startswith("puts input.net where it could be ")


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("shell", "echo \\' '${input.target}'"),
        ("shell", "cat <<X\n'${input.target}'\nX"),
        ("shell", "echo $'\\'' '${input.target}'"),
        ("shell", "true;# it's\necho '${input.target}'"),
        ("shell", 'echo "$(echo "it\'s \'${input.target}\'")"'),
        ("shell", 'echo it\'s "${input.target}"'),
        ("sql", "SELECT 'a\\' || '${input.target}'"),
        ("sql", "SELECT '\\${input.target}'"),
        ("sql", "SELECT $$ it's $$, '${input.target}'"),
        ("sql", "// it's\nLIST '${input.target}'"),
        ("sql", "/* /* */ ' */ LIST '${input.target}'"),
        ("sql", "SELECT `it's`, '${input.target}'"),
        ("json", '{"a": "b, "c": "${input.target}"}'),
    ],
)
def test_a_template_whose_quotes_programs_read_in_different_ways_is_refused(quote: str, text: str, tmp_path: Path) -> None:
    content = replaced(with_file(quote, "TEXT", "output.x"), "'''TEXT'''", json.dumps(text))
    told = [each.text for each in problems_in(content, tmp_path)]
    assert any("with which nobody can tell where quotes end" in each for each in told), told


def test_usual_templates_are_not_refused() -> None:
    assert not unread("echo \"$x \\\"\" '${input.a}' # it's\nfor x in $(ls); do :; done", "shell")
    assert not unread("-- it's\nCREATE ${input.a} 's3://it''s/${input.a}' /* it's */ SYSTEM$F('\\t')", "sql")
    assert not unread('{"a": "\\"${input.a}", "b": ${input.b}}', "json")
