"""Whether one deployment costs more where an account has many: `make bench` runs it after benchmark.py.

Each row creates one more deployment beside 1, 10 and 100 others, looks at it, and destroys it. The search for roles is
counted by itself (`roles`): IAM lists roles without their tags, so the tags of those that could be the deployment's are read
one by one.
"""

import argparse
import json
from collections.abc import Iterator

from bootstrap import sandbox
from bootstrap.operations import FileBackend, Login, configure, connect, create
from scripts.benchmark import DELAY, INPUTS, Bench, Measured, serving

NAME = "upsolver-data-access"
OTHERS = (1, 10, 100)
ROLES = 990
"""In all: IAM allows 1,000."""
SEARCH = ("ListRoles", "ListRoleTags")
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    heads = ("calls", "roles", "depth", "span", "wall")
    print(f"{'beside':<40}" + "".join(f"{head:>8}" for head in heads))
    with serving(1) as bench:
        bench.life(NAME)
        made = 0
        for number in OTHERS:
            bench.delay(0)
            fill(bench, made, number)
            made = number
            rows(bench, f"{number} other{'s' if number > 1 else ''}")
        bench.delay(0)
        iam = bench.client("iam")
        for number in range(ROLES - made):
            iam.create_role(RoleName=f"theirs-{number}", AssumeRolePolicyDocument=json.dumps(TRUST))
        rows(bench, f"{made} others, {ROLES} roles")


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


def rows(bench: Bench, beside: str) -> None:
    bench.delay(DELAY)
    for verb, run in life(bench):
        roles = sum(any(repr(name) in call.text for name in SEARCH) for call in run.calls)
        figures = f"{len(run.calls) - roles:>8}{roles:>8}{run.depth:>8}{run.span:>8.2f}{run.wall:>8.2f}"
        print(f"{f'{verb}, {beside}':<40}{figures}", flush=True)


def life(bench: Bench) -> Iterator[tuple[str, Measured]]:
    yield "create", bench.verb("create", "--integration", NAME, *INPUTS[NAME], "--yes", "--name", "one")
    yield "status", bench.verb("status", "--name", "one")
    yield "destroy", bench.verb("destroy", "--name", "one", "--yes")


if __name__ == "__main__":
    main()
