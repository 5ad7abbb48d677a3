"""What is odd about S3: answers that get lost, others who write at the same time, whose bucket it is, what it is set to."""

import gzip
import json
import os
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.backends.address import S3Address, s3_address
from bootstrap.backends.bucket import TRIES, Bucket
from bootstrap.backends.s3 import S3Backend
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.state import State
from bootstrap.errors import CredentialsError, Interrupted, StateChanged, StateError, StateLocked
from tests.support.stores import BUCKET, NEW, with_record
from tests.support.wire import Call, Carry, Wire, answer, error_answer

KEY = "team/prod.json"
VERSIONED = {"Status": "Enabled"}
OTHER = "210987654321"
SDK_TRIES = 10


@pytest.fixture
def s3(cloud: Wire, connections: Callable[[str], Aws]) -> Any:
    """The bucket's owner, who has made it as it should be."""
    client = connections("us-east-1").client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=VERSIONED)
    return client


Make = Callable[..., S3Backend]


@pytest.fixture
def make(s3: Any, connections: Callable[[str], Aws]) -> Make:
    """Makes one that nobody else uses: `make(account=...)`."""

    def make(bucket: str = BUCKET, account: str | None = None, flags: tuple[str, ...] = ()) -> S3Backend:
        login = Login(region="us-east-1")
        return S3Backend(Bucket(S3Address(bucket, KEY, account), login, connections("us-east-1")), KEY, flags)

    return make


@pytest.fixture
def backend(make: Make) -> S3Backend:
    return make()


def content(s3: Any, key: str = KEY) -> dict[str, Any]:
    return dict(json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def lock_in(s3: Any) -> dict[str, Any]:
    return content(s3, f"{KEY}.lock")


@contextmanager
def held(backend: S3Backend) -> Iterator[None]:
    with backend.lock("create prod"):
        yield


def written_by_another(s3: Any, state: State) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=state.to_json().encode())


# Answers that get lost


def test_a_save_whose_answer_got_lost_is_a_save(backend: S3Backend, s3: Any, cloud: Wire) -> None:
    first = backend.save(NEW)
    cloud.lose_answer("PutObject")
    second = backend.save(with_record(first))
    assert cloud.names.count("s3.PutObject") == 3
    assert content(s3)["serial"] == second.serial == 2
    assert backend.save(second).serial == 3


def test_a_first_save_whose_answer_got_lost_is_a_save(backend: S3Backend, s3: Any, cloud: Wire) -> None:
    cloud.lose_answer("PutObject")
    assert backend.save(NEW).serial == content(s3)["serial"] == 1


def test_the_same_content_of_another_run_is_not_taken_for_our_own(make: Make, s3: Any, cloud: Wire) -> None:
    """Two creates with the same inputs begin with the same save; only one of them may go on."""
    first = make().save(NEW)
    slow, fast = make(), make()
    slow.load(), fast.load()
    fast.save(with_record(first))
    with pytest.raises(StateChanged, match=f"the state s3://{BUCKET}/{KEY} was changed by another run"):
        slow.save(with_record(first))


def never_answered(cloud: Wire) -> None:
    """The next request has its effect, and it and all the SDK's further tries get no answer."""
    cloud.lose_answer("PutObject")
    cloud.refuse("PutObject", "ServiceUnavailable", status=503, times=SDK_TRIES - 1)


def test_the_next_save_goes_over_one_of_ours_that_was_written_without_an_answer(backend: S3Backend, cloud: Wire) -> None:
    first = backend.save(NEW)
    never_answered(cloud)
    with pytest.raises(StateError, match=r"cannot write s3://.*ServiceUnavailable"):
        backend.save(with_record(first))
    later = backend.save(with_record(with_record(first)))
    assert backend.load() == later


def test_a_lock_whose_answer_got_lost_is_held_and_given_back(backend: S3Backend, s3: Any, cloud: Wire) -> None:
    cloud.lose_answer("PutObject")
    cloud.lose_answer("DeleteObject")
    with backend.lock("create prod"):
        assert lock_in(s3)["doing"] == "create prod"
    assert keys(s3) == []


def test_a_lock_that_was_written_without_an_answer_is_taken_back(backend: S3Backend, s3: Any, cloud: Wire) -> None:
    never_answered(cloud)
    with pytest.raises(StateError, match="ServiceUnavailable"), backend.lock("create prod"):
        pytest.fail("nobody said that the lock is held")
    assert keys(s3) == []


