"""Real processes that are killed (-9) at a call of whatever integration, before it has its effect or before its answer."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.scope import Scope
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.owner import OWNER_TAGS, Owner
from tests.cli.conftest import BUCKET, VPC, Bootstrap
from tests.conftest import FAST
from tests.support.advised import DESTROY, create
from tests.support.inputs import WAYS, each_part
from tests.support.processes import Cloud, Process, killed, serving, until
from tests.support.wire import Wire
from tests.support.worlds import World

each_way = pytest.mark.parametrize("way", WAYS)
each_end = pytest.mark.parametrize("effect", [False, True], ids=["before", "after"])


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with serving(tmp_path_factory.mktemp("sandbox")) as cloud:
        yield cloud


@pytest.fixture
def world(way: str, sandbox: Cloud, tmp_path: Path) -> Iterator[World]:
    sandbox.share_with(tmp_path)
    login = Login(endpoint=sandbox.server.url, key_id=sandbox.server.key_id, region=EXAMPLE.region)
    connection = Aws({DEFAULT: login}, FAST)
    yield World(WAYS[way], Scope(connection, EXAMPLE, Owner("test", "thing", "0123456789abcdef")), Wire())
    connection.close()


def life(way: str, at: int, world: World, sandbox: Cloud, bootstrap: Bootstrap, folder: Path, *, effect: bool) -> bool:
    """Killed in the create, made whole, killed in the destroy, and gone. Whether there was a call to be killed at."""
    world.life_begins()
    line, gone = (f"{each} --sandbox" for each in (create(way), DESTROY))
    came = killed(line, at, sandbox, folder, effect=effect)
    again = bootstrap(line)
    assert again.code == 0, again.err
    world.is_whole()
    came |= killed(gone, at, sandbox, folder, effect=effect)
    if Path(".bootstrap/sandbox/deployments/test.json").exists():
        ended = bootstrap(gone)
        assert ended.code == 0, ended.err
    world.is_as_before()
    return came


@each_part
def test_killed_in_the_middle_it_is_repaired_by_the_same_command(
    way: str, world: World, sandbox: Cloud, in_process: Bootstrap, tmp_path: Path
) -> None:
    assert life(way, 3, world, sandbox, in_process, tmp_path, effect=True)


@pytest.mark.torture
@each_way
@each_end
def test_killed_at_any_call_it_is_repaired_by_the_same_command(
    way: str, effect: bool, world: World, sandbox: Cloud, in_process: Bootstrap, tmp_path: Path
) -> None:
    for at in count(1):
        if not life(way, at, world, sandbox, in_process, tmp_path, effect=effect):
            break
    assert at > 3


@each_end
def test_an_adopt_that_is_killed_goes_on_with_the_same_command(
    effect: bool, sandbox: Cloud, in_process: Bootstrap, tmp_path: Path
) -> None:
    """A second operator has to wait for the first one."""
    sandbox.share_with(tmp_path)
    state = Path(".bootstrap/sandbox/deployments/upsolver-vpc.json")
    line, before = f"adopt {VPC} --sandbox --yes", sandbox.names()
    assert in_process(f"create {VPC} --sandbox --yes").code == 0
    state.unlink()
    sandbox.iam.untag_role(RoleName="UpsolverRole", TagKeys=[*OWNER_TAGS])
    sandbox.s3.delete_bucket_tagging(Bucket=BUCKET)
    sandbox.hold_one(1)
    process = Process(line, tmp_path)
    until(lambda: sandbox.holds or process.popen.poll() is not None, "it is held, or ends")
    locked = in_process(line)
    assert (locked.code, "another run uses" in locked.err) == (1, True), locked.err
    process.kill()
    sandbox.go_on() if effect else sandbox.drop()
    sandbox.settle()
    again = in_process(line)
    assert again.code == 0, again.err
    assert in_process(f"plan {VPC} --sandbox --detailed-exitcode").code == 0
    assert in_process("destroy --sandbox --yes").code == 0
    assert sandbox.names() == before
