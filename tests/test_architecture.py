"""Who may import whom, and a few rules that no linter knows. Each complaint names the file and what is wrong in it."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 300


@dataclass(frozen=True)
class Rule:
    """What a room may import: of ours, rooms or modules of them (`=room` is its `__init__` alone), and of others."""

    ours: str
    others: str = ""


RULES = {
    "": Rule(""),
    "__main__": Rule("cli"),
    "errors": Rule(""),
    "user_files": Rule(""),
    "core": Rule("core errors"),
    "permissions": Rule("permissions core errors"),
    "aws": Rule("aws permissions core errors", "botocore.exceptions"),
    "aws/client": Rule("=bootstrap aws permissions core errors", "botocore"),
    "aws/credentials": Rule("aws errors", "awscrt boto3 botocore"),
    "aws/sdk": Rule("", "boto3"),
    "resources": Rule("resources permissions core aws/errors aws/redaction errors", "botocore.exceptions"),
    "resources/ec2/key_pair": Rule("resources core aws/errors errors", "cryptography"),
    "integrations": Rule("integrations resources permissions core errors user_files"),
    "integrations/fleets": Rule("fleet core errors"),
    "fleet": Rule("fleet export resources permissions core errors"),
    "engine": Rule("engine aws permissions core =resources errors", "botocore.exceptions"),
    "checks": Rule("checks engine aws permissions core errors", "botocore.exceptions"),
    "discovery": Rule("discovery engine aws permissions core =resources errors"),
    "backends": Rule("backends permissions core errors"),
    "backends/bucket": Rule("backends aws permissions core errors", "botocore.exceptions"),
    "contract": Rule(
        "contract discovery checks engine aws permissions core sandbox backends resources integrations errors",
        "botocore moto",
    ),
    "export": Rule("export resources permissions core errors"),
    "drafts": Rule("drafts integrations permissions core errors"),
    "drafts/source": Rule("aws/installation core errors", "yaml"),
    "views": Rule("views permissions core errors", "rich"),
    "views/guide": Rule("views", "rich markdown_it"),
    "sandbox": Rule(
        "sandbox permissions core aws/installation backends/private_files errors", "boto3 botocore moto werkzeug xmltodict"
    ),
    "operations": Rule(
        "=bootstrap operations export fleet discovery checks engine aws permissions core backends integrations =resources "
        "errors user_files"
    ),
    "cli": Rule(
        "cli contract drafts fleet operations =bootstrap aws/redaction aws/call_log core views backends integrations "
        "sandbox errors user_files",
        "typer rich click",
    ),
}
PURE = ("core/", "permissions/")
IMPURE = {"os", "time", "pathlib", "io", "subprocess", "socket", "threading", "tempfile", "random", "uuid", "logging"}
MAY_PRINT = ("views/", "cli/", "sandbox/server.py")
DOORS = ("views/screen.py", "views/permission_table.py", "cli/terminal.py")
"""What shows values that others chose: only here are they put on a screen, so that each is made visible."""
PASSES_BY = {
    "typer.echo",
    "typer.secho",
    "typer.prompt",
    "typer.confirm",
    "sys.stdout.write",
    "sys.stderr.write",
    "Console",
    "Text",
}
KNOWS_THE_WAY = ("core/account.py", "backends/bucket.py")
"""What adds the profile, region and endpoint to the commands of the AWS CLI."""
VERBS = (
    "create|plan|adopt|approve|check|review|destroy|recover|status|outputs|export|integrations|permissions|lint|state|sandbox|"
    "docs|--"
)
COMMAND = re.compile(
    rf"\bbootstrap +(?:{VERBS})|(?<!state )\b(?:aws|chmod|cp|curl|docker|export|kill|mv|pip|rm|scp|ssh|sudo) +[a-z{{/~.'-]"
)
"""What a text holds that tells somebody to type something."""
MAY_HOLD_COMMANDS = {
    "core/commands.py": "",
    "integrations/biomodal/first_boot.py": "",  # scripts for machines of its own
    "integrations/biomodal/inputs.py": "(see bootstrap integrations)",  # help
    "integrations/files/problems.py": "(see bootstrap integrations)",
    "integrations/biomodal/grants.py": "docker push asks",  # a vendor's reason
    "integrations/biomodal/deviations.py": "docker push fails",
}


@dataclass(frozen=True)
class Import:
    """`name` in full, `lazy` when it is inside of a function or for the type checker only."""

    name: str
    line: int
    lazy: bool


def sources(*folders: str) -> dict[str, str]:
    """The text of each Python file, by its path from the root of the repository."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in found}


def imports(source: str, modules: frozenset[str] = frozenset()) -> Iterator[Import]:
    """All imports of a file. `from a import b` is a.b when that is one of `modules`, else a."""
    yield from _imports(ast.parse(source), modules, lazy=False)


