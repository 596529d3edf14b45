"""The pages of the OAuth server, for browsers without the user interface: the consent, the built-in target, messages.

Everything that comes from outside is escaped, and the policy lets no script run but our own file.
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from urllib.parse import urlsplit

from fastapi.responses import HTMLResponse, Response

from pierhead.access.authorize_application import Consent
from pierhead.access.model.oauth_scopes import ScopeInfo, describe_scopes

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#151515}
li{margin:.5rem 0}.danger{color:#a30000}form{display:inline}
button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}
code{display:block;padding:.8rem;background:#f2f2f2;overflow-wrap:anywhere}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
SCRIPT_PATH = "/oauth/localapp.js"
# The token stands in the fragment, which browsers keep to themselves: it is shown, and taken out of the address and the history.
SCRIPT = """
const token = new URLSearchParams(location.hash.slice(1)).get("access_token");
history.replaceState(null, "", location.pathname);
document.getElementById("token").textContent = token ?? "The address holds no token.";
""".strip()


def show_consent(consent: Consent, fields: Mapping[str, str]) -> HTMLResponse:
    """Ask the user; `fields` go along with either answer."""
    application = consent.application
    scopes = "".join(_show_scope(info) for info in describe_scopes(consent.scopes))
    hidden = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items())
    body = (
        f"<h1>{escape(application.name)}</h1>"
        f"<p>The application <strong>{escape(application.name)}</strong> of <strong>{escape(application.namespace)}</strong> "
        f"asks to act as you.</p><p>{escape(application.description)}</p><ul>{scopes}</ul>"
        f'<form method="post" action="/oauth/authorizeapp">{hidden}<button>Authorize Application</button></form>'
        f'<form method="post" action="/oauth/denyapp">{hidden}<button>Cancel</button></form>'
    )
    return _page("Authorize Application", body, form_targets=(fields["redirect_uri"],))


def show_token() -> HTMLResponse:
    """The built-in target: the browser's script puts the token in."""
    body = f'<h1>Access token</h1><p>It is shown only now.</p><code id="token"></code><script src="{SCRIPT_PATH}"></script>'
    return _page("Access token", body, scripts="'self'")


def show_message(text: str) -> HTMLResponse:
    """One sentence."""
    return _page("Pierhead", f"<p>{escape(text)}</p>")


def send_script() -> Response:
    """The script of `show_token`."""
    return Response(SCRIPT, media_type="text/javascript", headers={"X-Content-Type-Options": "nosniff"})


def _show_scope(info: ScopeInfo) -> str:
    mark = ' <strong class="danger">Dangerous</strong>' if info.is_dangerous else ""
    return f"<li><strong>{escape(info.title)}</strong>{mark}<br>{escape(info.description)}</li>"


def _page(title: str, body: str, *, scripts: str = "'none'", form_targets: tuple[str, ...] = ()) -> HTMLResponse:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )
    # Browsers also hold the redirect that answers a form against `form-action`.
    targets = " ".join(f"{urlsplit(target).scheme}://{urlsplit(target).netloc}" for target in form_targets)
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; script-src {scripts}; form-action 'self' {targets}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, headers=headers)
