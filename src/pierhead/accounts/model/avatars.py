"""Avatars: a colour and a hash that user interfaces draw from (api-v1, section 6)."""

import hashlib

_COLOURS = [
    "#969696",
    "#aec7e8",
    "#ff7f0e",
    "#ffbb78",
    "#2ca02c",
    "#98df8a",
    "#d62728",
    "#ff9896",
    "#9467bd",
    "#c5b0d5",
    "#8c564b",
    "#c49c94",
    "#e377c2",
    "#f7b6d2",
    "#7f7f7f",
    "#c7c7c7",
    "#bcbd22",
    "#1f77b4",
    "#17becf",
    "#9edae5",
    "#393b79",
    "#5254a3",
    "#6b6ecf",
    "#9c9ede",
    "#9ecae1",
    "#31a354",
    "#b5cf6b",
    "#a1d99b",
    "#8c6d31",
    "#ad494a",
    "#e7ba52",
    "#a55194",
]


def make_avatar(name: str, email: str | None, kind: str) -> dict[str, str]:
    """The Avatar object; `kind` is user, robot, org, team or app."""
    digest = hashlib.sha256((email or name).lower().encode()).hexdigest()
    return {"name": name, "hash": digest, "color": _COLOURS[int(digest[:2], 16) % len(_COLOURS)], "kind": kind}
