// Who may do what, whether everybody may pull, and the end of the repository.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh, useUser } from "../../api/queries";
import type { Permission, Repository } from "../../api/types";
import { Button, ConfirmDialog, DataTable, EntityPicker, FormDialog, Nothing, Section, SelectField, Text, ToolbarSlot, useNotices, type Column, type Entity } from "../../kit";
import { strings } from "../../strings";

export const roles = [
  { value: "read", title: strings.roleRead },
  { value: "write", title: strings.roleWrite },
  { value: "admin", title: strings.roleAdmin },
];

export function RepositorySettings({ name, repository }: { name: string; repository: Repository }) {
  return (
    <>
      <Permissions name={name} />
      <Visibility name={name} repository={repository} />
      <Deletion name={name} />
    </>
  );
}

interface Row extends Permission {
  holder: "user" | "team";
}

function Permissions({ name }: { name: string }) {
  const [namespace = ""] = name.split("/");
  const user = useUser();
  const notices = useNotices();
  const refresh = useRefresh();
  const [isAdding, setAdding] = useState(false);
  const isOrganization = user.data?.username !== namespace;
  const list = useQuery({
    queryKey: ["permissions", name],
    queryFn: async () => {
      const path = { repository: name };
      const [users, teams] = await Promise.all([
        read<{ permissions: Record<string, Permission> }>(client.GET("/api/v1/repository/{repository}/permissions/user/", { params: { path } })),
        read<{ permissions: Record<string, Permission> }>(client.GET("/api/v1/repository/{repository}/permissions/team/", { params: { path } })),
      ]);
      return [
        ...Object.values(teams.permissions).map((row): Row => ({ ...row, holder: "team" })),
        ...Object.values(users.permissions).map((row): Row => ({ ...row, holder: "user" })),
      ];
    },
  });
  const give = async (holder: Row["holder"], holderName: string, role: string) => {
    const body = { role } as never;
    await read(
      holder === "team"
        ? client.PUT("/api/v1/repository/{repository}/permissions/team/{team}", { params: { path: { repository: name, team: holderName } }, body })
        : client.PUT("/api/v1/repository/{repository}/permissions/user/{username}", { params: { path: { repository: name, username: holderName } }, body }),
    );
    await refresh("permissions", name);
  };
  const take = async (row: Row) => {
    await read(
      row.holder === "team"
        ? client.DELETE("/api/v1/repository/{repository}/permissions/team/{team}", { params: { path: { repository: name, team: row.name } } })
        : client.DELETE("/api/v1/repository/{repository}/permissions/user/{username}", { params: { path: { repository: name, username: row.name } } }),
    );
    await refresh("permissions", name);
    notices.say(strings.removedPermission(row.name), () => give(row.holder, row.name, row.role));
  };
  const columns: Column<Row>[] = [
    { title: strings.account, render: (row) => row.name },
    { title: strings.type, render: (row) => (row.holder === "team" ? strings.team : row.is_robot ? strings.robot : strings.user), narrow: true },
    {
      title: strings.permission,
      render: (row) => (
        <SelectField label={`${strings.permission} ${row.name}`} value={row.role} onChange={(role) => void give(row.holder, row.name, role).catch(notices.warn)} choices={roles} />
      ),
    },
  ];
  return (
    <Section title={strings.permissions}>
      <DataTable
        label={strings.permissions}
        rows={list.data}
        columns={columns}
        rowKey={(row) => row.name}
        actions={(row) => [{ title: strings.remove, danger: true, onClick: () => void take(row).catch(notices.warn) }]}
        toolbar={
          <ToolbarSlot>
            <Button variant="secondary" onClick={() => setAdding(true)}>
              {strings.addPermission}
            </Button>
          </ToolbarSlot>
        }
        empty={<Nothing title={strings.noPermissions} />}
        error={list.error}
      />
      {isAdding ? <PermissionDialog namespace={namespace} withTeams={isOrganization} onGive={give} onClose={() => setAdding(false)} /> : null}
    </Section>
  );
}

function PermissionDialog(props: {
  namespace: string;
  withTeams: boolean;
  onGive: (holder: "user" | "team", name: string, role: string) => Promise<void>;
  onClose: () => void;
}) {
  const [holder, setHolder] = useState<Entity | null>(null);
  const [role, setRole] = useState("read");
  return (
    <FormDialog
      title={strings.addPermission}
      submit={strings.addPermission}
      canSubmit={holder !== null}
      onClose={props.onClose}
      onSubmit={() => props.onGive(holder?.kind === "team" ? "team" : "user", holder?.name ?? "", role)}
    >
      <EntityPicker label={strings.holderName} namespace={props.namespace} withTeams={props.withTeams} value={holder} onChange={setHolder} />
      <SelectField label={strings.role} value={role} onChange={setRole} choices={roles} />
    </FormDialog>
  );
}

function Visibility({ name, repository }: { name: string; repository: Repository }) {
  const refresh = useRefresh();
  const notices = useNotices();
  const change = async (visibility: "public" | "private") => {
    await read(client.POST("/api/v1/repository/{repository}/changevisibility", { params: { path: { repository: name } }, body: { visibility } as never }));
    await refresh("repository", name);
  };
  const next = repository.is_public ? "private" : "public";
  return (
    <Section title={strings.visibility}>
      <Text>{repository.is_public ? strings.publicNow : strings.privateNow}</Text>
      <Button variant="secondary" onClick={() => void change(next).catch(notices.warn)}>
        {repository.is_public ? strings.makePrivate : strings.makePublic}
      </Button>
    </Section>
  );
}

function Deletion({ name }: { name: string }) {
  const navigate = useNavigate();
  const notices = useNotices();
  const refresh = useRefresh();
  const [isAsking, setAsking] = useState(false);
  return (
    <Section title={strings.deleteRepository}>
      <Text>{strings.deleteRepositoryText}</Text>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {strings.deleteRepository}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={strings.deleteRepository}
          text={strings.deleteRepositoryText}
          submit={strings.deleteRepository}
          typed={name}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await read(client.DELETE("/api/v1/repository/{repository}", { params: { path: { repository: name } } }));
            await refresh("repositories");
            notices.say(strings.deletedRepository(name));
            void navigate("/repository");
          }}
        />
      ) : null}
    </Section>
  );
}
