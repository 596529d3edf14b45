// E-mail, time machine and the end of an organization.
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import type { Organization } from "../../api/types";
import { withFreshLogin } from "../../frame/fresh-login";
import { Button, ConfirmDialog, Section, Text, TextField, useNotices } from "../../kit";
import { strings } from "../../strings";
import { TimeMachine } from "./time-machine";

export function OrganizationSettings({ organization }: { organization: Organization }) {
  const navigate = useNavigate();
  const notices = useNotices();
  const refresh = useRefresh();
  const [email, setEmail] = useState(organization.email);
  const [isDeleting, setDeleting] = useState(false);
  const { name } = organization;
  const change = async (body: object) => {
    await read(client.PUT("/api/v1/organization/{organization}", { params: { path: { organization: name } }, body: body as never }));
    await refresh("organization", name);
  };
  return (
    <>
      <Section title={strings.profile}>
        <TextField label={strings.email} type="email" value={email} onChange={setEmail} />
        <Button variant="secondary" isDisabled={email === organization.email} onClick={() => void change({ email }).then(() => notices.say(strings.saved), notices.warn)}>
          {strings.save}
        </Button>
      </Section>
      <TimeMachine seconds={organization.tag_expiration_s ?? 1_209_600} onChange={(seconds) => change({ tag_expiration_s: seconds })} />
      <Section title={strings.deleteOrganization}>
        <Text>{strings.deleteOrganizationText}</Text>
        <Button variant="danger" onClick={() => setDeleting(true)}>
          {strings.deleteOrganization}
        </Button>
      </Section>
      {isDeleting ? (
        <ConfirmDialog
          title={strings.deleteOrganization}
          text={strings.deleteOrganizationText}
          submit={strings.deleteOrganization}
          typed={name}
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await withFreshLogin(() => read(client.DELETE("/api/v1/organization/{organization}", { params: { path: { organization: name } } })));
            await refresh("user");
            void navigate("/organization");
          }}
        />
      ) : null}
    </>
  );
}
