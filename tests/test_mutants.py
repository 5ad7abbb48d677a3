"""`make mutants`: what it changes, and which tests it runs for a file."""

from pathlib import Path

import pytest

from scripts.mutants import mirrored, mutants

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("a = b < c", {"a = b <= c"}),
        ("a = b and c", {"a = (b or c)"}),
        ("a = not b", {"a = (b)"}),
        ("a = True", {"a = False"}),
        ("a = 2**53 - 1", {"a = (2 ** 53 + 1)", "a = 3**53 - 1", "a = 2**54 - 1", "a = 2**53 - 2"}),
        ("a = f(b, c)", {"a = f(c, b)"}),
        ('a = ("x", "y")', {"a = ('x',)"}),
        ('a = f("Zürich", b in c)', {"a = f(b in c, 'Zürich')", 'a = f("Zürich", b not in c)'}),
        ("a: tuple[int, str]", set()),
        ('"""A docstring."""', set()),
    ],
)
def test_one_expression_is_changed_at_a_time(line: str, changed: set[str]) -> None:
    assert {mutant.after for mutant in mutants(Path("x.py"), line)} == changed


def test_each_change_of_this_code_can_be_compiled_and_says_where_it_is() -> None:
    path = Path("bootstrap/errors.py")
    source = (ROOT / path).read_text(encoding="utf-8")
    for mutant in mutants(path, source):
        compile(mutant.after, str(path), "exec")
        assert mutant.difference
        assert 1 <= mutant.line <= len(source.splitlines())


def test_the_mirrored_a_file_are_its_own_and_the_contract_of_its_part(tmp_path: Path) -> None:
    for name, text in {
        "core/test_state.py": "",
        "core/test_state_json.py": "",
        "resources/iam/test_role.py": "",
        "resources/test_contract.py": "",
        "engine/test_all.py": "from bootstrap.engine import prepare",
    }.items():
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / name).write_text(text)

    def tests(path: str) -> list[str]:
        return [each.relative_to("tests").as_posix() for each in mirrored(Path(path), tmp_path)]

    assert tests("bootstrap/core/state.py") == ["core/test_state.py", "core/test_state_json.py"]
    assert tests("bootstrap/resources/iam/role.py") == ["resources/iam/test_role.py", "resources/test_contract.py"]
    assert tests("bootstrap/engine/prepare.py") == ["engine/test_all.py"]
    assert tests("bootstrap/engine/nobody.py") == []


def test_nearly_every_file_of_the_package_has_mirrored_its_own_or_some_that_import_it() -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "bootstrap").rglob("*.py")]
    without = [path for path in files if not mirrored(path)]
    assert len(without) < len(files) / 4
