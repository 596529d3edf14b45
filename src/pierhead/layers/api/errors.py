"""Errors of this room whose status is not that of their kind."""

from collections.abc import Mapping

from pierhead.platform.errors import PierheadError
from pierhead.registry.model.ranges import RangeUnsatisfiable

SPECIAL_ERRORS: Mapping[type[PierheadError], tuple[int, str]] = {RangeUnsatisfiable: (416, "invalid_request")}