def test_a_removal_whose_answer_got_lost_is_one(backend: S3Backend, s3: Any, cloud: Wire) -> None:
    backend.save(NEW)
    cloud.lose_answer("DeleteObject")
    backend.remove()
    assert keys(s3) == []


# Others who write


def test_what_another_wrote_since_is_not_overwritten(backend: S3Backend, s3: Any) -> None:
    first = backend.save(NEW)
    written_by_another(s3, replace(first, serial=9))
    with pytest.raises(StateChanged, match="was changed by another run"):
        backend.save(with_record(first))
    assert content(s3)["serial"] == 9


def test_what_another_wrote_since_is_not_removed(backend: S3Backend, s3: Any) -> None:
    first = backend.save(NEW)
    written_by_another(s3, replace(first, serial=9))
    with pytest.raises(StateChanged, match="was changed by another run"):
        backend.remove()
    assert content(s3)["serial"] == 9


def test_a_state_that_another_deleted_is_not_brought_back(backend: S3Backend, s3: Any) -> None:
    first = backend.save(NEW)
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    with pytest.raises(StateChanged, match="was changed by another run"):
        backend.save(with_record(first))
    assert keys(s3) == []


def test_a_run_whose_lock_was_taken_away_does_no_harm(make: Make, s3: Any) -> None:
    asleep, awake = make(), make()
    with held(asleep):
        first = asleep.save(NEW)
        awake.unlock(lock_in(s3)["id"])
        with awake.lock("destroy prod"):
            awake.load()
            awake.save(with_record(first))
            with pytest.raises(StateChanged):
                asleep.save(first)
            theirs = lock_in(s3)
            with pytest.raises(StateLocked, match="destroy prod by"), held(make()):
                pytest.fail("two hold the lock")
            assert lock_in(s3) == theirs


def test_the_end_of_a_run_leaves_the_lock_of_the_next_one(make: Make, s3: Any) -> None:
    next_one = make().lock("destroy prod")
    with held(make()):
        make().unlock(lock_in(s3)["id"])
        next_one.__enter__()
    assert lock_in(s3)["doing"] == "destroy prod"
    next_one.__exit__(None, None, None)


def test_a_conflict_that_passes_is_tried_again(backend: S3Backend, cloud: Wire) -> None:
    for operation in ("PutObject", "DeleteObject"):
        cloud.refuse(operation, "ConditionalRequestConflict", status=409, times=2)
    with backend.lock("create prod"):
        backend.save(NEW)
    assert backend.load() == replace(NEW, serial=1)


def test_a_conflict_that_does_not_pass_is_an_error(backend: S3Backend, cloud: Wire) -> None:
    cloud.refuse("PutObject", "ConditionalRequestConflict", status=409, times=TRIES)
    with pytest.raises(StateError, match="others write at the same time"):
        backend.save(NEW)


# The lock


def test_the_refused_one_is_told_how_to_take_the_lock_of_a_dead_run_away(make: Make, s3: Any) -> None:
    with held(make()):
        with pytest.raises(StateLocked) as refused, make(flags=("--profile", "work")).lock("destroy prod"):
            pytest.fail("two hold the lock")
        told = f"Only if that run is dead: bootstrap state unlock {lock_in(s3)['id']} --state s3://{BUCKET}/{KEY}"
        assert refused.value.advice.endswith(f"{told} --profile work")


def test_a_lock_is_only_taken_away_by_its_id(make: Make, s3: Any) -> None:
    with held(make()):
        with pytest.raises(StateError, match=r"is not 0123456789ab; it is .*: create prod by"):
            make().unlock("0123456789ab")
        make().unlock(lock_in(s3)["id"])
        assert keys(s3) == []
    with pytest.raises(StateError, match="is not locked"):
        make().unlock("0123456789ab")


GOOD_LOCK = {"id": "0123456789ab", "doing": "create prod", "user": "ann", "host": "mars", "pid": 7, "since": "today"}


def spoilt_lock(**fields: Any) -> bytes:
    return json.dumps(GOOD_LOCK | fields).encode()


