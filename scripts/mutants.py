"""Breaks the code at places drawn at random, one at a time, and runs the tests that should notice: `make mutants`.

A change that no test notices (a survivor) is printed as a difference: either a test is missing, or the code is not needed.
The tests of `bootstrap/x/y.py` are `tests/x/test_y*.py` or else those that import it, and the contract tests of its part.
It works in a copy of the repository; the files here stay as they are.

    python scripts/mutants.py                             ten changes in what differs from main
    python scripts/mutants.py --sample 30 --seed 7 FILE...
"""

import argparse
import ast
import difflib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "bootstrap"
LONGEST = 300
"""Seconds for the tests of one change: what runs longer hangs, and so is noticed."""
MOST_TESTS = 4
"""Test files for a module without a mirrored one: those that import it and have the fewest lines."""
_PAIRS: tuple[tuple[type[ast.AST], type[ast.AST]], ...] = (
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.In, ast.NotIn), (ast.Is, ast.IsNot)),
    *((ast.And, ast.Or), (ast.Add, ast.Sub), (ast.BitAnd, ast.BitOr)),
)
SWAPPED = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


@dataclass(frozen=True)
class Mutant:
    """A file (its path from the root) with one change in one line, numbered from 1."""

    path: Path
    line: int
    before: str
    after: str

    @property
    def difference(self) -> str:
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), lineterm="", n=0)
        return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def mutants(path: Path, source: str) -> Iterator[Mutant]:
    """Each change of one expression: an operator for its opposite, a condition for its negation, a constant for another one,
    two arguments for each other, a permission or another entry of a tuple left out. Docstrings and annotations stay."""
    tree = ast.parse(source)
    for node, changed in _changes(tree):
        text = ast.get_source_segment(source, node)
        if text is None or text == changed:
            continue
        lines = source.splitlines(keepends=True)
        start = sum(len(line.encode()) for line in lines[: node.lineno - 1]) + node.col_offset
        raw = source.encode()
        after = raw[:start] + changed.encode() + raw[start + len(text.encode()) :]
        try:
            ast.parse(after)
        except SyntaxError:  # such as an expression within a formatted string
            continue
        yield Mutant(path, node.lineno, source, after.decode())


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """(expression, what to write in its place)"""
    for node in _code(tree):
        match node:
            case ast.Compare(ops=[op]) if type(op) in SWAPPED:
                yield node, ast.unparse(ast.Compare(node.left, [_other(op)], node.comparators))  # type: ignore[list-item]
            case ast.BoolOp():
                yield node, f"({ast.unparse(ast.BoolOp(_other(node.op), node.values))})"  # type: ignore[arg-type]
            case ast.BinOp() if type(node.op) in SWAPPED:
                yield node, f"({ast.unparse(ast.BinOp(node.left, _other(node.op), node.right))})"  # type: ignore[arg-type]
            case ast.UnaryOp(op=ast.Not()):
                yield node, f"({ast.unparse(node.operand)})"
            case ast.IfExp():
                yield node.test, f"(not ({ast.unparse(node.test)}))"
            case ast.Constant(value=bool()):
                yield node, str(not node.value)
            case ast.Constant(value=int(number)):
                yield node, str(number + 1)
            case ast.Call(args=[first, second, *rest]) if not any(isinstance(item, ast.Starred) for item in node.args):
                swapped = ast.Call(node.func, [second, first, *rest], node.keywords)
                yield node, ast.unparse(swapped)
            case ast.Tuple(elts=[_, _, *_], ctx=ast.Load()):
                yield node, ast.unparse(ast.Tuple(node.elts[:-1]))


def _other(operator: ast.AST) -> ast.AST:
    return SWAPPED[type(operator)]()


def _code(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that run, without annotations, imports and texts inside of formatted ones."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases") or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.expr):
                yield child
            if isinstance(child, ast.AST):
                yield from _code(child)


def mirrored(path: Path, root: Path = ROOT) -> list[Path]:
    """The test files for a file of the package, each from the root, wherever in the tree both are."""
    inside = path.relative_to(PACKAGE)
    folder = root / "tests" / inside.parent
    found = {*folder.glob(f"test_{inside.stem}.py"), *folder.glob(f"test_{inside.stem}_*.py")}
    if not found:
        module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        parent, _, name = module.rpartition(".")
        ways = (rf"from {module} import", rf"import {module}\b", rf"from {parent} import .*\b{name}\b")
        imported = re.compile(rf"^\s*(?:{'|'.join(ways)})", re.MULTILINE)
        users = [each for each in (root / "tests").rglob("test_*.py") if imported.search(each.read_text(encoding="utf-8"))]
        found = set(sorted(users, key=lambda each: (each.stat().st_size, each))[:MOST_TESTS])
    contract = root / "tests" / inside.parts[0] / "test_contract.py"
    if contract.exists():
        found.add(contract)
    return sorted(each.relative_to(root) for each in found)


def changed_since(reference: str) -> list[Path]:
    """The files of the package that differ from the reference, those that are not committed yet included."""
    listed = subprocess.run(
        ["git", "diff", "--name-only", reference, "--", PACKAGE], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        sys.exit(f"git knows no {reference}: name files, or another reference with --since.")
    return [Path(line) for line in listed.stdout.splitlines() if line.endswith(".py") and (ROOT / line).exists()]


def main() -> int:
    parser = argparse.ArgumentParser(description="Break the code at places drawn at random, and see which no test notices.")
    parser.add_argument("files", nargs="*", type=Path, help="files of the package; by default those that have changed")
    parser.add_argument("--since", default="main", help="changed since this reference of git (default: main)")
    parser.add_argument("--sample", type=int, default=10, help="how many changes (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default: 1)")
    given = parser.parse_args()
    files = [each.resolve().relative_to(ROOT) for each in given.files] or changed_since(given.since)
    every = [mutant for path in files for mutant in mutants(path, (ROOT / path).read_text(encoding="utf-8"))]
    if not every:
        print("Nothing to break: no file of the package has changed. Name some.")
        return 0
    drawn = random.Random(given.seed).sample(every, min(given.sample, len(every)))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        survivors = [mutant for mutant in drawn if survives(mutant, copy)]
    print(f"{len(drawn)} of {len(every)} changes: {len(drawn) - len(survivors)} noticed, {len(survivors)} not.")
    return 1 if survivors else 0


def survives(mutant: Mutant, copy: Path) -> bool:
    """Whether no test notices the change, which is made in the copy and undone again."""
    tests = [str(each) for each in mirrored(mutant.path)]
    (copy / mutant.path).write_text(mutant.after, encoding="utf-8")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(copy)}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", *tests]
    try:
        ran = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=LONGEST)
        survived = not tests or ran.returncode == 0
    except subprocess.TimeoutExpired:
        survived = False
    finally:
        (copy / mutant.path).write_text(mutant.before, encoding="utf-8")
    where = f"{mutant.path}:{mutant.line}"
    print(f"{where}: {'NOT NOTICED by ' + (', '.join(tests) or 'any test') if survived else 'noticed'}", flush=True)
    if survived:
        print(mutant.difference, flush=True)
    return survived


if __name__ == "__main__":
    sys.exit(main())
