"""A world for calls that nobody thought of: what they break or remove is made again before the next operation is tried."""

from collections.abc import Callable

from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.organizations import create_organization, create_team
from pierhead.accounts.passwords import PasswordHasher
from pierhead.accounts.robots import create_robot
from pierhead.accounts.users import create_user, find_namespace, set_password
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import UnitOfWork
from pierhead.platform.errors import AlreadyExists
from pierhead.repositories.create_repository import create_repository
from tests.contract.world import PASSWORD, Caller, open_visit, sign_in
from tests.registry.client import Server

ROOT = "root"


class Playground:
    """Root, who may do everything, and what the examples of the OpenAPI document name."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._write = server.core.database.write_now
        hasher = PasswordHasher()
        self._hash = hasher.hash_now(PASSWORD)
        hasher.close()
        self._root: Caller | None = None
        self.nobody = open_visit(server)

    def restore(self) -> Caller:
        """Root with a living session, in a world that is whole."""
        if self._root is None or self._root.call("GET", "/api/v1/user/").status != 200:
            self._root = self._start_over()
        root = self._find(ROOT)
        identity = Identity(IdentityKind.USER, root.name, user_id=root.id, reference=root.uuid)
        self._make(lambda work: create_user(work, SYSTEM, "grace", "grace@example.com", None))
        self._make(lambda work: create_organization(work, SYSTEM, root, "harbour"))
        self._make(lambda work: create_team(work, SYSTEM, self._get(work, "harbour"), "crew", "member"))
        self._make(lambda work: create_robot(work, SYSTEM, self._get(work, "harbour"), "ci", secret_box=self.server.core.secret_box))
        self._make(lambda work: create_robot(work, SYSTEM, self._get(work, ROOT), "ci", secret_box=self.server.core.secret_box))
        self._make(lambda work: create_repository(work, identity, "harbour/app", is_public=False))
        return self._root

    def _start_over(self) -> Caller:
        """Root as on the first day, whatever became of its password and session."""

        def renew(work: UnitOfWork) -> None:
            found = find_namespace(work, ROOT)
            if found is None:
                create_user(work, SYSTEM, ROOT, "root@example.com", self._hash, is_superuser=True)
            else:
                set_password(work, SYSTEM, found, self._hash)

        self._write(renew)
        return sign_in(self.server, ROOT)

    def _make(self, make: Callable[[UnitOfWork], object]) -> None:
        def unless_there(work: UnitOfWork) -> None:
            try:
                make(work)
            except AlreadyExists:
                return

        self._write(unless_there)

    def _find(self, name: str) -> Account:
        return self.server.core.database.read_now(self._get, name)

    @staticmethod
    def _get(work: UnitOfWork, name: str) -> Account:
        found = find_namespace(work, name)
        assert found is not None, f"{name} was not made again"
        return found
