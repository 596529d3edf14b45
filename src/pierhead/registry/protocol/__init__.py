"""The wire protocol under `/v2`: bare ASGI, because no framework stands between the server and a pull."""
