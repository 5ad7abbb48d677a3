"""Where in S3 statements allow something: buckets, prefixes, patterns, or everything. Pure.

Source: Service authorization reference, S3 (a permission on a bucket's name holds in every account; s3:prefix).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bootstrap.permissions.actions import Table, overlap
from bootstrap.permissions.powers import Power, Powers

OBJECTS = "arn:*:s3:::%/*"
"""The ARN of an object in AWS's table of actions."""
OTHER_OBJECTS = (
    *("s3express:CreateSession", "s3tables:GetTableData", "s3tables:PutTableData", "s3-object-lambda:GetObject*"),
    *("s3-outposts:GetObject*", "s3-outposts:PutObject", "s3-outposts:DeleteObject*", "glacier:GetJobOutput"),
)
"""What reaches objects that are not in S3's buckets: directory buckets, tables, Object Lambda, Outposts, vaults."""
LISTS = ("s3:ListBucket", "s3:ListBucketVersions")


@dataclass(frozen=True)
class Place:
    """Where in S3 a statement allows something: `below` is "" for a bucket itself, and "*" for all of its objects."""

    bucket: str
    below: str
    power: Power

    @property
    def is_pattern(self) -> bool:
        return any(letter in self.bucket for letter in "*?$")

    def __str__(self) -> str:
        return f"{self.bucket}/{self.below}".removesuffix("/*").removesuffix("/")


def places_of(powers: Iterable[Power]) -> list[Place]:
    """The buckets or objects that the powers are about; "*" is every bucket, with all of its objects. What is not in S3's
    buckets is named by its ARN."""
    found = list[Place]()
    for power in powers:
        for arn in power.resources:
            if any(overlap(pattern, arn) for pattern in power.action.arns):
                if arn != "*" and not power.action.name.startswith("s3:"):
                    found.append(Place(arn, "", power))
                    continue
                place = arn.split(":", 5)[5] if arn.startswith("arn:") and ":s3:::" in arn else "*"
                bucket, slash, below = place.partition("/")
                found.append(Place(bucket, below if slash else "*" if bucket.endswith("*") else "", power))
    return found


def objects_of(powers: Powers, table: Table) -> list[Place]:
    """Where in S3 objects can be reached, in whatever kind of bucket."""
    of_s3 = powers.of(each for each in table.matching("s3:*") if OBJECTS in each.arns)
    return places_of([*of_s3, *powers.named(OTHER_OBJECTS, table)])


def lists_of(powers: Powers, table: Table) -> list[Place]:
    """Where in S3 names of objects can be listed: in buckets, or below the prefixes that a condition names."""
    found = list[Place]()
    for place in places_of(powers.named(LISTS, table)):
        below = place.power.limits.get("s3:prefix")
        found += [Place(place.bucket, prefix, place.power) for prefix in below] if below else [place]
    return found
