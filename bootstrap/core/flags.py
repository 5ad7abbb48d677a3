"""The flags of create and destroy that allow a loss, without their dashes."""

DETACH_FOREIGN = "detach-foreign"
"""Flag of create and destroy: detach what others attached to our resources."""

DELETE_FOREIGN = "delete-foreign"
"""Flag of destroy: also delete what others put into our resources and what cannot outlive them."""

DELETE_DATA = "delete-data"
"""Flag of destroy: empty buckets, and delete volumes that were retained."""

TERMINATE_JOBS = "terminate-jobs"
"""Flag of create and destroy: running jobs may be terminated."""

RETAG = "retag"
"""Flag of create: restore the owner tags of resources that have the recorded id and lost their tags."""

REPLACE = "replace"
"""Flag of create, with an address: delete this resource and create it again."""

OVERWRITE = "overwrite"
"""Flag of create, with an address: reset stricter settings that others made to ours."""
