"""The flags of create and destroy for what may be lost, without their dashes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


DETACH_FOREIGN = "detach-foreign"
"""The flag of create and destroy with which what others attached to our things is taken off them."""

DELETE_FOREIGN = "delete-foreign"
"""The flag of destroy with which what others put into our things, and cannot outlive them, is deleted with them."""

DELETE_DATA = "delete-data"
"""The flag of destroy with which buckets are emptied, and volumes deleted that were told to stay."""

TERMINATE_JOBS = "terminate-jobs"
"""The flag of create and destroy with which jobs may be ended."""

RETAG = "retag"
"""The flag of create with which owner tags are put back on what has the recorded id and lost them."""

REPLACE = "replace"
"""The flag of create, with an address, with which a thing is deleted and made again."""

OVERWRITE = "overwrite"
"""The flag of create, with an address, with which stricter settings of others are set back to ours."""
