"""`pierhead message`: what every visitor of the user interface reads at the top of the page."""

from pathlib import Path

import click

from pierhead.access.model.identity import COMMAND_LINE
from pierhead.administration import messages
from pierhead.administration.model import MediaType, MessageNotFound, Severity
from pierhead.cli.opening import open_database
from pierhead.cli.options import data_option
from pierhead.cli.output import json_option, show_one, show_table

_HELP = """Manage messages to everybody: what the user interface shows at the top of each page.

\b
Announce something, and take it back:
  pierhead message post "Maintenance on Sunday at 8:00" --severity warning
  pierhead message list
  pierhead message delete UUID
"""


@click.group(help=_HELP)
def message() -> None:
    """The group itself does nothing."""


@message.command()
@click.argument("content")
@click.option("--severity", type=click.Choice([each.value for each in Severity]), default="info", show_default=True, help="How loudly.")
@click.option("--markdown", is_flag=True, help="The text is Markdown.")
@json_option
@data_option
def post(content: str, severity: str, markdown: bool, as_json: bool, data: Path | None) -> None:
    """Show CONTENT to everybody from now on."""
    media_type = MediaType.MARKDOWN if markdown else MediaType.PLAIN
    with open_database(data) as database:
        made = database.write_now(messages.create_message, COMMAND_LINE, content, media_type, Severity(severity))
    show_one({"uuid": made.uuid}, f"Shown to everybody: {made.uuid}", as_json=as_json)


@message.command("list")
@json_option
@data_option
def list_all(as_json: bool, data: Path | None) -> None:
    """List what is shown, the oldest first."""
    with open_database(data) as database:
        found = database.read_now(messages.list_messages)
    rows = [
        {"uuid": each.uuid, "severity": each.severity.value, "media_type": each.media_type.value, "content": each.content} for each in found
    ]
    show_table(rows, ("uuid", "severity", "content"), as_json=as_json)


@message.command()
@click.argument("uuid")
@data_option
def delete(uuid: str, data: Path | None) -> None:
    """Show the message UUID no longer."""
    with open_database(data) as database:
        try:
            database.write_now(messages.delete_message, COMMAND_LINE, uuid)
        except MessageNotFound as error:
            raise click.ClickException(f"There is no message {uuid!r}. `pierhead message list` shows all.") from error
    click.echo(f"The message {uuid} is not shown any more.")
