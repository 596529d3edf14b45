// Who is in a team.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import type { TeamMember } from "../../api/types";
import { Button, Chip, DataTable, EntityPicker, FormDialog, Nothing, Page, ToolbarSlot, useNotices, type Column, type Entity } from "../../kit";
import { strings } from "../../strings";

export function TeamPage() {
  const { namespace = "", team = "" } = useParams();
  const notices = useNotices();
  const refresh = useRefresh();
  const [isAdding, setAdding] = useState(false);
  const list = useQuery({
    queryKey: ["team", namespace, team],
    queryFn: () =>
      read<{ members: TeamMember[]; can_edit: boolean }>(
        client.GET("/api/v1/organization/{organization}/team/{team}/members", {
          params: { path: { organization: namespace, team }, query: { includePending: "true" } as never },
        }),
      ),
  });
  const add = async (member: string) => {
    await read(client.PUT("/api/v1/organization/{organization}/team/{team}/members/{member}", { params: { path: { organization: namespace, team, member } } }));
    await refresh("team", namespace, team);
  };
  const remove = async (member: string) => {
    await read(client.DELETE("/api/v1/organization/{organization}/team/{team}/members/{member}", { params: { path: { organization: namespace, team, member } } }));
    await refresh("team", namespace, team);
    notices.say(strings.removedMember(member), () => add(member));
  };
  const columns: Column<TeamMember>[] = [
    { title: strings.name, render: (member) => member.name || member.email },
    { title: strings.type, render: (member) => <Chip>{member.invited ? strings.invited : member.is_robot ? strings.robot : strings.user}</Chip>, narrow: true },
  ];
  const canEdit = list.data?.can_edit ?? false;
  return (
    <Page
      title={team}
      crumbs={[{ title: strings.organizations, to: "/organization" }, { title: namespace, to: `/organization/${namespace}?tab=teams` }, { title: team }]}
    >
      <DataTable
        label={strings.members}
        rows={list.data?.members}
        columns={columns}
        rowKey={(member) => member.name || (member.email ?? "")}
        {...(canEdit
          ? {
              actions: (member: TeamMember) => [{ title: strings.removeMember, danger: true, onClick: () => void remove(member.name).catch(notices.warn) }],
              toolbar: (
                <ToolbarSlot>
                  <Button variant="secondary" onClick={() => setAdding(true)}>
                    {strings.addMember}
                  </Button>
                </ToolbarSlot>
              ),
            }
          : {})}
        empty={<Nothing title={strings.noMembers} />}
        error={list.error}
        onRetry={() => void list.refetch()}
      />
      {isAdding ? <AddDialog namespace={namespace} onAdd={add} onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function AddDialog({ namespace, onAdd, onClose }: { namespace: string; onAdd: (member: string) => Promise<void>; onClose: () => void }) {
  const [member, setMember] = useState<Entity | null>(null);
  return (
    <FormDialog title={strings.addMember} submit={strings.addMember} canSubmit={member !== null} onClose={onClose} onSubmit={() => onAdd(member?.name ?? "")}>
      <EntityPicker label={strings.memberName} namespace={namespace} value={member} onChange={setMember} />
    </FormDialog>
  );
}
