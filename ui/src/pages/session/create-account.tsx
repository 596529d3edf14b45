// A new account for oneself, where the settings allow that.
import { useState, type FormEvent } from "react";
import { Link, useNavigate } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import { ActionGroup, Button, ErrorNote, Form, InlineNote, Page, TextField } from "../../kit";
import { strings } from "../../strings";

export function CreateAccount() {
  const navigate = useNavigate();
  const refresh = useRefresh();
  const [username, setUsername] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [awaitsMail, setAwaitsMail] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const answer = await read<{ awaiting_verification?: boolean }>(client.POST("/api/v1/user/", { body: { username, email, password } as never }));
      if (answer?.awaiting_verification) {
        setAwaitsMail(true);
        return;
      }
      await read(client.POST("/api/v1/signin", { body: { username, password } }));
      await refresh();
      void navigate("/");
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  if (awaitsMail) {
    return (
      <Page title={strings.createAccount}>
        <InlineNote severity="success">{strings.awaitingMail}</InlineNote>
      </Page>
    );
  }
  return (
    <Page title={strings.createAccount}>
      <Form className="ph-form" onSubmit={(event) => void send(event)}>
        {error === null ? null : <ErrorNote error={error} />}
        <TextField label={strings.username} autoComplete="username" value={username} onChange={setUsername} isRequired autoFocus />
        <TextField label={strings.email} type="email" autoComplete="email" value={email} onChange={setEmail} isRequired />
        <TextField label={strings.password} type="password" autoComplete="new-password" value={password} onChange={setPassword} help={strings.passwordHelp} isRequired />
        <ActionGroup>
          <Button type="submit" isDisabled={isBusy || username === "" || email === "" || password.length < 8} isLoading={isBusy}>
            {strings.createAccount}
          </Button>
          <Link to="/signin">{strings.haveAccount}</Link>
        </ActionGroup>
      </Form>
    </Page>
  );
}