def _imports(node: ast.AST, modules: frozenset[str], *, lazy: bool) -> Iterator[Import]:
    match node:
        case ast.Import():
            yield from (Import(item.name, node.lineno, lazy) for item in node.names)
        case ast.ImportFrom():
            base = "." * node.level + (node.module or "")
            for item in node.names:
                full = f"{base}.{item.name}"
                yield Import(full if full in modules or base == "unittest" else base, node.lineno, lazy)
        case _:
            inside = isinstance(node, ast.FunctionDef) or (
                isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
            )
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, modules, lazy=lazy or inside)


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def rule_of(path: str) -> Rule | None:
    inside = module_of(path).removeprefix("bootstrap").removeprefix(".").replace(".", "/")
    while inside not in RULES and "/" in inside:
        inside = inside.rpartition("/")[0]
    return RULES.get(inside)


def is_within(part: str, allowed: str) -> bool:
    """Whether a module, as "room/module", is one of those that a rule names."""
    return any(part == word.removeprefix("=") or (part.startswith(f"{word}/")) for word in allowed.split())


def complaints(path: str, source: str, modules: frozenset[str] = frozenset()) -> Iterator[str]:
    """What breaks a rule of the architecture in one file of `bootstrap/`."""
    inside = path.removeprefix("bootstrap/")
    rule = rule_of(path)
    if rule is None:
        yield f"{path} has no rule: say in RULES what it may import"
        return
    for item in imports(source, modules):
        top, _, rest = item.name.partition(".")
        part = rest.replace(".", "/") or "bootstrap"
        where = f"{path}:{item.line} imports {item.name}"
        if top == "bootstrap":
            if not is_within(part, rule.ours):
                yield f"{where}; it may import {rule.ours or 'nothing'} of bootstrap"
        elif top in sys.stdlib_module_names:
            if inside.startswith(PURE) and top in IMPURE:
                yield f"{where}; core and permissions are pure"
        elif not any(item.name == name or item.name.startswith(f"{name}.") for name in rule.others.split()):
            yield f"{where}; of other packages it may import {rule.others or 'nothing'}"
    for node in ast.walk(ast.parse(source)):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id
        if named == "print" and not inside.startswith(MAY_PRINT):
            yield f"{path}:{node.lineno} prints; only views, cli and the sandbox's server do"  # type: ignore[attr-defined]
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if called in PASSES_BY and not inside.startswith((*DOORS, "sandbox/")):
            yield f"{path}:{node.lineno} calls {called}; only {', '.join(DOORS)} do"  # type: ignore[attr-defined]
        if called == "commands.aws" and inside not in KNOWS_THE_WAY and not says_where(node):
            yield f"{path}:{node.lineno} prints a command without a profile; Account.aws has it"  # type: ignore[attr-defined]
        if called in ("commands.bootstrap", "bootstrap") and not leads_somewhere(node):
            yield f"{path}:{node.lineno} prints a command without flags, which lead to the deployment"  # type: ignore[attr-defined]
    yield from (f"{path}:{line} {what}; commands.py builds commands" for line, what in built_by_hand(inside, source))
    if (length := len(source.splitlines())) > LONGEST:
        yield f"{path} has {length} lines; split it, {LONGEST} is the most"


def says_where(node: ast.AST) -> bool:
    """Whether a command of the AWS CLI names a profile, or is about this machine's settings."""
    assert isinstance(node, ast.Call)
    first = node.args[0] if node.args else None
    local = isinstance(first, ast.Constant) and first.value in ("configure", "sso")
    return local or any(each.arg == "profile" for each in node.keywords)


def leads_somewhere(node: ast.AST) -> bool:
    """Whether a command of ours has the flags that lead to the same deployment, or needs none."""
    assert isinstance(node, ast.Call)
    first = node.args[0] if node.args else None
    local = isinstance(first, ast.Constant) and first.value in ("integrations", "lint", "docs")
    return local or any(each.arg == "flags" for each in node.keywords)


def built_by_hand(inside: str, source: str) -> Iterator[tuple[int, str]]:
    """Where a file puts a command together by itself, in which a name of somebody else could stand."""
    allowed = MAY_HOLD_COMMANDS.get(inside)
    if allowed == "":
        return
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    unseen = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    unseen |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        match node:
            case ast.Import() if any(item.name == "shlex" for item in node.names):
                yield node.lineno, "imports shlex"
            case (
                ast.List(elts=[ast.Constant(value="bootstrap"), *_]) | ast.Tuple(elts=[ast.Constant(value="bootstrap"), *_])
            ):
                yield node.lineno, "lists the words of a command"
            case ast.Constant(value=str()) | ast.JoinedStr() if id(node) not in unseen:
                text = text_of(node)
                if (found := COMMAND.search(text)) and not (allowed and allowed in text):
                    yield node.lineno, f"holds {text[found.start() : found.end() + 20]!r}"


