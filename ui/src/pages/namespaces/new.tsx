// Create an organization.
import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import { ActionGroup, Button, ErrorNote, Form, Page, TextField } from "../../kit";
import { strings } from "../../strings";

export function NewOrganization() {
  const navigate = useNavigate();
  const refresh = useRefresh();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await read(client.POST("/api/v1/organization/", { body: { name, ...(email === "" ? {} : { email }) } as never }));
      await refresh("user");
      void navigate(`/organization/${name}`);
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <Page title={strings.newOrganization}>
      <Form className="ph-form" onSubmit={(event) => void send(event)}>
        {error === null ? null : <ErrorNote error={error} />}
        <TextField label={strings.organizationName} value={name} onChange={setName} isRequired autoFocus />
        <TextField label={strings.email} type="email" value={email} onChange={setEmail} />
        <ActionGroup>
          <Button type="submit" isDisabled={isBusy || name === ""} isLoading={isBusy}>
            {strings.createOrganization}
          </Button>
        </ActionGroup>
      </Form>
    </Page>
  );
}
