// Dialogs of the gear menu: a new tag (or a moved one), and when a tag ends.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Tag } from "../../api/types";
import { FormDialog, InlineNote, parseTime, shortenDigest, Text, TextField, useNotices } from "../../kit";
import { strings } from "../../strings";
import { changeTag, findTag, pointTag } from "./tag-data";

interface Props {
  name: string;
  tag: Tag;
  onDone: () => Promise<unknown>;
  onClose: () => void;
}

export function AddTagDialog({ name, tag, onDone, onClose }: Props) {
  const notices = useNotices();
  const [typed, setTyped] = useState("");
  const existing = useQuery({
    queryKey: ["tags", name, "specific", typed],
    enabled: typed !== "",
    queryFn: () => findTag(name, typed),
  });
  const present = existing.data ?? null;
  const moves = present !== null && present.manifest_digest !== tag.manifest_digest;
  return (
    <FormDialog
      title={moves ? strings.moveTag : strings.addNewTag}
      submit={moves ? strings.moveTag : strings.addNewTag}
      canSubmit={typed !== "" && !existing.isFetching}
      onClose={onClose}
      onSubmit={async () => {
        await pointTag(name, typed, tag.manifest_digest);
        await onDone();
        notices.say(
          moves ? strings.movedTag(typed) : strings.addedTag(typed),
          moves ? () => pointTag(name, typed, present.manifest_digest).then(onDone) : undefined,
        );
      }}
    >
      <TextField label={strings.newTagName} value={typed} onChange={setTyped} isRequired autoFocus />
      {moves ? (
        <InlineNote severity="warning">{strings.moveTagText(typed, shortenDigest(present.manifest_digest), shortenDigest(tag.manifest_digest))}</InlineNote>
      ) : (
        <Text>{strings.addTagText(shortenDigest(tag.manifest_digest))}</Text>
      )}
    </FormDialog>
  );
}

export function ExpirationDialog({ name, tag, onDone, onClose }: Props) {
  const present = parseTime(tag.expiration);
  const [typed, setTyped] = useState(present === null ? "" : toLocalInput(present));
  return (
    <FormDialog
      title={strings.changeExpiration}
      submit={strings.save}
      onClose={onClose}
      onSubmit={async () => {
        await changeTag(name, tag.name, { expiration: typed === "" ? null : Math.floor(new Date(typed).getTime() / 1000) });
        await onDone();
      }}
    >
      <TextField label={strings.expiration} type="datetime-local" value={typed} onChange={setTyped} help={strings.expirationHelp} />
    </FormDialog>
  );
}

function toLocalInput(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
