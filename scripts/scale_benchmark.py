"""Whether one deployment costs more where an account has many: a part of `make bench`.

Each row creates one more deployment beside 1, 10 and 100 others, looks at it, and destroys it. The search for roles is
counted by itself (`roles`): IAM lists roles without their tags, so the tags of those that could be the deployment's are read
one by one.
"""

import json
from collections.abc import Iterator

from bootstrap import sandbox
from bootstrap.operations import FileBackend, Login, configure, connect, create
from scripts.bench import DELAY, INPUTS, Bench, Measured, Row, serving

NAME = "upsolver-data-access"
OTHERS = (1, 10, 100)
ROLES = 990
"""In all: IAM allows 1,000."""
COMPARED = ("calls", "roles", "span")
SEARCH = ("ListRoles", "ListRoleTags")
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def rows(runs: int) -> Iterator[Row]:
    with serving(runs) as bench:
        bench.life(NAME)
        made = 0
        for number in OTHERS:
            bench.delay(0)
            fill(bench, made, number)
            made = number
            yield from beside(bench, f"{number} other{'s' if number > 1 else ''}")
        bench.delay(0)
        iam = bench.client("iam")
        for number in range(ROLES - made):
            iam.create_role(RoleName=f"theirs-{number}", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield from beside(bench, f"{made} others, {ROLES} roles")


def fill(bench: Bench, first: int, last: int) -> None:
    """Creates deployments in this process: the command line would take a second for each."""
    server = sandbox.status(bench.sandbox)
    assert server
    login = Login(region="us-east-1", endpoint=server.url, key_id=server.key_id)
    for number in range(first, last):
        backend = FileBackend(bench.folder / f"other-{number}.json")
        given = {
            "external_id": "bench",
            "trusted_principal": "arn:aws:iam::111122223333:role/bench",
            "bucket": ["bench-data"],
            "role_prefix": f"other-{number}-",
        }
        recipe = configure(NAME, backend, **given)
        with connect(backend, recipe, login=login) as session:
            assert create(session, backend, f"other-{number}", recipe)


def beside(bench: Bench, others: str) -> Iterator[Row]:
    bench.delay(DELAY)
    for verb, run in life(bench):
        roles = sum(any(repr(name) in call.text for name in SEARCH) for call in run.calls)
        figures = {"calls": len(run.calls) - roles, "roles": roles, "depth": run.depth, "span": run.span, "wall": run.wall}
        yield f"{verb} beside {others}", figures


def life(bench: Bench) -> Iterator[tuple[str, Measured]]:
    yield "create", bench.verb("create", "--integration", NAME, *INPUTS[NAME], "--yes", "--name", "one")
    yield "status", bench.verb("status", "--name", "one")
    yield "destroy", bench.verb("destroy", "--name", "one", "--yes")
