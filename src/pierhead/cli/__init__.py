"""The command `pierhead`: one file per subcommand, read only when that subcommand runs."""

from gc import disable, enable
from importlib import import_module
from typing import Any

import click

from pierhead import __version__
from pierhead.platform.errors import PierheadError

_COMMANDS = {
    "serve": ("pierhead.cli.serve:serve", "Run everything: the web server and the background work, in one."),
    "web": ("pierhead.cli.web:web", "Run the web server only."),
    "worker": ("pierhead.cli.worker:worker", "Run the background work only."),
    "migrate": ("pierhead.cli.migrate:migrate", "Bring the database to this version's schema."),
    "user": ("pierhead.cli.user:user", "Create and manage users."),
    "org": ("pierhead.cli.org:org", "Create, list and delete organizations."),
    "robot": ("pierhead.cli.robot:robot", "Accounts for programs: create, list, give new tokens."),
    "token": ("pierhead.cli.token:token", "Application tokens of users: create, list, revoke."),
    "repository": ("pierhead.cli.repository:repository", "List and delete repositories, and say who may read them."),
    "quota": ("pierhead.cli.quota:quota", "How much a namespace may hold, and does."),
    "message": ("pierhead.cli.message:message", "What everybody reads at the top of the page."),
    "gc": ("pierhead.cli.gc:gc", "Remove what no tag needs any more, or tell what that would be."),
    "doctor": ("pierhead.cli.doctor:doctor", "Check this machine and the settings, and say what to do."),
}
"""Each subcommand: where its click command is, and its line in the help."""


class _LazyGroup(click.Group):
    """A group that imports a subcommand only when it is asked for, so that `--help` and `--version` are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        # Importing makes hundreds of thousands of objects that stay; looking for garbage among them takes a sixth of the start.
        disable()
        try:
            command: click.Command = getattr(import_module(module), attribute)
        finally:
            enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; an error of our own tree becomes one line on stderr and exit code 1."""
        try:
            return super().invoke(ctx)
        except PierheadError as error:
            raise click.ClickException(error.message) from error


_HELP = """Pierhead is a container registry: it stores images and other OCI artifacts and keeps every tag's history.

\b
The first three commands:
  pierhead serve --data ./var
  pierhead user create ada --email ada@example.com --superuser
  docker login 127.0.0.1:8080

Settings come from options, from the environment (PIERHEAD_...) and from the file pierhead.toml, in this order.
`pierhead doctor` tells whether this machine is ready.
"""


@click.group("pierhead", cls=_LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pierhead")
def main() -> None:
    """The group itself does nothing."""