NO_LOCKS = {
    "text": b"keep out",
    "nothing": b"",
    "a list": b"[1]",
    "null": b"null",
    "no UTF-8": b"\xff\xfe\x00",
    "nested for ever": b"[" * 100_000,
    "longer than any lock": b" " * 2_000_000,
    "an id that is a list": spoilt_lock(id=["0123456789ab"]),
    "an id that is a number": spoilt_lock(id=7),
    "an id that is null": spoilt_lock(id=None),
    "an id that is an option": spoilt_lock(id="--yes"),
    "an id of two lines": spoilt_lock(id="a\nb"),
    "an id that is empty": spoilt_lock(id=""),
    "an id that is long": spoilt_lock(id="a" * 3000),
    "a process that is text": spoilt_lock(pid="7"),
    "a process that there cannot be": spoilt_lock(pid=10**400),
    "a process with more digits than a number has": b'{"pid": ' + b"9" * 5000 + b"}",
    "a user that is a table": spoilt_lock(user={}),
    "words for the terminal": spoilt_lock(doing="\x1b[2Jcreate"),
    "words of two lines": spoilt_lock(doing="create\nRun: rm -rf ~"),
    "words that run backwards": spoilt_lock(host="\u202emars"),
    "half a character": spoilt_lock(since="\ud800"),
    "a field too many": spoilt_lock(more=1),
    "a field too few": b'{"id": "0123456789ab"}',
}


@pytest.mark.parametrize("content", NO_LOCKS.values(), ids=NO_LOCKS)
def test_what_is_no_lock_of_ours_locks_too_and_the_command_that_is_printed_takes_it_away(
    content: bytes, make: Make, s3: Any
) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.lock", Body=content)
    with pytest.raises(StateLocked) as refused, held(make()):
        pytest.fail("it is locked")
    assert refused.value.message == f"another run uses s3://{BUCKET}/{KEY}: somebody whose lock cannot be read"
    command = shlex.split(refused.value.advice.rpartition(": ")[2])
    lock_id = command[command.index("unlock") + 1]
    assert lock_id.isalnum()
    with pytest.raises(StateError, match="is not 0123456789ab; it is"):
        make().unlock("0123456789ab")
    make().unlock(lock_id)
    assert keys(s3) == []


