"""The settings of quotas, and how a namespace's quota and use are shown (api-v1/repositories, section 9)."""

from typing import Annotated, Any

from fastapi import Depends, Request

from pierhead.accounts.model.quotas import NO_QUOTAS, Quota, QuotaPolicy, QuotaReport


def find_quotas(request: Request) -> QuotaPolicy:
    """What the composition root put into the application's state as `quotas`."""
    policy: QuotaPolicy = getattr(request.app.state, "quotas", NO_QUOTAS)
    return policy


QuotaSettings = Annotated[QuotaPolicy, Depends(find_quotas)]


def view_quota(quota: Quota) -> dict[str, Any]:
    """Quota."""
    limits = [{"id": limit.id, "type": limit.kind.value, "limit_percent": limit.percent} for limit in quota.limits]
    return {"id": quota.id, "limit_bytes": quota.limit_bytes, "limits": limits}


def view_report(report: QuotaReport) -> dict[str, Any]:
    """`quotas` and `quota_report` of a user or organization. The figures by which bytes are counted otherwise are an addition of ours."""
    usage, quota = report.usage, report.quota
    return {
        "quotas": [] if quota is None else [view_quota(quota)],
        "quota_report": {
            "quota_bytes": usage.unique_bytes,
            "configured_quota": None if quota is None else quota.limit_bytes,
            "running_backfill": False,
            "backfill_status": "complete",
            "logical_bytes": usage.logical_bytes,
            "unique_bytes": usage.unique_bytes,
            "reclaimable_bytes": usage.reclaimable_bytes,
        },
    }
