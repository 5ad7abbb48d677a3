"""What decides, at a look-alike that ignores the tags of a creating call, whether that call made the bucket."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bootstrap.aws.client import is_of_aws
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query
from bootstrap.resources.s3.bucket_owner import was_created_by
from tests.support.fakes import FakeCloud, Hand

OURS = Owner("prod", "ours", "bucket")
NOW = datetime(2026, 11, 26, 12, 0, 30, tzinfo=UTC)
ANSWER = {"ResponseMetadata": {"HTTPHeaders": {"date": "Thu, 26 Nov 2026 12:00:30 GMT"}}}


@dataclass(frozen=True)
class LookAlike(Hand):
    """Says when a bucket began, and what is in it."""

    cloud: FakeCloud = field(default_factory=FakeCloud)
    owner: Owner = OURS
    endpoint_url: str = "http://127.0.0.1:4566"
    born: datetime | None = NOW
    versions: int = 0

    def is_aws(self, service: str) -> bool:
        return is_of_aws(self.endpoint_url)

    def read(self, *queries: Query) -> list[Any]:
        found = [{"Name": "ours", "CreationDate": self.born}, {"Name": "other", "CreationDate": NOW}]
        return [{"Buckets": found}, {"Versions": [{}] * self.versions}]


@pytest.mark.parametrize(
    ("cloud", "made"),
    [
        (LookAlike(), True),
        (LookAlike(born=NOW - timedelta(seconds=3)), True),
        (LookAlike(born=NOW - timedelta(seconds=5)), False),
        (LookAlike(born=None), False),
        (LookAlike(versions=1), False),
        (LookAlike(endpoint_url="https://s3.amazonaws.com"), False),
        (LookAlike(endpoint_url="https://s3.cn-north-1.amazonaws.com.cn"), False),
        (LookAlike(endpoint_url="https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com"), False),
        (LookAlike(endpoint_url="https://amazonaws.com.example.org"), True),
    ],
)
def test_it_is_ours_where_it_began_with_the_call_is_empty_and_is_not_at_aws(cloud: LookAlike, made: bool) -> None:
    assert was_created_by(cloud, "ours", ANSWER, seconds=2) is made


def test_without_a_date_nothing_is_proven() -> None:
    assert was_created_by(LookAlike(), "ours", {"ResponseMetadata": {"HTTPHeaders": {}}}, seconds=2) is False
