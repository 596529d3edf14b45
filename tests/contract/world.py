"""The world of the permission matrix: one organization, its repositories, and everybody who may or may not touch them."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from pierhead.access.application_tokens import create_application_token, reveal_code
from pierhead.access.model.identity import Identity, IdentityKind
from pierhead.accounts.model.accounts import Account, Robot
from pierhead.accounts.organizations import add_team_member, create_organization, create_team
from pierhead.accounts.passwords import PasswordHasher
from pierhead.accounts.robots import create_robot, reveal_token
from pierhead.accounts.users import create_user, get_namespace
from pierhead.audit.model import SYSTEM
from pierhead.platform.database import UnitOfWork
from pierhead.repositories import records
from pierhead.repositories.create_repository import create_repository
from pierhead.repositories.store import grants
from tests.registry.client import Answer, Client, Server, basic

PASSWORD = "correct-horse"
ORGANIZATION = "harbour"
OPEN, CLOSED = f"{ORGANIZATION}/open", f"{ORGANIZATION}/closed"

# Who gets which role on both repositories, and who is in which team of the organization.
_ROLES = {"reader": "read", "writer": "write", "warden": "admin", f"{ORGANIZATION}+reader": "read", f"{ORGANIZATION}+writer": "write"}
_TEAMS = {"crew": ("member", "member"), "makers": ("creator", "creator"), "owners": ("admin", "owner")}
_USERS = ("stranger", "reader", "writer", "warden", "member", "creator", "owner")
_GLOBAL_READER = "watcher"
_SCOPES = ("repo:read", "repo:write", "repo:admin", "repo:create", "user:read", "user:admin", "org:admin")
_SIGNED_IN = {
    "stranger": "stranger",
    "reader": "reader",
    "writer": "writer",
    "repository admin": "warden",
    "team member": "member",
    "team creator": "creator",
    "organization admin": "owner",
    "superuser": "root",
}


@dataclass(slots=True)
class Caller:
    """Somebody who calls the API: by headers that never change, with a body as JSON."""

    client: Client
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.call(method, path, body=content, headers={"content-type": "application/json", **self.headers})


def _open_with_powers(server: Server) -> Server:
    """Another process over the same database whose settings give superusers full access, and name somebody who reads everything."""
    access = server.settings.access.model_copy(update={"superusers_full_access": True, "global_readers": (_GLOBAL_READER,)})
    return Server(server.settings.model_copy(update={"access": access}), server.core.database.clock)


def open_visit(server: Server) -> Caller:
    """A browser session in which nobody has signed in."""
    answer = Client(server).call("GET", "/csrf_token")
    cookie = answer["set-cookie"].partition(";")[0]
    return Caller(Client(server), {"cookie": cookie, "x-csrf-token": answer.json["csrf_token"]})


def sign_in(server: Server, name: str) -> Caller:
    """A browser session of a user who has just given the password."""
    visitor = open_visit(server)
    answer = visitor.call("POST", "/api/v1/signin", {"username": name, "password": PASSWORD})
    assert answer.status == 200, answer
    cookie = answer["set-cookie"].partition(";")[0]
    return Caller(visitor.client, {"cookie": cookie, "x-csrf-token": answer["x-next-csrf-token"]})


class World:
    """Built once for each engine by the verbs of the product."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._numbers = itertools.count()
        self._write, self._box = server.core.database.write_now, server.core.secret_box
        hasher = PasswordHasher()
        self._hash = hasher.hash_now(PASSWORD)
        hasher.close()
        for name in (*_USERS, _GLOBAL_READER):
            self._add_user(name)
        self._add_user("root", is_superuser=True)
        self.owner = self.account("owner")
        self.organization(ORGANIZATION)
        harbour = self.account(ORGANIZATION)
        self._robots = {short: self._write(create_robot, SYSTEM, harbour, short, secret_box=self._box) for short in ("reader", "writer")}
        self.repository(OPEN, is_public=True)
        self.repository(CLOSED)
        self.callers: dict[str, Caller] = {
            "anonymous": open_visit(server),
            **{who: sign_in(server, name) for who, name in _SIGNED_IN.items()},
            "application token": self._show_token("owner"),
            "superuser's application token": self._show_token("root"),
            "robot reader": self._show_robot("reader"),
            "robot writer": self._show_robot("writer"),
        }
        self._elsewhere = _open_with_powers(server)
        root = self.callers["superuser"]
        self.callers["superuser with full access"] = Caller(root.client.at(self._elsewhere), root.headers)
        self.callers["global reader"] = sign_in(self._elsewhere, _GLOBAL_READER)
        for scope in _SCOPES:
            self.callers[f"token {scope}"] = self._mint(scope)

    def close(self) -> None:
        """Stop the second server; the first is not ours."""
        self._elsewhere.close()

    def account(self, name: str) -> Account:
        return self.server.core.database.read_now(get_namespace, name)

    def organization(self, name: str | None = None) -> str:
        """An organization with all teams; one of no further use unless it is named."""
        name = name or f"doomed{next(self._numbers)}"
        organization = self._write(create_organization, SYSTEM, self.owner, name)
        for team, (role, member) in _TEAMS.items():
            if team != "owners":
                self._write(create_team, SYSTEM, organization, team, role)
                self._write(add_team_member, SYSTEM, organization, team, self.account(member))
        return name

    def repository(self, name: str | None = None, *, is_public: bool = False) -> str:
        """A repository on which everybody has the role that its name says; one of no further use unless it is named."""
        name = name or f"{ORGANIZATION}/doomed{next(self._numbers)}"
        identity = Identity(IdentityKind.USER, self.owner.name, user_id=self.owner.id, reference=self.owner.uuid)
        self._write(create_repository, identity, name, is_public=is_public)

        def give(work: UnitOfWork) -> None:
            found = records.find_repository(work, name)
            assert found is not None
            for holder, role in _ROLES.items():
                grants.grant(work.connection, found.id, holder=holder, is_robot="+" in holder, role=role)

        self._write(give)
        return name

    def _add_user(self, name: str, *, is_superuser: bool = False) -> None:
        self._write(create_user, SYSTEM, name, f"{name}@example.com", self._hash, is_superuser=is_superuser)

    def _mint(self, scope: str) -> Caller:
        """An OAuth token of the organization's admin."""
        admin = self.callers["organization admin"]
        made = admin.call("POST", f"/api/v1/organization/{ORGANIZATION}/applications", {"name": f"for {scope}"})
        assert made.status == 200, made
        path = f"/api/v1/organization/{ORGANIZATION}/applications/{made.json['client_id']}/tokens"
        minted = admin.call("POST", path, {"name": scope, "scope": scope})
        assert minted.status == 200, minted
        return Caller(Client(self.server, "owner", f"Bearer {minted.json['token']}"))

    def _show_token(self, name: str) -> Caller:
        token = self._write(create_application_token, SYSTEM, self.account(name).id, "matrix", secret_box=self._box)
        return Caller(Client(self.server, name, basic("$app", reveal_code(token, self._box))))

    def _show_robot(self, short: str) -> Caller:
        robot: Robot = self._robots[short]
        return Caller(Client(self.server, robot.name, basic(robot.name, reveal_token(robot, self._box))))
