"""What may be done: roles on repositories, and on namespaces through teams."""

from enum import IntEnum


class Role(IntEnum):
    """A role on a repository; a higher one holds the lower ones."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


class NamespaceRole(IntEnum):
    """A role in a namespace; the owner of a user namespace is its admin."""

    NONE = 0
    MEMBER = 1
    CREATOR = 2
    ADMIN = 3
