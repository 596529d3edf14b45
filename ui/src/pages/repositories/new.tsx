// Create a repository (specification S1.2 to S1.8 and S1.12 to S1.15).
import { useState, type FormEvent } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh, useUser } from "../../api/queries";
import { ActionGroup, Button, ErrorNote, Form, Loading, Page, RadioField, SelectField, TextAreaField, TextField } from "../../kit";
import { strings } from "../../strings";

export function NewRepository() {
  const user = useUser();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const [parameters] = useSearchParams();
  const [kind, setKind] = useState("image");
  const [namespace, setNamespace] = useState(parameters.get("namespace") ?? "");
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [visibility, setVisibility] = useState("private");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  if (user.isPending) return <Loading />;
  const own = user.data?.username ?? "";
  const choices = [own, ...(user.data?.organizations ?? []).filter((organization) => organization.can_create_repo).map((organization) => organization.name)];
  const chosen = choices.includes(namespace) ? namespace : own;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await read(
        client.POST("/api/v1/repository", {
          body: { namespace: chosen, repository: name, visibility, description, repo_kind: kind } as never,
        }),
      );
      await refresh("repositories");
      void navigate(`/repository/${chosen}/${name}`);
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  return (
    <Page title={strings.newRepository}>
      <Form className="ph-form" onSubmit={(event) => void send(event)}>
        {error === null ? null : <ErrorNote error={error} />}
        <RadioField
          label={strings.kind}
          value={kind}
          onChange={setKind}
          choices={[
            { value: "image", title: strings.imageRepository, help: strings.imageRepositoryHelp },
            { value: "application", title: strings.applicationRepository, help: strings.applicationRepositoryHelp },
          ]}
        />
        {choices.length > 1 ? (
          <SelectField label={strings.namespace} value={chosen} onChange={setNamespace} choices={choices.map((value) => ({ value, title: value }))} />
        ) : null}
        <TextField label={strings.repositoryName} value={name} onChange={setName} isRequired autoFocus />
        <RadioField
          label={strings.visibility}
          value={visibility}
          onChange={setVisibility}
          choices={[
            { value: "private", title: strings.private, help: strings.privateHelp },
            { value: "public", title: strings.public, help: strings.publicHelp },
          ]}
        />
        <TextAreaField label={strings.description} value={description} onChange={setDescription} rows={4} />
        <ActionGroup>
          <Button type="submit" isDisabled={isBusy || name === ""} isLoading={isBusy}>
            {strings.createRepository}
          </Button>
        </ActionGroup>
      </Form>
    </Page>
  );
}
