"""What a change destroys, in words."""

import pytest

from bootstrap.core.loss import Loss, sentences, size_of

TEXTS = {
    "1 object (4 bytes) in bucket acme": Loss("objects", "acme", count=1, bytes=4),
    "1,200 objects and versions (3.4 MB) in bucket acme": Loss("objects", "acme", count=1_200, bytes=3_600_000),
    "2 objects and versions in bucket acme": Loss("objects", "acme", count=2),
    "more than 10,000 objects and versions (at least 2 GB) in bucket acme": Loss(
        "objects", "acme", count=10_000, more=True, bytes=2 * 1024**3
    ),
    "volume vol-1 (100 GB) with everything on it": Loss("volume", "vol-1", bytes=100 * 1024**3),
    "volume vol-1 (retained when its machine is terminated) with everything on it": Loss(
        "volume", "vol-1", detail="retained when its machine is terminated"
    ),
    "3 jobs in queue spot (2 RUNNING, 1 RUNNABLE)": Loss("jobs", "spot", "2 RUNNING, 1 RUNNABLE", 3),
    "1 job in queue spot (1 RUNNING)": Loss("jobs", "spot", "1 RUNNING", 1),
    "everything on machine i-1": Loss("work", "vm", "everything on machine i-1"),
    "inline policy debug, which somebody else added": Loss("foreign", "inline policy debug"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_each_kind_of_loss_has_its_words(text: str) -> None:
    assert TEXTS[text].text == text
    assert TEXTS[text].as_json()["text"] == text


def test_data_is_deleted_and_work_is_stopped() -> None:
    losses = [Loss("jobs", "spot", "1 RUNNING", 1), Loss("objects", "a", count=2), Loss("volume", "vol-1")]
    assert list(sentences(losses)) == [
        "Deleted for good: 2 objects and versions in bucket a; volume vol-1 with everything on it.",
        "Stopped: 1 job in queue spot (1 RUNNING).",
    ]
    assert list(sentences([])) == []


def test_a_bucket_that_grows_while_a_person_reads_is_not_another_loss() -> None:
    assert Loss("objects", "a", count=2) == Loss("objects", "a", count=3, more=True, bytes=7)
    assert Loss("objects", "a") != Loss("objects", "b")
    assert Loss("jobs", "a", "1 RUNNING", 1) != Loss("jobs", "a", "2 RUNNING", 2)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KB"), (1536, "1.5 KB"), (1024**5, "1024 TB")]
)
def test_sizes_are_written_as_awss_console_writes_them(number: int, text: str) -> None:
    assert size_of(number) == text
