"""What routes of layers ask for beside the caller."""

from typing import Annotated

from fastapi import Depends, Query, Request

from pierhead.layers.services import LayerServices


def find_layer_services(request: Request) -> LayerServices:
    """The services that the composition root put into the application's state as `layers`."""
    services: LayerServices = request.app.state.layers
    return services


OwnServices = Annotated[LayerServices, Depends(find_layer_services)]
Platform = Annotated[str | None, Query(max_length=100, pattern="^[^/\\x00]+(/[^/\\x00]+){1,2}$")]
FilePath = Annotated[str, Query(max_length=4096)]
Position = Annotated[str, Query(max_length=4096)]
PageSize = Annotated[int, Query(ge=1, le=1000)]
