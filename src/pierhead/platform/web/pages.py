"""`/metrics`."""

import asyncio
import hmac

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pierhead.platform.errors import Unauthenticated
from pierhead.platform.web.metrics import LiveFigures, render_metrics


def create_metrics_router(live: LiveFigures, token: str | None) -> APIRouter:
    """The route of the page; with a token only for those who show it."""
    router = APIRouter(tags=["metrics"])

    @router.get("/metrics", summary="Figures for Prometheus")
    async def show_metrics(request: Request) -> Response:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if token is not None and not hmac.compare_digest(shown, token.encode()):
            raise Unauthenticated
        content_type, body = await asyncio.to_thread(render_metrics, live)
        return Response(body, media_type=content_type)

    return router
