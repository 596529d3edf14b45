"""The statuses of the registry's errors that mean something else to clients of the API than their kind says (api-v1, section 3.5)."""

from collections.abc import Mapping

from pierhead.platform.errors import PierheadError
from pierhead.registry.model.errors import RegistryReadOnly, RepositoryReadOnly, TagImmutable

SPECIAL_ERRORS: Mapping[type[PierheadError], tuple[int, str]] = {
    TagImmutable: (409, "tag_immutable"),
    RepositoryReadOnly: (503, "unavailable"),
    RegistryReadOnly: (503, "unavailable"),
}
