// The first user of an empty registry, who administers it.
import { useState, type FormEvent } from "react";
import { client, read } from "../../api/client";
import { ActionGroup, Button, ErrorNote, Form, Page, Text, TextField } from "../../kit";
import { strings } from "../../strings";

export function FirstUser({ onDone }: { onDone: () => Promise<void> }) {
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await read(client.POST("/api/v1/user/initialize", { body: { username, email, password, access_token: false } as never }));
      await read(client.POST("/api/v1/signin", { body: { username, password } }));
      await onDone();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <Page title={strings.firstUser}>
      <Text>{strings.firstUserText}</Text>
      <Form className="ph-form" onSubmit={(event) => void send(event)}>
        {error === null ? null : <ErrorNote error={error} />}
        <TextField label={strings.username} autoComplete="username" value={username} onChange={setUsername} isRequired autoFocus />
        <TextField label={strings.email} type="email" autoComplete="email" value={email} onChange={setEmail} isRequired />
        <TextField label={strings.password} type="password" autoComplete="new-password" value={password} onChange={setPassword} help={strings.passwordHelp} isRequired />
        <ActionGroup>
          <Button type="submit" isDisabled={isBusy || username === "" || email === "" || password.length < 8} isLoading={isBusy}>
            {strings.firstUser}
          </Button>
        </ActionGroup>
      </Form>
    </Page>
  );
}