def text_of(node: ast.Constant | ast.JoinedStr) -> str:
    """The text, with {} for what an f-string puts in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)


PACKAGE = sources("bootstrap")
MODULES = frozenset(module_of(path) for path in PACKAGE)


@pytest.mark.parametrize("path", PACKAGE)
def test_a_file_keeps_to_the_architecture(path: str) -> None:
    assert list(complaints(path, PACKAGE[path], MODULES)) == []


def edges(path: str) -> set[str]:
    """The modules of ours that a file imports when it is itself imported."""
    return {item.name for item in imports(PACKAGE[path], MODULES) if not item.lazy and item.name in MODULES}


def test_modules_do_not_import_each_other_in_circles() -> None:
    try:
        TopologicalSorter({module_of(path): edges(path) for path in PACKAGE}).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' -> '.join(error.args[1])}")


def room_of(part: str) -> str:
    """The room of a rule's path or of a word in it; "" for what is loose in the package."""
    room = part.removeprefix("=").partition("/")[0]
    return "" if room == "bootstrap" else room


def test_no_room_imports_one_that_imports_it() -> None:
    """By the rules themselves: arrows between rooms only run down."""
    rooms: dict[str, set[str]] = {}
    for path, rule in RULES.items():
        rooms.setdefault(room_of(path), set()).update(map(room_of, rule.ours.split()))
    try:
        TopologicalSorter({room: others - {room} for room, others in rooms.items()}).prepare()
    except CycleError as error:
        pytest.fail(f"rooms import each other: {' -> '.join(error.args[1])}")


def test_help_does_not_pay_for_boto3() -> None:
    """Neither module, nor one that it imports, may import boto3 or botocore before a function needs it."""
    seen, todo = set[str](), ["bootstrap.cli", "bootstrap.cli.app"]
    of = {module_of(path): path for path in PACKAGE}
    while todo:
        module = todo.pop()
        seen.add(module)
        todo += edges(of[module]) - seen
    heavy = [
        f"{of[module]}:{item.line} imports {item.name}"
        for module in sorted(seen)
        for item in imports(PACKAGE[of[module]])
        if not item.lazy and item.name.partition(".")[0] in ("boto3", "botocore", "moto")
    ]
    assert heavy == []


def test_nobody_mocks() -> None:
    found = [
        f"{path}:{item.line} imports {item.name}"
        for path, source in sources("bootstrap", "tests", "scripts").items()
        for item in imports(source)
        if item.name.startswith(("unittest.mock", "mock", "pytest_mock"))
    ]
    assert found == []


