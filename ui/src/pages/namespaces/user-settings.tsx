// One's own profile, password, application tokens and time machine.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { getHost, useConfig, useRefresh, useUser } from "../../api/queries";
import type { ApplicationToken, User } from "../../api/types";
import { withFreshLogin } from "../../frame/fresh-login";
import { Button, CommandBox, DataTable, FormDialog, InfoDialog, Nothing, Section, Text, TextField, ToolbarSlot, useNotices, When, type Column } from "../../kit";
import { strings } from "../../strings";
import { TimeMachine } from "./time-machine";

export function UserSettings() {
  const user = useUser();
  return user.data ? (
    <>
      <Profile user={user.data} />
      <ApplicationTokens />
      <TimeMachine seconds={(user.data as User & { tag_expiration_s?: number }).tag_expiration_s ?? 1_209_600} onChange={(seconds) => changeUser({ tag_expiration_s: seconds })} />
    </>
  ) : null;
}

function changeUser(body: object): Promise<unknown> {
  return withFreshLogin(() => read(client.PUT("/api/v1/user/", { body: body as never })));
}

function Profile({ user }: { user: User }) {
  const notices = useNotices();
  const refresh = useRefresh();
  const [email, setEmail] = useState(user.email);
  const [isChanging, setChanging] = useState(false);
  const save = async () => {
    await changeUser({ email });
    await refresh("user");
    notices.say(strings.saved);
  };
  return (
    <Section title={strings.profile}>
      <TextField label={strings.email} type="email" value={email} onChange={setEmail} />
      <div className="ph-row">
        <Button variant="secondary" isDisabled={email === user.email} onClick={() => void save().catch(notices.warn)}>
          {strings.save}
        </Button>
        <Button variant="secondary" onClick={() => setChanging(true)}>
          {strings.changePassword}
        </Button>
      </div>
      {isChanging ? <PasswordDialog onClose={() => setChanging(false)} /> : null}
    </Section>
  );
}

function PasswordDialog({ onClose }: { onClose: () => void }) {
  const notices = useNotices();
  const [password, setPassword] = useState("");
  return (
    <FormDialog
      title={strings.changePassword}
      submit={strings.changePassword}
      canSubmit={password.length >= 8}
      onClose={onClose}
      onSubmit={async () => {
        await changeUser({ password });
        notices.say(strings.saved);
      }}
    >
      <TextField label={strings.newPassword} type="password" autoComplete="new-password" value={password} onChange={setPassword} help={strings.passwordHelp} isRequired autoFocus />
    </FormDialog>
  );
}

function ApplicationTokens() {
  const notices = useNotices();
  const refresh = useRefresh();
  const host = getHost(useConfig().data);
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<ApplicationToken | null>(null);
  const list = useQuery({
    queryKey: ["apptokens"],
    queryFn: () => read<{ tokens: ApplicationToken[] }>(client.GET("/api/v1/user/apptoken")),
  });
  const revoke = async (token: ApplicationToken) => {
    await withFreshLogin(() => read(client.DELETE("/api/v1/user/apptoken/{uuid}", { params: { path: { uuid: token.uuid } } })));
    await refresh("apptokens");
  };
  const columns: Column<ApplicationToken>[] = [
    { title: strings.title, render: (token) => token.title },
    { title: strings.createdAt, render: (token) => <When time={token.created} />, narrow: true },
    { title: strings.lastAccessed, render: (token) => <When time={token.last_accessed} />, narrow: true },
    { title: strings.expires, render: (token) => <When time={token.expiration} />, narrow: true },
  ];
  return (
    <Section title={strings.applicationTokens}>
      <Text>{strings.applicationTokensText}</Text>
      <DataTable
        label={strings.applicationTokens}
        rows={list.data?.tokens}
        columns={columns}
        rowKey={(token) => token.uuid}
        actions={(token) => [{ title: strings.revoke, danger: true, onClick: () => void revoke(token).catch(notices.warn) }]}
        toolbar={
          <ToolbarSlot>
            <Button variant="secondary" onClick={() => setCreating(true)}>
              {strings.createApplicationToken}
            </Button>
          </ToolbarSlot>
        }
        empty={<Nothing title={strings.noApplicationTokens} />}
        error={list.error}
      />
      {isCreating ? <CreateTokenDialog onCreated={setCreated} onClose={() => setCreating(false)} /> : null}
      {created === null ? null : (
        <InfoDialog title={created.title} onClose={() => setCreated(null)}>
          <Text>{strings.tokenOnce}</Text>
          <CommandBox command={`docker login -u='$app' -p='${created.token_code ?? ""}' ${host}`} secret={created.token_code ?? null} />
        </InfoDialog>
      )}
    </Section>
  );
}

function CreateTokenDialog({ onCreated, onClose }: { onCreated: (token: ApplicationToken) => void; onClose: () => void }) {
  const refresh = useRefresh();
  const [title, setTitle] = useState("");
  return (
    <FormDialog
      title={strings.createApplicationToken}
      submit={strings.createApplicationToken}
      canSubmit={title !== ""}
      onClose={onClose}
      onSubmit={async () => {
        const answer = await withFreshLogin(() => read<{ token: ApplicationToken }>(client.POST("/api/v1/user/apptoken", { body: { title } as never })));
        await refresh("apptokens");
        onCreated(answer.token);
      }}
    >
      <TextField label={strings.title} value={title} onChange={setTitle} isRequired autoFocus />
    </FormDialog>
  );
}
