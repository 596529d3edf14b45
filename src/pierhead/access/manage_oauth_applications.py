"""What admins do with the OAuth applications of their organization."""

from dataclasses import dataclass

from pierhead.access.manage_organizations import require_organization
from pierhead.access.model.identity import Identity
from pierhead.access.model.oauth import (
    CLIENT_ID_LENGTH,
    ApplicationFields,
    InvalidApplication,
    OAuthApplication,
    OAuthApplicationNotFound,
    make_secret,
    parse_fields,
)
from pierhead.access.model.permissions import Passage, may_pass
from pierhead.access.model.roles import NamespaceRole
from pierhead.access.namespace_role import find_namespace_role
from pierhead.access.store import oauth_applications
from pierhead.accounts.model.accounts import Account
from pierhead.accounts.model.names import is_storable
from pierhead.accounts.users import get_namespace
from pierhead.audit.model import LogKind, Performer
from pierhead.audit.record import record
from pierhead.platform.database import UnitOfWork
from pierhead.platform.secrets import SecretBox

_PURPOSE = "oauth-client-secret"
_MOST = 500


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application; `secret` is there for those who may change it, and only they see where tokens are sent."""

    application: OAuthApplication
    secret: str | None


def list_applications(work: UnitOfWork, identity: Identity, organization: str, *, secret_box: SecretBox) -> list[ApplicationView]:
    """Oldest first; for admins. Raises what `require_organization` raises, as do the others."""
    found = require_organization(work, identity, organization, passage=Passage.BOTH)
    is_admin = _may_change(work, identity, found)
    return [_view(application, secret_box, is_admin) for application in oauth_applications.list_of_namespace(work.connection, found.id)]


def get_application(work: UnitOfWork, identity: Identity, organization: str, client_id: str, *, secret_box: SecretBox) -> ApplicationView:
    """One application; for admins. Raises OAuthApplicationNotFound, as do the others that name one."""
    found = require_organization(work, identity, organization, passage=Passage.BOTH)
    return _view(require_application(work, found, client_id), secret_box, _may_change(work, identity, found))


def create_application(
    work: UnitOfWork, identity: Identity, organization: str, fields: ApplicationFields, *, secret_box: SecretBox, address: str | None
) -> ApplicationView:
    """A new application with a client id and secret of its own. Raises InvalidApplication."""
    found = require_organization(work, identity, organization)
    if len(oauth_applications.list_of_namespace(work.connection, found.id)) >= _MOST:
        raise InvalidApplication(f"An organization may have {_MOST} applications.")
    application = add_application(work, identity, found, fields, secret_box=secret_box, address=address)
    return _view(application, secret_box, is_admin=True)


def add_application(
    work: UnitOfWork, performer: Performer, namespace: Account, fields: ApplicationFields, *, secret_box: SecretBox, address: str | None
) -> OAuthApplication:
    """As `create_application`, in any namespace; whoever calls this has checked the caller."""
    client_id = make_secret(CLIENT_ID_LENGTH).upper()
    oauth_applications.add(
        work.connection,
        parse_fields(fields),
        client_id=client_id,
        namespace_id=namespace.id,
        secret_sealed=_seal_new_secret(secret_box),
        created_at=work.now,
    )
    application = find_application(work, client_id)
    _record(work, performer, LogKind.CREATE_APPLICATION, application, address)
    return application


def change_application(
    work: UnitOfWork,
    identity: Identity,
    organization: str,
    client_id: str,
    fields: ApplicationFields,
    *,
    secret_box: SecretBox,
    address: str | None,
) -> ApplicationView:
    """Replace every field. Raises InvalidApplication."""
    application = require_application(work, require_organization(work, identity, organization), client_id)
    oauth_applications.change(work.connection, application.id, parse_fields(fields))
    changed = find_application(work, client_id)
    if changed != application:
        _record(work, identity, LogKind.UPDATE_APPLICATION, changed, address)
    return _view(changed, secret_box, is_admin=True)


def delete_application(work: UnitOfWork, identity: Identity, organization: str, client_id: str, *, address: str | None) -> None:
    """The application and every token of it are gone."""
    application = require_application(work, require_organization(work, identity, organization), client_id)
    oauth_applications.delete_application(work.connection, application.id)
    _record(work, identity, LogKind.DELETE_APPLICATION, application, address)


def reset_client_secret(
    work: UnitOfWork, identity: Identity, organization: str, client_id: str, *, secret_box: SecretBox, address: str | None
) -> ApplicationView:
    """A new secret; the old one is refused from now on. Tokens go on."""
    application = require_application(work, require_organization(work, identity, organization), client_id)
    oauth_applications.set_secret(work.connection, application.id, _seal_new_secret(secret_box))
    _record(work, identity, LogKind.RESET_APPLICATION_CLIENT_SECRET, application, address)
    return _view(find_application(work, client_id), secret_box, is_admin=True)


def find_application(work: UnitOfWork, client_id: str) -> OAuthApplication:
    """The application of anybody. Raises OAuthApplicationNotFound."""
    found = oauth_applications.find(work.connection, client_id) if is_storable(client_id) else None
    if found is None:
        raise OAuthApplicationNotFound
    return found


def describe_application(work: UnitOfWork, client_id: str) -> tuple[OAuthApplication, Account]:
    """What everybody may know: the application, and the organization that it belongs to. Raises OAuthApplicationNotFound."""
    application = find_application(work, client_id)
    return application, get_namespace(work, application.namespace)


def require_application(work: UnitOfWork, organization: Account, client_id: str) -> OAuthApplication:
    """An application of this organization. Raises OAuthApplicationNotFound."""
    application = find_application(work, client_id)
    if application.namespace_id != organization.id:
        raise OAuthApplicationNotFound
    return application


def reveal_client_secret(application: OAuthApplication, secret_box: SecretBox) -> str:
    """The application's secret."""
    return secret_box.open(application.secret_sealed, purpose=_PURPOSE).decode()


def _seal_new_secret(secret_box: SecretBox) -> bytes:
    return secret_box.seal(make_secret().encode(), purpose=_PURPOSE)


def _may_change(work: UnitOfWork, identity: Identity, organization: Account) -> bool:
    return find_namespace_role(work, identity, organization) is NamespaceRole.ADMIN or may_pass(identity, Passage.SUPERUSERS)


def _view(application: OAuthApplication, secret_box: SecretBox, is_admin: bool) -> ApplicationView:
    return ApplicationView(application, reveal_client_secret(application, secret_box) if is_admin else None)


def _record(work: UnitOfWork, performer: Performer, kind: LogKind, application: OAuthApplication, address: str | None) -> None:
    record(
        work,
        performer,
        kind,
        namespace_id=application.namespace_id,
        address=address,
        application_name=application.name,
        client_id=application.client_id,
    )
