// Messages that everybody sees above every page.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import type { Message } from "../../api/types";
import { withFreshLogin } from "../../frame/fresh-login";
import { Button, Chip, DataTable, FormDialog, Nothing, SelectField, TextAreaField, ToolbarSlot, useNotices, type Column } from "../../kit";
import { strings } from "../../strings";

const severities = [
  { value: "info", title: "Info" },
  { value: "warning", title: "Warning" },
  { value: "error", title: "Error" },
];

export function Messages() {
  const notices = useNotices();
  const refresh = useRefresh();
  const [isPosting, setPosting] = useState(false);
  const list = useQuery({ queryKey: ["messages"], queryFn: () => read<{ messages: Message[] }>(client.GET("/api/v1/messages")) });
  const remove = async (message: Message) => {
    await withFreshLogin(() => read(client.DELETE("/api/v1/message/{uuid}", { params: { path: { uuid: message.uuid } } })));
    await refresh("messages");
  };
  const columns: Column<Message>[] = [
    { title: strings.severity, render: (message) => <Chip>{message.severity}</Chip>, narrow: true },
    { title: strings.message, render: (message) => message.content },
  ];
  return (
    <>
      <DataTable
        label={strings.messages}
        rows={list.data?.messages}
        columns={columns}
        rowKey={(message) => message.uuid}
        actions={(message) => [{ title: strings.delete, danger: true, onClick: () => void remove(message).catch(notices.warn) }]}
        toolbar={
          <ToolbarSlot>
            <Button variant="secondary" onClick={() => setPosting(true)}>
              {strings.postMessage}
            </Button>
          </ToolbarSlot>
        }
        empty={<Nothing title={strings.noMessages} />}
        error={list.error}
      />
      {isPosting ? <PostDialog onClose={() => setPosting(false)} /> : null}
    </>
  );
}

function PostDialog({ onClose }: { onClose: () => void }) {
  const refresh = useRefresh();
  const [content, setContent] = useState("");
  const [severity, setSeverity] = useState("info");
  return (
    <FormDialog
      title={strings.postMessage}
      submit={strings.postMessage}
      canSubmit={content !== ""}
      onClose={onClose}
      onSubmit={async () => {
        const body = { message: { content, severity, media_type: "text/markdown" } } as never;
        await withFreshLogin(() => read(client.POST("/api/v1/messages", { body })));
        await refresh("messages");
      }}
    >
      <SelectField label={strings.severity} value={severity} onChange={setSeverity} choices={severities} />
      <TextAreaField label={strings.message} value={content} onChange={setContent} rows={4} />
    </FormDialog>
  );
}
