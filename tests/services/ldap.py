"""A real LDAP server (OpenLDAP's slapd) on free ports of this machine, with people and groups that tests put into it."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import ldap3
import trustme

from tests.services.postgres import free_port
from tests.services.tools import require_tool

BASE = "dc=example,dc=com"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
ADMIN = f"cn=admin,{BASE}"
ADMIN_PASSWORD = "admin-secret"
SEARCHER = f"cn=searcher,{BASE}"
SEARCHER_PASSWORD = "searcher secret, with a comma"
_PACKAGE = "Debian: slapd"
_START_SECONDS = 30.0
_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
sizelimit unlimited
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
dbnosync
index objectClass,uid,mail eq
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{searcher}" read by * none
"""


class LdapServer:
    """A running server. Nobody but `SEARCHER` may read anything."""

    def __init__(self) -> None:
        self._program = require_tool("slapd", package=_PACKAGE)
        self.folder = Path(tempfile.mkdtemp(prefix="pierhead-ldap-"))
        self.port, self.tls_port = free_port(), free_port()
        self.ca_file = self.folder / "ca.pem"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        """The server's certificate is for `localhost`."""
        return f"ldaps://localhost:{self.tls_port}"

    def start(self) -> Self:
        """Start; returns when the root of the directory is there."""
        self._write_files()
        addresses = f"ldap://127.0.0.1:{self.port} ldaps://127.0.0.1:{self.tls_port}"
        with (self.folder / "log").open("ab") as log:
            # Debug level 0 keeps it in the foreground, where it ends with the test run.
            self._process = subprocess.Popen(
                [str(self._program), "-f", str(self.folder / "slapd.conf"), "-h", addresses, "-d", "0"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._await_answer()
        self._add(BASE, ["dcObject", "organization"], dc="example", o="Example")
        for name in (PEOPLE, GROUPS):
            self._add(name, ["organizationalUnit"])
        self._add(SEARCHER, ["organizationalRole", "simpleSecurityObject"], userPassword=SEARCHER_PASSWORD)
        return self

    def stop(self) -> None:
        """Stop it and remove its folder."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def clear(self) -> None:
        """Remove every person and group."""
        with self._administer() as connection:
            for base in (PEOPLE, GROUPS):
                connection.search(base, "(objectClass=*)", ldap3.LEVEL)
                for dn in [item["dn"] for item in connection.response]:
                    connection.delete(dn)

    def add_person(self, uid: str, password: str = "", **attributes: Any) -> str:
        """A person with this password; its DN. The e-mail address is at example.com unless given."""
        dn = f"uid={uid},{PEOPLE}"
        complete: dict[str, Any] = {"cn": uid, "sn": uid, "mail": f"{uid}@example.com", **attributes}
        if password:
            complete["userPassword"] = password
        self._add(dn, ["inetOrgPerson"], **{name: value for name, value in complete.items() if value is not None})
        return dn

    def change_person(self, uid: str, **attributes: str) -> None:
        """Replace attributes of a person."""
        with self._administer() as connection:
            changes = {name: [(ldap3.MODIFY_REPLACE, [value])] for name, value in attributes.items()}
            _require(connection.modify(f"uid={uid},{PEOPLE}", changes), connection)

    def remove_person(self, uid: str) -> None:
        with self._administer() as connection:
            _require(connection.delete(f"uid={uid},{PEOPLE}"), connection)

    def set_group(self, name: str, members: Sequence[str]) -> str:
        """A group with exactly these people; its DN."""
        dn = f"cn={name},{GROUPS}"
        with self._administer() as connection:
            connection.delete(dn)
        self._add(dn, ["groupOfNames"], member=[f"uid={uid},{PEOPLE}" for uid in members] or [ADMIN])
        return dn

    def remove_group(self, name: str) -> None:
        with self._administer() as connection:
            _require(connection.delete(f"cn={name},{GROUPS}"), connection)

    def _write_files(self) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost")
        authority.cert_pem.write_to_path(str(self.ca_file))
        certificate.private_key_pem.write_to_path(str(self.folder / "server.key"))
        for index, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(str(self.folder / "server.pem"), append=index > 0)
        (self.folder / "data").mkdir()
        text = _CONFIGURATION.format(folder=self.folder, base=BASE, admin=ADMIN, password=ADMIN_PASSWORD, searcher=SEARCHER)
        (self.folder / "slapd.conf").write_text(text)

    @contextmanager
    def _administer(self) -> Iterator[Any]:
        # Used as a context itself, the library's connection stays open.
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.unbind()

    def _connect(self) -> Any:
        return ldap3.Connection(ldap3.Server(self.url, get_info=ldap3.NONE), ADMIN, ADMIN_PASSWORD, auto_bind=True, check_names=False)

    def _add(self, dn: str, classes: Sequence[str], **attributes: Any) -> None:
        with self._administer() as connection:
            _require(connection.add(dn, list(classes), attributes), connection)

    def _await_answer(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"slapd ended with status {self._process.returncode}\n{(self.folder / 'log').read_text()}")
            if self._listens():
                return
            time.sleep(0.05)
        raise RuntimeError(f"slapd did not answer within {_START_SECONDS} s\n{(self.folder / 'log').read_text()}")

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True


def _require(done: bool, connection: Any) -> None:
    if not done:
        raise RuntimeError(f"slapd refused: {connection.result}")