BROKEN: dict[str, tuple[str, str, str]] = {
    "core with boto3": ("core/x.py", "import boto3", "bootstrap/core/x.py:1 imports boto3; of other packages"),
    "core with botocore inside of a function": ("core/x.py", "def f():\n    from botocore import a", ":2 imports botocore;"),
    "core with rich": ("core/x.py", "from rich.text import Text", "imports rich.text"),
    "core with os": ("core/x.py", "import os.path", "imports os.path; core and permissions are pure"),
    "core with time": ("core/x.py", "from time import sleep", "imports time; core and permissions are pure"),
    "core with aws": (
        "core/x.py",
        "from bootstrap.aws.client import Aws",
        "imports bootstrap.aws.client; it may import core errors",
    ),
    "core with aws as a module": ("core/x.py", "from bootstrap.aws import client", "imports bootstrap.aws.client;"),
    "core with a relative import": ("core/x.py", "from .graph import Graph", "imports .graph;"),
    "core that prints": ("core/x.py", "\nprint('a')", "bootstrap/core/x.py:2 prints"),
    "a view with resources": (
        "views/x.py",
        "from bootstrap.resources.iam.role import IamRole",
        "bootstrap.resources.iam.role",
    ),
    "an integration with aws": ("integrations/x.py", "from bootstrap.aws.client import Aws", "imports bootstrap.aws"),
    "an integration with botocore": ("integrations/x.py", "import botocore.exceptions", "may import nothing"),
    "a resource with boto3": ("resources/x.py", "import boto3", "may import botocore.exceptions"),
    "a resource with a session": ("resources/x.py", "import botocore.session", "may import botocore.exceptions"),
    "a resource with an integration": ("resources/x.py", "import bootstrap.integrations", "imports bootstrap.integrations"),
    "a backend with aws": ("backends/file.py", "from bootstrap.aws.client import Aws", "imports bootstrap.aws"),
    "the executor with resources": (
        "engine/executor.py",
        "import bootstrap.resources.iam.role",
        "imports bootstrap.resources.iam.role",
    ),
    "the executor with boto3": ("engine/executor.py", "import boto3", "may import botocore.exceptions"),
    "the engine with a view": (
        "engine/prepare.py",
        "from bootstrap.views.text import TextView",
        "imports bootstrap.views.text",
    ),
    "the command line with boto3": ("cli/x.py", "def f():\n    import boto3", "imports boto3"),
    "the command line with the engine": ("cli/x.py", "from bootstrap.engine import prepare", "imports bootstrap.engine"),
    "the command line with botocore": ("cli/x.py", "from botocore.exceptions import ClientError", "botocore.exceptions"),
    "errors with anything": ("errors.py", "from bootstrap.core.plan import Plan", "may import nothing of bootstrap"),
    "discovery with an integration": (
        "discovery/x.py",
        "from bootstrap.integrations import integrations",
        "imports bootstrap.integrations",
    ),
    "a resource with rich": ("resources/x.py", "import rich", "imports rich"),
    "an engine that prints": ("engine/x.py", "def f():\n    print()", "bootstrap/engine/x.py:2 prints"),
    "the sandbox's client part that prints": ("sandbox/__init__.py", "print()", "prints"),
    "a part of the package that is new": ("helpers.py", "", "bootstrap/helpers.py has no rule"),
    "a command": ("discovery/receipts.py", 'a = "Run: bootstrap destroy"', "receipts.py:1 holds 'bootstrap destroy'"),
    "a command with a name in it": ("core/x.py", 'a = f"aws s3 mb {b}"', ":1 holds 'aws s3 mb {}'"),
    "a command with a name for its first word": ("core/x.py", 'a = f"Run: kill {pid}"', ":1 holds 'kill {}'"),
    "a command in parts": ("core/x.py", 'a = ["bootstrap", "status", b]', ":1 lists the words of a command"),
    "a command for any account": ("core/x.py", 'a = commands.aws("ec2", "x", region=b)', ":1 prints a command without a"),
    "a command for any place": (
        "core/x.py",
        'a = commands.bootstrap("status", name=b)',
        ":1 prints a command without flags",
    ),
    "a command with quotes of its own": ("core/x.py", "import shlex", ":1 imports shlex"),
    "a verb that prints by itself": ("cli/x.py", "typer.echo(name)", ":1 calls typer.echo; only views/screen.py"),
    "a view with text of its own": ("views/x.py", "yield Text(name)", ":1 calls Text; only views/screen.py"),
    "a long file": ("core/x.py", "\n" * 301, "bootstrap/core/x.py has 301 lines"),
}


@pytest.mark.parametrize(("path", "source", "complaint"), BROKEN.values(), ids=BROKEN)
def test_the_rules_notice(path: str, source: str, complaint: str) -> None:
    [found] = complaints(f"bootstrap/{path}", source, MODULES)
    assert complaint in found


FINE: dict[str, tuple[str, str]] = {
    "core of core": ("core/x.py", "from bootstrap.core.graph import Graph\nfrom bootstrap.errors import UsageError"),
    "a backend in S3": (
        "backends/bucket.py",
        "from bootstrap.aws.client import Aws\nfrom botocore.exceptions import ClientError",
    ),
    "error classes in a resource": ("resources/x.py", "from botocore.exceptions import ClientError"),
    "a view with rich": ("views/x.py", "from rich.console import Console\nprint()"),
    "the command line with operations": ("cli/x.py", "import typer\nfrom bootstrap.operations import create\nprint()"),
    "a command that is built": ("core/x.py", 'a = commands.bootstrap("status", name=b, flags=c)'),
    "a command with a profile": ("core/x.py", 'a = commands.aws("ec2", "x", profile=b)'),
    "a command for this machine": ("core/x.py", 'a = commands.aws("configure", "list-profiles")'),
    "a command in a docstring": ("core/x.py", 'def f():\n    """As bootstrap status."""'),
    "prose": ("core/x.py", 'a = "bootstrap did not make it", f"state rm {name}"'),
    "300 lines": ("core/x.py", "\n" * 300),
}


@pytest.mark.parametrize(("path", "source"), FINE.values(), ids=FINE)
def test_the_rules_allow(path: str, source: str) -> None:
    assert list(complaints(f"bootstrap/{path}", source, MODULES)) == []


def test_imports_for_the_type_checker_and_inside_of_functions_are_lazy() -> None:
    source = (
        "import a\nif TYPE_CHECKING:\n    import b\ndef f():\n    import c\nclass D:\n    def g(self):\n        import e\n"
    )
    assert [(item.name, item.lazy) for item in imports(source)] == [("a", False), ("b", True), ("c", True), ("e", True)]


@pytest.mark.parametrize("path", sorted(sources("bootstrap/resources")))
def test_no_resource_advises_a_destroy(path: str) -> None:
    """A `create` takes old things away as well: who then typed destroy would lose all that is still wanted."""
    assert not re.search("[Rr]un destroy", sources("bootstrap/resources")[path])
