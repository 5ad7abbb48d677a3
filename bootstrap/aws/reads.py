"""The calls that read from AWS, each of them sent once."""

import json
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from bootstrap.aws.errors import code_of, noting_request
from bootstrap.core.query import Query
from bootstrap.errors import AwsError

if TYPE_CHECKING:
    from bootstrap.aws.client import Aws

MOST_ITEMS = 100_000
"""The most entries of one list, over all of its pages."""


class Reads:
    """The reading calls of one look at AWS: each is made once, whoever asks for it, and all run side by side."""

    def __init__(self, aws: "Aws", *, retries: bool = True) -> None:
        self._aws = aws
        self._retries = retries
        self._answers: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self.began = time.monotonic()
        """When it began to read, in seconds of the monotonic clock."""

    def ask(self, alias: str, query: Query) -> "Future[Any]":
        key = json.dumps([alias, vars(query)], sort_keys=True)
        with self._lock:
            if key not in self._answers:
                self._answers[key] = self._aws.pool.submit(self._answer, alias, query)
            return self._answers[key]

    def forget(self) -> None:
        """From now on each call is sent again."""
        with self._lock:
            self._answers = {}

    def _answer(self, alias: str, query: Query) -> Any:
        client = self._aws.client(query.service, alias, retries=self._retries and query.retries, region=query.region)
        try:
            with noting_request(client, query.service, query.parameters):
                if query.all_pages and client.can_paginate(query.operation):
                    pages = client.get_paginator(query.operation).paginate(
                        PaginationConfig={"MaxItems": MOST_ITEMS}, **query.parameters
                    )
                    return _complete(pages.build_full_result(), query)
                return getattr(client, query.operation)(**query.parameters)
        except ClientError as error:
            if code_of(error) in query.absent:
                return None
            if code_of(error) in query.empty:
                return {}
            raise


def _complete(answer: dict[str, Any], query: Query) -> dict[str, Any]:
    """Raises AwsError if the SDK stopped in the middle of the list: what was not read must not be taken for absent."""
    if "NextToken" in answer:
        raise AwsError(
            f"{query.service} {query.operation}: the list has more than {MOST_ITEMS:,} entries",
            "Delete what is not needed, or use an account of its own.",
        )
    return answer
