"""Fields of an HTML form, as browsers and OAuth clients send them."""

from urllib.parse import parse_qsl

from fastapi import Request

_FORM = "application/x-www-form-urlencoded"
_LONGEST = 64 * 1024
_MOST_FIELDS = 100


async def read_form(request: Request) -> dict[str, str]:
    """The first value of each field; nothing for a body that is no form, or a form that is too large or cannot be read."""
    if not request.headers.get("Content-Type", "").startswith(_FORM):
        return {}
    body = await request.body()
    if len(body) > _LONGEST:
        return {}
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(fields))