def test_the_lock_that_the_spoilt_ones_are_made_from_can_be_read(make: Make, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.lock", Body=spoilt_lock())
    with pytest.raises(StateLocked, match=r"create prod by ann on mars \(process 7\) since today"), held(make()):
        pytest.fail("it is locked")


@pytest.mark.parametrize("name", ["\x1b[2Jann", "ann\nRun: rm -rf ~", "a" * 3000])
def test_a_user_with_an_odd_name_holds_a_lock_that_others_can_read(
    name: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", name)
    with held(make()), pytest.raises(StateLocked, match=r"create prod by (\?\[2J)?a[na]"), held(make()):
        pytest.fail("two hold the lock")


def test_a_lock_that_cannot_be_given_back_is_said_after_the_work(backend: S3Backend, s3: Any, cloud: Wire) -> None:
    with (
        pytest.raises(StateError, match="the work is done and recorded, but the lock remains") as told,
        held(backend),
    ):
        backend.save(NEW)
        cloud.refuse("DeleteObject", "AccessDenied", status=403)
    assert told.value.advice.endswith(f"bootstrap state unlock {lock_in(s3)['id']} --state s3://{BUCKET}/{KEY}")
    assert backend.unlocking in told.value.advice


def test_a_lock_that_cannot_be_given_back_does_not_hide_the_error_of_the_run(backend: S3Backend, cloud: Wire) -> None:
    with pytest.raises(StateError, match="the run went wrong") as told, held(backend):
        cloud.refuse("DeleteObject", "AccessDenied", status=403)
        raise StateError("the run went wrong", "Fix it.")
    assert told.value.advice.startswith("The lock remains")
    assert told.value.advice.endswith(f"{backend.unlocking}\nFix it.")  # what else is to be typed needs the lock


@pytest.fixture
def interrupted_while_it_gives_back(cloud: Wire) -> Iterator[None]:
    """A real Ctrl-C, while the lock is taken away."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background has it ignored

    def press(call: Call, carry: Carry) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    cloud.trick("DeleteObject", press)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupted_while_it_gives_back")
def test_ctrl_c_while_the_lock_is_given_back_leaves_no_lock_and_stops_nothing(
    backend: S3Backend, s3: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with held(backend):
        backend.save(NEW)
    assert keys(s3) == [KEY]
    assert f"Releasing the lock of {backend.where}" in capfd.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("interrupted_while_it_gives_back")
def test_a_second_ctrl_c_while_the_lock_is_given_back_hides_nothing_of_the_first(backend: S3Backend, s3: Any) -> None:
    with pytest.raises(KeyboardInterrupt), held(backend):
        raise KeyboardInterrupt
    assert keys(s3) == []


def test_two_ctrl_c_while_s3_hangs_end_it_with_the_command_that_takes_the_lock_away(
    backend: S3Backend, cloud: Wire, s3: Any
) -> None:
    def hang(call: Call, carry: Carry) -> Any:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("nobody ended it")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(StateError, match="the lock remains") as told, held(backend):
            backend.save(NEW)
            cloud.trick("DeleteObject", hang)
    finally:
        signal.signal(signal.SIGINT, before)
    assert backend.unlocking in told.value.advice
    assert keys(s3) == [KEY, f"{KEY}.lock"]


def test_ctrl_c_and_a_lock_that_cannot_be_given_back_say_how_to_take_it_away(backend: S3Backend, cloud: Wire) -> None:
    with pytest.raises(Interrupted, match=f"recorded in .*{KEY}") as told, held(backend):
        backend.save(NEW)
        cloud.refuse("DeleteObject", "AccessDenied", status=403)
        raise KeyboardInterrupt
    assert backend.unlocking in told.value.advice


def test_an_unforeseen_error_and_a_lock_that_cannot_be_given_back_say_how_to_take_it_away(
    backend: S3Backend, cloud: Wire
) -> None:
    with pytest.raises(ZeroDivisionError) as told, held(backend):
        cloud.refuse("DeleteObject", "AccessDenied", status=403)
        raise ZeroDivisionError
    assert backend.unlocking in told.value.__notes__[0]


def test_what_to_type_after_a_sudden_end_is_known_as_long_as_the_lock_is_held(backend: S3Backend, s3: Any) -> None:
    assert backend.unlocking == ""
    with held(backend):
        assert lock_in(s3)["id"] in backend.unlocking
    assert backend.unlocking == ""


# The bucket


@pytest.mark.parametrize("status", [None, "Suspended"])
def test_a_bucket_without_versions_is_refused_with_the_command_that_switches_them_on(
    status: str | None, make: Make, s3: Any
) -> None:
    s3.create_bucket(Bucket="plain-bucket")
    if status:
        s3.put_bucket_versioning(Bucket="plain-bucket", VersioningConfiguration={"Status": status})
    with (
        pytest.raises(StateError, match="the bucket plain-bucket has no versioning") as refused,
        held(make("plain-bucket")),
    ):
        pytest.fail("a state could get lost")
    command = "aws s3api put-bucket-versioning --bucket plain-bucket --versioning-configuration Status=Enabled"
    assert command in refused.value.advice
    assert s3.list_objects_v2(Bucket="plain-bucket")["KeyCount"] == 0


def test_a_bucket_that_is_not_encrypted_is_refused_and_not_left_locked(backend: S3Backend, s3: Any) -> None:
    s3.delete_bucket_encryption(Bucket=BUCKET)  # on AWS this sets it back to SSE-S3; no bucket is without any more
    with pytest.raises(StateError, match="S3 does not say that it encrypts"), held(backend):
        pytest.fail("a state would be readable")
    assert keys(s3) == []


def test_nothing_that_is_sent_weakens_the_bucket(backend: S3Backend, cloud: Wire) -> None:
    """Its own default of encryption holds, also one with a key of KMS, and no object gets an ACL."""
    with held(backend):
        backend.save(NEW)
    sent = {name for call in cloud.calls if call.operation == "PutObject" for name in call.headers}
    assert "x-amz-expected-bucket-owner" in sent
    assert [name for name in sent if "acl" in name or "encryption" in name or "grant" in name] == []


def test_old_versions_of_what_is_saved_and_removed_stay(backend: S3Backend, s3: Any) -> None:
    backend.save(backend.save(NEW))
    backend.remove()
    assert len(s3.list_object_versions(Bucket=BUCKET, Prefix=KEY)["Versions"]) == 2


def test_a_bucket_that_is_not_there_is_no_empty_place(make: Make) -> None:
    for use in (lambda gone: gone.load(), lambda gone: gone.save(NEW), lambda gone: held(gone).__enter__()):
        with pytest.raises(StateError, match="there is no bucket nowhere-bucket") as refused:
            use(make("nowhere-bucket"))
        assert "aws s3 mb s3://nowhere-bucket" in refused.value.advice


@pytest.mark.parametrize("operation", ["GetObject", "PutObject", "GetBucketVersioning", "DeleteObject"])
def test_a_refusal_is_never_taken_for_no_state(operation: str, make: Make, cloud: Wire) -> None:
    make().save(NEW)
    cloud.refuse(operation, "AccessDenied", "User: me is not authorized", status=403)
    backend = make(account="123456789012")
    with pytest.raises(StateError, match=f"cannot .* s3://123456789012@{BUCKET}/.*not authorized") as refused, held(backend):
        assert backend.load() != NEW
        backend.save(replace(NEW, serial=1))
        backend.remove()
    prints = f"bootstrap permissions --state s3://123456789012@{BUCKET}/{KEY} --region us-east-1\n"
    assert prints in refused.value.advice  # also where it is about the lock
    key = {"PutObject": f"/{KEY}.lock", "GetBucketVersioning": ""}.get(operation, f"/{KEY}")
    asked = {"Effect": "Allow", "Action": f"s3:{operation}", "Resource": f"arn:aws:s3:::{BUCKET}{key}"}
    assert refused.value.denial
    assert refused.value.denial["statement"] == asked
    assert json.dumps(asked) in refused.value.advice
    assert f"s3:{operation} on {asked['Resource']} is denied" in refused.value.message


def test_a_bucket_of_another_account_is_refused_until_its_account_is_named(
    make: Make, s3: Any, connections: Callable[[str], Aws]
) -> None:
    """Whoever takes over the name of a deleted bucket must not get our state."""
    theirs = Aws({DEFAULT: Login(region="us-east-1", role_arn=f"arn:aws:iam::{OTHER}:role/OrganizationAccountAccessRole")})
    theirs.client("s3").create_bucket(Bucket="their-bucket")
    theirs.client("s3").put_bucket_versioning(Bucket="their-bucket", VersioningConfiguration=VERSIONED)
    with pytest.raises(StateError, match="their-bucket does not belong to account 123456789012") as refused:
        make("their-bucket").load()
    assert f"--state s3://ACCOUNT@their-bucket/{KEY}" in refused.value.advice
    with held(make("their-bucket", OTHER)):
        make("their-bucket", OTHER).save(NEW)
    with pytest.raises(StateError, match="cannot read"):
        make("their-bucket", "111122223333").load()
    theirs.close()


def test_a_bucket_in_another_region_is_found(cloud: Wire, s3: Any) -> None:
    """S3 answers with the region, the SDK goes there, and does not ask the wrong one again."""
    with cloud.recorded() as calls:
        cloud.trick("GetBucketVersioning", redirected)
        aws = Aws({DEFAULT: Login(region="us-east-1")})
        backend = S3Backend(Bucket(S3Address(BUCKET, KEY), Login(), aws), KEY)
        with held(backend):
            backend.save(NEW)
        aws.close()
    hosts = [call.text.split("/")[2] for call in calls if call.service == "s3"]
    assert hosts[0].endswith("s3.amazonaws.com")
    assert set(hosts[1:]) == {f"{BUCKET}.s3.eu-central-1.amazonaws.com"}


def redirected(call: Call, carry: Carry) -> Any:
    body = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"
    return answer(body, 301, {"x-amz-bucket-region": "eu-central-1"})


def test_a_region_that_cannot_be_found_is_asked_for(backend: S3Backend, cloud: Wire) -> None:
    cloud.trick("GetObject", lambda call, carry: error_answer(call, "IllegalLocationConstraintException", "elsewhere", 400))
    cloud.trick("HeadBucket", lambda call, carry: error_answer(call, "400", "", 400))
    with pytest.raises(StateError, match="IllegalLocationConstraintException") as refused:
        backend.load()
    assert "--region" in refused.value.advice


def test_expired_credentials_are_not_about_the_state(backend: S3Backend, cloud: Wire) -> None:
    cloud.refuse("GetObject", "ExpiredToken", "The provided token has expired.")
    with pytest.raises(CredentialsError, match="the credentials have expired"):
        backend.load()


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b"", b"{", b"[]"])
def test_what_is_not_a_state_is_refused_and_stays(body: bytes, backend: S3Backend, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=body)
    for use in (backend.load, lambda: backend.save(NEW)):
        with pytest.raises(StateError, match=KEY):
            use()
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == body


PORTAL = "<html>Please sign in to the network</html>"


@pytest.mark.parametrize(
    ("operation", "status", "page"),
    [
        ("GetObject", 200, PORTAL),
        ("PutObject", 200, PORTAL),
        ("PutObject", 503, PORTAL),
        ("DeleteObject", 503, PORTAL),
        ("ListObjectsV2", 200, PORTAL[:9]),
    ],
)
def test_a_page_of_the_network_in_place_of_s3s_answer_is_a_clear_error(
    operation: str, status: int, page: str, backend: S3Backend, cloud: Wire
) -> None:
    backend.save(NEW)
    cloud.trick(operation, lambda call, carry: answer(page, status), times=SDK_TRIES)
    uses: dict[str, Callable[[], Any]] = {
        "GetObject": backend.load,
        "PutObject": lambda: backend.save(replace(NEW, serial=1)),
        "ListObjectsV2": lambda: backend._bucket.keys("team/"),
        "DeleteObject": backend.remove,
    }
    with pytest.raises(StateError, match=f"cannot .*{BUCKET}") as refused:
        uses[operation]()
    assert "--debug" not in refused.value.advice


def test_the_operator_is_told_every_action_that_is_used(backend: S3Backend, cloud: Wire) -> None:
    needed = {"ListObjectsV2": "ListBucket"}
    with cloud.recorded() as calls, held(backend):
        backend.save(NEW)
        backend.load()
        backend.remove()
        Bucket(S3Address(BUCKET, "team/"), Login(), backend._bucket._aws).keys("team/")
    used = {f"s3:{needed.get(call.operation, call.operation)}" for call in calls if call.service == "s3"}
    told = {need.action for need in s3_address(f"s3://{BUCKET}/{KEY}").needs(EXAMPLE)}
    assert told == used


# Addresses


def test_an_address_says_whether_it_is_one_state_or_a_folder_of_them() -> None:
    assert s3_address("s3://acme-state/a/prod.json") == S3Address("acme-state", "a/prod.json")
    assert s3_address("s3://123456789012@acme-state/a/") == S3Address("acme-state", "a/", "123456789012")
    assert [s3_address(f"s3://acme-state/{key}").is_folder for key in ("", "a/", "a", "a/b.json")] == [
        True,
        True,
        False,
        False,
    ]


def test_an_address_reads_as_it_was_written() -> None:
    for text in ("s3://acme-state/a/prod.json", "s3://123456789012@acme-state/a@b", "s3://acme-state/"):
        assert str(s3_address(text)) == text


WRONG = """s3:// s3://acme-state s3:///x s3://Acme/x s3://12@acme-state/x s3://@acme-state/x s3://acme-state//x
s3://acme-state/a//b s3://acme-state/x.lock"""


@pytest.mark.parametrize("text", [*WRONG.split(), "s3://acme-state/x\n", f"s3://acme-state/{'x' * 1001}"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        s3_address(text)


# What S3 answers, and how long it is


def test_more_than_a_state_can_be_is_not_read_to_its_end(make: Make, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make().save(NEW)
    monkeypatch.setattr("bootstrap.backends.bucket.LARGEST", len(NEW.to_json()) - 1)
    with pytest.raises(StateError, match=r"cannot read s3://.*it has more than \d+ bytes, more than bootstrap ever writes"):
        make().load()


def test_a_state_of_just_that_size_is_read_whole(make: Make, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = make().save(NEW)
    monkeypatch.setattr("bootstrap.backends.bucket.LARGEST", len(saved.to_json()))
    monkeypatch.setattr("bootstrap.backends.bucket.CHUNK", 7)
    assert make().load() == saved


def test_a_lock_that_is_far_too_long_is_not_read_to_its_end(make: Make, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.lock", Body=b"x" * 70_000)
    monkeypatch.setattr("bootstrap.backends.bucket.LARGEST", 0)  # nothing may be read whole
    with pytest.raises(StateError, match="somebody whose lock cannot be read"), held(make()):
        pytest.fail("it is locked")


def test_what_is_packed_in_s3_is_not_unpacked(make: Make, s3: Any) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=packed, ContentEncoding="gzip")
    with pytest.raises(StateError, match="is not a complete state file"):
        make().load()


def test_a_bucket_full_of_other_things_is_not_listed_to_its_end(
    s3: Any, connections: Callable[[str], Aws], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        s3.put_object(Bucket=BUCKET, Key=f"folder/{number}.json", Body=b"{}")
    monkeypatch.setattr("bootstrap.backends.bucket.MOST_PAGES", 0)
    bucket = Bucket(S3Address(BUCKET, "folder/"), Login(region="us-east-1"), connections("us-east-1"))
    with pytest.raises(StateError, match=f"there is too much in s3://{BUCKET}/folder/ to look for states in it"):
        bucket.keys("folder/")
