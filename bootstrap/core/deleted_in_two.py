"""A resource whose delete has two halves, which the executor may run apart (`engine/order.py`)."""

from abc import abstractmethod

from bootstrap.core.cloud import Cloud
from bootstrap.core.live import Outputs
from bootstrap.core.resource import Taggable


class DeletedInTwo(Taggable):
    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        self.strip(aws, outputs)
        self.remove(aws, outputs)

    @abstractmethod
    def strip(self, aws: Cloud, outputs: Outputs) -> None:
        """Deletes what it holds. What needs no settings of it may still exist, and what needs it, but not what it holds,
        may be deleted after this."""

    @abstractmethod
    def remove(self, aws: Cloud, outputs: Outputs) -> None:
        """Deletes the rest, once nothing uses it any more. Succeeds when it is gone already."""
