// What the repository is: how to pull, its description, what happened, who has access.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { getHost, useConfig, useRefresh } from "../../api/queries";
import type { Repository } from "../../api/types";
import { Button, CopyField, DayBars, ErrorNote, FormDialog, Loading, Markdown, Nothing, Section, Text, TextAreaField, TextField } from "../../kit";
import { strings } from "../../strings";

export function Information({ name, repository }: { name: string; repository: Repository }) {
  const host = getHost(useConfig().data);
  const [isEditing, setEditing] = useState(false);
  return (
    <>
      <Section title={strings.pull}>
        <div className="ph-commands">
          {repository.kind === "image" ? (
            <>
              <CopyField text={`docker pull ${host}/${name}`} label="docker pull" />
              <CopyField text={`podman pull ${host}/${name}`} label="podman pull" />
            </>
          ) : (
            <CopyField text={`helm registry install ${host}/${name}`} label="helm" />
          )}
        </div>
      </Section>
      <Section title={strings.readme}>
        {repository.description ? (
          <Markdown text={repository.description} />
        ) : (
          <Nothing title={strings.noReadme}>{repository.can_write ? strings.noReadmeText : undefined}</Nothing>
        )}
        {repository.can_write ? (
          <Button variant="secondary" onClick={() => setEditing(true)}>
            {strings.edit}
          </Button>
        ) : null}
      </Section>
      {repository.stats === undefined || repository.stats.length === 0 ? null : (
        <Section title={strings.activity}>
          <DayBars days={repository.stats} label={strings.activityLabel} />
        </Section>
      )}
      {repository.can_admin ? (
        <Section title={strings.access}>
          <ExplainAccess name={name} />
        </Section>
      ) : null}
      {isEditing ? <DescriptionDialog name={name} text={repository.description ?? ""} onClose={() => setEditing(false)} /> : null}
    </>
  );
}

function DescriptionDialog({ name, text, onClose }: { name: string; text: string; onClose: () => void }) {
  const refresh = useRefresh();
  const [description, setDescription] = useState(text);
  return (
    <FormDialog
      title={strings.readme}
      submit={strings.save}
      onClose={onClose}
      onSubmit={async () => {
        await read(client.PUT("/api/v1/repository/{repository}", { params: { path: { repository: name } }, body: { description } as never }));
        await refresh("repository", name);
      }}
    >
      <TextAreaField label={strings.description} value={description} onChange={setDescription} rows={14} />
    </FormDialog>
  );
}

interface Explanation {
  role: string | null;
  grants: { role: string; source: string; team?: string | null; name?: string | null }[];
}

function ExplainAccess({ name }: { name: string }) {
  const [typed, setTyped] = useState("");
  const [asked, setAsked] = useState("");
  const answer = useQuery({
    queryKey: ["explain", name, asked],
    enabled: asked !== "",
    queryFn: () =>
      read<Explanation>(
        client.GET("/api/v1/repository/{repository}/permissions/explain", { params: { path: { repository: name }, query: { user: asked } as never } }),
      ),
  });
  return (
    <>
      <Text>{strings.explainText}</Text>
      <form
        className="ph-row"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(typed.trim());
        }}
      >
        <TextField label={strings.holderName} value={typed} onChange={setTyped} />
        <Button type="submit" variant="secondary" isDisabled={typed.trim() === ""}>
          {strings.explain}
        </Button>
      </form>
      {asked === "" ? null : answer.isPending ? (
        <Loading />
      ) : answer.error !== null ? (
        <ErrorNote error={answer.error} />
      ) : (
        <>
          <Text>{`${strings.effective}: ${answer.data.role ?? strings.none}`}</Text>
          <ul>
            {answer.data.grants.map((grant, index) => (
              <li key={index}>{[grant.role, grant.source, grant.team ?? grant.name].filter(Boolean).join(" · ")}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
