// The whole repository as it was at a time: first what would change, then all of it in one step.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useRefresh } from "../../api/queries";
import { DataTable, Digest, ErrorNote, FormDialog, Nothing, Text, TextField, useNotices, type Column } from "../../kit";
import { strings } from "../../strings";
import type { Comparison } from "../../api/types";
import { compareWith, restoreAll } from "./tag-data";

type Difference = Comparison["differences"][number];

export function TimeMachineDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const notices = useNotices();
  const refresh = useRefresh();
  const [typed, setTyped] = useState("");
  const time = typed === "" ? "" : new Date(typed).toISOString();
  const preview = useQuery({ queryKey: ["tags", name, "compare", time], enabled: time !== "", queryFn: () => compareWith(name, time) });
  const columns: Column<Difference>[] = [
    { title: strings.tag, render: (row) => row.name },
    { title: strings.thatTime, render: (row) => (row.then === null ? strings.none : <Digest digest={row.then.manifest_digest} />), narrow: true },
    { title: strings.now, render: (row) => (row.now === null ? strings.none : <Digest digest={row.now.manifest_digest} />), narrow: true },
  ];
  return (
    <FormDialog
      title={strings.restoreAll}
      submit={strings.restore}
      wide
      canSubmit={preview.data !== undefined && preview.data.differences.length > 0}
      onClose={onClose}
      onSubmit={async () => {
        await restoreAll(name, time);
        await refresh("tags", name);
        notices.say(strings.restoredAll);
      }}
    >
      <TextField label={strings.thatTime} type="datetime-local" value={typed} onChange={setTyped} help={strings.restoreAllText} autoFocus />
      {time === "" ? null : preview.error !== null ? (
        <ErrorNote error={preview.error} />
      ) : (
        <>
          <DataTable
            label={strings.restoreAll}
            rows={preview.data?.differences}
            columns={columns}
            rowKey={(row) => row.name}
            empty={<Nothing title={strings.nothingDiffers} />}
          />
          {preview.data?.has_additional ? <Text>{strings.andMore}</Text> : null}
        </>
      )}
    </FormDialog>
  );
}
