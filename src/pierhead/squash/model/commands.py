"""The command lines that fetch an image: what the dialog *Fetch Tag* offers (squash, sections 1 and 2)."""

import shlex
from dataclasses import dataclass
from urllib.parse import quote

_ANYBODY = ("<robot>", "<token>")


@dataclass(frozen=True, slots=True)
class Target:
    """What is fetched, and from where. `base_url` has a scheme and no slash at its end."""

    base_url: str
    repository: str
    tag: str
    digest: str
    platform: str | None

    @property
    def host(self) -> str:
        """The first part of the image's name."""
        return self.base_url.partition("://")[2]


@dataclass(frozen=True, slots=True)
class Login:
    """Whose rights the command uses."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class Command:
    """A way to fetch an image. `line` is what is pasted into a shell."""

    name: str
    title: str
    line: str
    line_with_option: str | None = None
    """The same with the credentials as an option, out of the address."""


def list_commands(target: Target, login: Login | None, *, is_public: bool) -> list[Command]:
    """Every format. Without a login public repositories need none, and the commands of others name what has to be filled in."""
    if login is None and not is_public:
        login = Login(*_ANYBODY)
    by_tag, by_digest = f"{target.host}/{target.repository}:{target.tag}", f"{target.host}/{target.repository}@{target.digest}"
    return [
        _squash(target, login),
        *(
            Command(f"{program}_pull{suffix}", f"{title} Pull ({way})", _pull(program, target, login, reference))
            for program, title in (("docker", "Docker"), ("podman", "Podman"))
            for suffix, way, reference in (("", "by tag", by_tag), ("_by_digest", "by digest", by_digest))
        ),
    ]


def _squash(target: Target, login: Login | None) -> Command:
    query = f"?platform={quote(target.platform)}" if target.platform else ""
    path = f"{target.host}/c1/squash/{target.repository}/{target.tag}{query}"
    scheme = target.base_url.partition("://")[0]
    credentials = f"{quote(login.name, safe='')}:{quote(login.secret, safe='')}@" if login else ""
    line = f"curl -L -f {shlex.quote(f'{scheme}://{credentials}{path}')} | docker load"
    plain = shlex.quote(f"{scheme}://{path}")
    option = f"curl -L -f -u {shlex.quote(f'{login.name}:{login.secret}')} {plain} | docker load" if login else None
    return Command("squash", "Squashed Docker Image", line, option)


def _pull(program: str, target: Target, login: Login | None, reference: str) -> str:
    pull = f"{program} pull {reference}"
    if login is None:
        return pull
    return f"{program} login -u {shlex.quote(login.name)} -p {shlex.quote(login.secret)} {target.host} && {pull}"
