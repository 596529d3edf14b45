// A mail with a link for who forgot the password.
import { useState, type FormEvent } from "react";
import { client, read } from "../../api/client";
import { ActionGroup, Button, ErrorNote, Form, InlineNote, Page, TextField } from "../../kit";
import { strings } from "../../strings";

export function Recover() {
  const [email, setEmail] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isSent, setSent] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    try {
      const call = client.POST as unknown as (path: string, options: object) => ReturnType<typeof client.POST>;
      await read(call("/api/v1/recovery", { body: { email } }));
      setSent(true);
    } catch (refusal) {
      setError(refusal);
    }
  };
  return (
    <Page title={strings.forgotPassword}>
      {isSent ? (
        <InlineNote severity="success">{strings.recoverText}</InlineNote>
      ) : (
        <Form className="ph-form" onSubmit={(event) => void send(event)}>
          {error === null ? null : <ErrorNote error={error} />}
          <TextField label={strings.email} type="email" autoComplete="email" value={email} onChange={setEmail} isRequired autoFocus />
          <ActionGroup>
            <Button type="submit" isDisabled={email === ""}>
              {strings.recover}
            </Button>
          </ActionGroup>
        </Form>
      )}
    </Page>
  );
}
