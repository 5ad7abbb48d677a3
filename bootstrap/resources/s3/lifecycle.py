"""Lifecycle rules of a bucket, as small mappings: {"prefix": "work/", "expire_days": 30, "abort_multipart_days": 7}.

`noncurrent_days` deletes old versions. PutBucketLifecycleConfiguration replaces all rules, so the rules of others are read
and kept. Source: S3 API reference PutBucketLifecycleConfiguration.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.strictness import Order
from bootstrap.resources import documents

_NEVER = 1_000_000
_DAYS = ("expire_days", "noncurrent_days", "abort_multipart_days")
_RULE = {"ID", "Status", "Filter", "Prefix", "Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"}
_SMALLEST = "TransitionDefaultMinimumObjectSize"
"""A setting of all rules together; a write without it resets it to AWS's default."""


def from_aws(rules: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule.get("ID", ""): _small(rule) for rule in rules}


def order(live: Any, wanted: Any) -> Order:
    """What keeps data longer is stricter, because deleted data does not come back: no rule, a disabled rule, more days, a
    longer prefix, a filter for fewer objects, and old versions that stay at any age. A rule that does something else too
    ("more") cannot be ordered, so the user decides."""
    if live is None or live.get("disabled"):
        return Order.TIGHTER
    if not (_is_rule(live) and _is_rule(wanted)):  # of a state that was edited
        return Order.UNORDERED
    has, wants = live["prefix"], wanted["prefix"]
    days = [(live.get(name) or _NEVER, wanted.get(name) or _NEVER) for name in _DAYS]
    longer = has.startswith(wants) and all(there >= ours for there, ours in days) and not live.get("more")
    shorter = (
        wants.startswith(has)
        and all(there <= ours for there, ours in days)
        and not (live.get("narrowed") or live.get("more"))
    )
    return Order.TIGHTER if longer else Order.LOOSER if shorter else Order.UNORDERED


def _is_rule(value: Any) -> bool:
    days = (value.get(name) for name in _DAYS) if isinstance(value, Mapping) else ("",)
    return all(isinstance(each, int | None) for each in days) and isinstance(value.get("prefix"), str)


def to_aws(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"ID": name, "Status": "Enabled", "Filter": {"Prefix": rule.get("prefix", "")}}
    if days := rule.get("expire_days"):
        content["Expiration"] = {"Days": days}
    if days := rule.get("noncurrent_days"):
        content["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if days := rule.get("abort_multipart_days"):
        content["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return content


def update(aws: Cloud, bucket: Mapping[str, str], differences: Sequence[Difference]) -> None:
    if not differences:
        return

    def changed(answer: Any) -> documents.Write:
        ours = {item.key for item in differences}
        rules = [_newer(rule) for rule in answer.get("Rules", []) if rule.get("ID") not in ours]
        rules += [to_aws(str(item.key), item.after) for item in differences if item.after is not None]
        if not rules:
            return "delete_bucket_lifecycle", {}
        kept = {name: answer[name] for name in (_SMALLEST,) if name in answer}
        return "put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": rules}, **kept}

    documents.rewrite(aws, documents.LIFECYCLE, bucket, changed)


def _newer(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule with its prefix in a filter, which means the same: S3 does not accept old and new forms together."""
    if "Prefix" not in rule:
        return dict(rule)
    return {**{key: value for key, value in rule.items() if key != "Prefix"}, "Filter": {"Prefix": rule["Prefix"]}}


def _small(rule: Mapping[str, Any]) -> dict[str, Any]:
    old = rule.get("NoncurrentVersionExpiration", {})
    days = {
        "expire_days": rule.get("Expiration", {}).get("Days"),
        "noncurrent_days": old.get("NoncurrentDays"),
        "abort_multipart_days": rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation"),
        "disabled": True if rule.get("Status") == "Disabled" else None,
    }
    chosen = rule.get("Filter", {})
    both = chosen.get("And", {})
    prefix = chosen.get("Prefix", both.get("Prefix", rule.get("Prefix", "")))
    others = {
        "narrowed": bool({*chosen, *both} - {"Prefix", "And"} or old.get("NewerNoncurrentVersions")),
        "more": bool(
            rule.keys() - _RULE
            or rule.get("Expiration", {}).keys() - {"Days"}
            or old.keys() - {"NoncurrentDays", "NewerNoncurrentVersions"}
        ),
    }
    return {"prefix": prefix, **{key: value for key, value in {**days, **others}.items() if value}}
