"""Where the OAuth server may send a browser: to the registered address and what lies below it (api-v1/accounts, section 8.3)."""

import pytest

from pierhead.access.model.oauth import is_allowed_redirect

REDIRECT = "https://app.example.com/cb"
LOCAL = "http://registry.example.com/oauth/localapp"

BAD_REDIRECTS = [
    "https://evil.example.com/cb", "http://app.example.com/cb", "https://app.example.com:8443/cb", "https://app.example.com/cbevil",
    "https://app.example.com/", "https://app.example.com/cb/../x", "https://app.example.com/cb/%2e%2e/x", "https://app.example.com/cb/%252e%252e/x",
    "https://app.example.com@evil.example.com/cb", "https://me:pw@app.example.com/cb", "https://app.example.com/cb\\@evil.example.com",
    "//app.example.com/cb", "javascript:alert(1)//https://app.example.com/cb", "https://app.example.com/cb#fragment",
    "https://app.example.com/cb%0d%0aLocation:", "https://app.example.com.evil.example.com/cb", "/oauth/localapp",
    "http://evil.example.com/oauth/localapp", "https://app.example.com/cb//evil.example.com",
]  # fmt: skip


@pytest.mark.parametrize("address", BAD_REDIRECTS)
def test_no_address_but_the_registered_one_is_ever_a_target(address: str) -> None:
    assert not is_allowed_redirect(address, registered=REDIRECT, local_pages=(LOCAL,))


@pytest.mark.parametrize("address", [REDIRECT, f"{REDIRECT}?next=1", f"{REDIRECT}/deep", LOCAL])
def test_the_registered_address_and_what_lies_below_it_are_targets(address: str) -> None:
    assert is_allowed_redirect(address, registered=REDIRECT, local_pages=(LOCAL,))
