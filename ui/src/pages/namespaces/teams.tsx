// The teams of an organization and everybody who is in it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import type { Member, Organization, Team } from "../../api/types";
import { Button, ConfirmDialog, DataTable, FormDialog, Nothing, Section, SelectField, TextField, ToolbarSlot, useNotices, type Column } from "../../kit";
import { strings } from "../../strings";

export const teamRoles = [
  { value: "member", title: strings.memberRole },
  { value: "creator", title: strings.creatorRole },
  { value: "admin", title: strings.adminRole },
];

export function Teams({ organization }: { organization: Organization }) {
  const [parameters] = useSearchParams();
  const notices = useNotices();
  const refresh = useRefresh();
  const [isCreating, setCreating] = useState(parameters.get("create") === "team");
  const [deleting, setDeleting] = useState<string | null>(null);
  const { name, is_admin: isAdmin } = organization;
  const put = async (team: string, role: string, description: string) => {
    await read(
      client.PUT("/api/v1/organization/{organization}/team/{team}", { params: { path: { organization: name, team } }, body: { role, description } as never }),
    );
    await refresh("organization", name);
  };
  const columns: Column<Team>[] = [
    { title: strings.team, render: (team) => <Link to={`/organization/${name}/teams/${team.name}`}>{team.name}</Link> },
    { title: strings.description, render: (team) => team.description || strings.none },
    { title: strings.members, render: (team) => team.member_count ?? strings.none, narrow: true },
    {
      title: strings.teamRole,
      render: (team) =>
        isAdmin ? (
          <SelectField
            label={`${strings.teamRole} ${team.name}`}
            value={team.role}
            onChange={(role) => void put(team.name, role, team.description).catch(notices.warn)}
            choices={teamRoles}
          />
        ) : (
          team.role
        ),
    },
  ];
  return (
    <>
      <DataTable
        label={strings.teamsAndMembership}
        rows={Object.values(organization.teams)}
        columns={columns}
        rowKey={(team) => team.name}
        {...(isAdmin
          ? {
              actions: (team: Team) => [{ title: strings.deleteTeam, danger: true, onClick: () => setDeleting(team.name) }],
              toolbar: (
                <ToolbarSlot>
                  <Button variant="secondary" onClick={() => setCreating(true)}>
                    {strings.createTeam}
                  </Button>
                </ToolbarSlot>
              ),
            }
          : {})}
        empty={<Nothing title={strings.noTeams} />}
      />
      {isAdmin ? <Members organization={name} /> : null}
      {isCreating ? <CreateDialog onCreate={(team, description) => put(team, "member", description)} onClose={() => setCreating(false)} /> : null}
      {deleting === null ? null : (
        <ConfirmDialog
          title={`${strings.deleteTeam} ${deleting}`}
          text={strings.deleteTeamText}
          submit={strings.deleteTeam}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await read(client.DELETE("/api/v1/organization/{organization}/team/{team}", { params: { path: { organization: name, team: deleting } } }));
            await refresh("organization", name);
          }}
        />
      )}
    </>
  );
}

function CreateDialog({ onCreate, onClose }: { onCreate: (name: string, description: string) => Promise<void>; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  return (
    <FormDialog title={strings.createTeam} submit={strings.createTeam} canSubmit={name !== ""} onClose={onClose} onSubmit={() => onCreate(name, description)}>
      <TextField label={strings.name} value={name} onChange={setName} isRequired autoFocus />
      <TextField label={strings.description} value={description} onChange={setDescription} />
    </FormDialog>
  );
}

function Members({ organization }: { organization: string }) {
  const list = useQuery({
    queryKey: ["members", organization],
    queryFn: () => read<{ members: Member[] }>(client.GET("/api/v1/organization/{organization}/members", { params: { path: { organization } } })),
  });
  const columns: Column<Member>[] = [
    { title: strings.user, render: (member) => member.name },
    { title: strings.teamsAndMembership, render: (member) => member.teams?.map((team) => team.name).join(", ") || strings.none },
    { title: strings.repositories, render: (member) => member.repositories?.join(", ") || strings.none },
  ];
  return (
    <Section title={strings.members}>
      <DataTable label={strings.members} rows={list.data?.members} columns={columns} rowKey={(member) => member.name} empty={<Nothing title={strings.noMembers} />} error={list.error} />
    </Section>
  );
}
