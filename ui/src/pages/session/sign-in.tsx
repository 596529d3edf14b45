// Sign in by password or at another provider; an empty registry makes its first user here.
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { client, read } from "../../api/client";
import { useConfig, useRefresh } from "../../api/queries";
import { ActionGroup, Button, ErrorNote, Form, Page, TextField } from "../../kit";
import { strings } from "../../strings";
import { FirstUser } from "./first-user";

export function SignIn() {
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const config = useConfig();
  const status = useQuery({
    queryKey: ["registrystatus"],
    queryFn: () => read<{ status: string }>(client.GET("/api/v1/superuser/registrystatus")),
  });
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);

  const enter = async () => {
    await refresh();
    const next = parameters.get("next") ?? "/";
    // Only places of our own: an address of another server would begin with two slashes.
    void navigate(/^\/(?![/\\])/.test(next) ? next : "/");
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await read(client.POST("/api/v1/signin", { body: { username, password } }), { isQuiet: true });
      await enter();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  if (status.data?.status === "setup-incomplete") return <FirstUser onDone={enter} />;
  return (
    <Page title={strings.signIn} heading={strings.signInTitle}>
      <Form className="ph-form" onSubmit={(event) => void send(event)}>
        {error === null ? null : <ErrorNote error={error} />}
        <TextField label={strings.usernameOrEmail} autoComplete="username" value={username} onChange={setUsername} isRequired autoFocus />
        <TextField label={strings.password} type="password" autoComplete="current-password" value={password} onChange={setPassword} isRequired />
        <ActionGroup>
          <Button type="submit" isDisabled={isBusy || username === "" || password === ""} isLoading={isBusy}>
            {strings.signIn}
          </Button>
          {config.data?.features["USER_CREATION"] ? <Link to="/createaccount">{strings.createAccount}</Link> : null}
          {config.data?.features["MAILING"] ? <Link to="/recover">{strings.forgotPassword}</Link> : null}
        </ActionGroup>
        {config.data?.external_login?.map((provider) => (
          <ExternalSignIn key={provider.id} id={provider.id} title={provider.title} onError={setError} />
        ))}
      </Form>
    </Page>
  );
}

function ExternalSignIn({ id, title, onError }: { id: string; title: string; onError: (error: unknown) => void }) {
  const begin = async () => {
    try {
      // Announced only by servers that serve it.
      const call = client.POST as unknown as (path: string, options: object) => ReturnType<typeof client.POST>;
      const answer = await read<{ auth_url: string }>(
        call("/api/v1/externallogin/{service_id}", { params: { path: { service_id: id } }, body: { kind: "login" } }),
      );
      window.location.assign(answer.auth_url);
    } catch (error) {
      onError(error);
    }
  };
  return (
    <Button variant="secondary" onClick={() => void begin()}>
      {strings.continueWith(title)}
    </Button>
  );
}
