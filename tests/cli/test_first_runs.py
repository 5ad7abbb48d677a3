"""What a test gets that begins with the create of others (`support/first_runs.py`) is what a create of its own makes."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from bootstrap.contract.world import differing, shape
from tests.cli.conftest import INPUTS, Bootstrap, Ran, make_buckets, tree
from tests.conftest import MakeScope
from tests.support import snapshots
from tests.support.deployments import everything_in
from tests.support.first_runs import FirstRuns
from tests.support.wire import Wire

VENDORS = ["upsolver-vpc", "biomodal-duet"]


@pytest.mark.parametrize("name", VENDORS)
def test_a_create_that_is_put_back_is_that_create_and_is_destroyed_as_it(
    name: str, cloud: Wire, in_process: Bootstrap, scope: MakeScope, tmp_path_factory: pytest.TempPathFactory
) -> None:
    line = f"create --integration {name} {INPUTS[name]} --yes"
    first_runs, runs = FirstRuns[Ran](tmp_path_factory.mktemp("kept")), 0

    def run() -> Ran:
        nonlocal runs
        runs += 1
        return in_process(line)

    def begin() -> Ran:
        cloud.calls.clear()  # else it would be no first run
        return first_runs.run(line, cloud, run)

    ran, made, folder = begin(), everything_in(scope()), modes()
    before = gone(in_process, scope)
    second = begin()
    found, content = everything_in(scope()), tree(Path.cwd())
    assert gone(in_process, scope) == before
    third = begin()
    assert runs == 2
    assert (third, differing(everything_in(scope()), found), tree(Path.cwd())) == (second, [], content)
    assert (third.code, differing(shape(found), shape(made)), modes()) == (ran.code, [], folder)
    assert in_process(f"plan --integration {name} --detailed-exitcode").code == 0
    assert gone(in_process, scope) == before


def gone(bootstrap: Bootstrap, scope: MakeScope) -> dict[str, Any]:
    """What is there after a destroy; its folder is empty again."""
    assert bootstrap("destroy --yes").code == 0
    shutil.rmtree(".bootstrap")
    return everything_in(scope())


def test_what_is_done_to_one_copy_is_not_in_the_next(cloud: Wire, scope: MakeScope) -> None:
    make_buckets("raw-data")
    empty = snapshots.taken()
    iam, s3 = scope().client("iam"), scope().client("s3")
    iam.create_role(RoleName="ours", AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName="ours", PolicyArn=POLICY)
    s3.create_bucket(Bucket="ours")
    whole = snapshots.taken()
    for _ in range(2):
        empty.put_back()
        assert held(scope) == ([], ["raw-data"], 0)
        whole.put_back()
        assert held(scope) == (["ours"], ["raw-data", "ours"], 1)
        iam.detach_role_policy(RoleName="ours", PolicyArn=POLICY)
        iam.delete_role(RoleName="ours")
        s3.delete_bucket(Bucket="ours")


POLICY = "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"


def held(scope: MakeScope) -> tuple[list[str], list[str], int]:
    iam, s3 = scope().client("iam"), scope().client("s3")
    roles = [item["RoleName"] for item in iam.list_roles()["Roles"]]
    return (
        roles,
        [item["Name"] for item in s3.list_buckets()["Buckets"]],
        iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"],
    )


def modes() -> dict[str, int]:
    return {str(path): path.stat().st_mode for path in Path.cwd().rglob("*")}
