// Every user of the server.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import { withFreshLogin } from "../../frame/fresh-login";
import { Button, Chip, CommandBox, ConfirmDialog, DataTable, FormDialog, InfoDialog, Text, TextField, ToolbarSlot, useNotices, type Column } from "../../kit";
import { strings } from "../../strings";

interface Account {
  username: string;
  email: string;
  enabled: boolean;
  super_user: boolean;
}

export function Users() {
  const notices = useNotices();
  const refresh = useRefresh();
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<{ username: string; password: string } | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const list = useInfiniteQuery({
    queryKey: ["superuser", "users"],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      withFreshLogin(() =>
        read<{ users: Account[]; next_page?: string }>(
          client.GET("/api/v1/superuser/users/", { params: { query: { limit: 100, ...(pageParam === "" ? {} : { next_page: pageParam }) } as never } }),
        ),
      ),
    getNextPageParam: (last) => last.next_page,
  });
  const reload = () => refresh("superuser", "users");
  const setEnabled = async (account: Account) => {
    await withFreshLogin(() =>
      read(client.PUT("/api/v1/superuser/users/{username}", { params: { path: { username: account.username } }, body: { enabled: !account.enabled } as never })),
    );
    await reload();
  };
  const columns: Column<Account>[] = [
    {
      title: strings.username,
      render: (account) => (
        <span className="ph-row">
          {account.username}
          {account.super_user ? <Chip color="purple">{strings.superuser}</Chip> : null}
        </span>
      ),
    },
    { title: strings.email, render: (account) => account.email },
    { title: strings.state, render: (account) => <Chip color={account.enabled ? "green" : "grey"}>{account.enabled ? strings.enabled : strings.disabled}</Chip>, narrow: true },
  ];
  return (
    <>
      <DataTable
        label={strings.users}
        rows={list.data?.pages.flatMap((page) => page.users)}
        columns={columns}
        rowKey={(account) => account.username}
        actions={(account) =>
          account.super_user
            ? []
            : [
                { title: account.enabled ? strings.disable : strings.enable, onClick: () => void setEnabled(account).catch(notices.warn) },
                { title: strings.deleteUser, danger: true, onClick: () => setDeleting(account.username) },
              ]
        }
        toolbar={
          <ToolbarSlot>
            <Button variant="secondary" onClick={() => setCreating(true)}>
              {strings.createUser}
            </Button>
          </ToolbarSlot>
        }
        error={list.error}
        onRetry={() => void list.refetch()}
        more={list.hasNextPage ? { onMore: () => void list.fetchNextPage(), isLoading: list.isFetchingNextPage } : undefined}
      />
      {isCreating ? <CreateDialog onCreated={(account) => void reload().then(() => setCreated(account))} onClose={() => setCreating(false)} /> : null}
      {created === null ? null : (
        <InfoDialog title={created.username} onClose={() => setCreated(null)}>
          <Text>{strings.initialPassword}</Text>
          <CommandBox command={created.password} secret={null} />
        </InfoDialog>
      )}
      {deleting === null ? null : (
        <ConfirmDialog
          title={`${strings.deleteUser} ${deleting}`}
          text={strings.deleteUserText}
          submit={strings.deleteUser}
          typed={deleting}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await withFreshLogin(() => read(client.DELETE("/api/v1/superuser/users/{username}", { params: { path: { username: deleting } } })));
            await reload();
          }}
        />
      )}
    </>
  );
}

function CreateDialog({ onCreated, onClose }: { onCreated: (account: { username: string; password: string }) => void; onClose: () => void }) {
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  return (
    <FormDialog
      title={strings.createUser}
      submit={strings.createUser}
      canSubmit={username !== ""}
      onClose={onClose}
      onSubmit={async () => {
        const body = { username, ...(email === "" ? {} : { email }) } as never;
        onCreated(await withFreshLogin(() => read<{ username: string; password: string }>(client.POST("/api/v1/superuser/users/", { body }))));
      }}
    >
      <TextField label={strings.username} value={username} onChange={setUsername} isRequired autoFocus />
      <TextField label={strings.email} type="email" value={email} onChange={setEmail} />
    </FormDialog>
  );
}
