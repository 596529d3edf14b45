// What is given on each new repository of an organization.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import { Button, DataTable, EntityPicker, FormDialog, Nothing, SelectField, ToolbarSlot, useNotices, type Column, type Entity } from "../../kit";
import { strings } from "../../strings";
import { roles } from "../repositories/settings";

interface Prototype {
  id: string;
  role: string;
  activating_user: { name: string } | null;
  delegate: { name: string; kind: string };
}

export function DefaultPermissions({ organization }: { organization: string }) {
  const notices = useNotices();
  const refresh = useRefresh();
  const [isAdding, setAdding] = useState(false);
  const path = { organization };
  const list = useQuery({
    queryKey: ["prototypes", organization],
    queryFn: () => read<{ prototypes: Prototype[] }>(client.GET("/api/v1/organization/{organization}/prototypes", { params: { path } })),
  });
  const reload = () => refresh("prototypes", organization);
  const change = async (row: Prototype, role: string) => {
    await read(
      client.PUT("/api/v1/organization/{organization}/prototypes/{uuid}", { params: { path: { organization, uuid: row.id } }, body: { id: row.id, role } as never }),
    );
    await reload();
  };
  const remove = async (row: Prototype) => {
    await read(client.DELETE("/api/v1/organization/{organization}/prototypes/{uuid}", { params: { path: { organization, uuid: row.id } } }));
    await reload();
  };
  const columns: Column<Prototype>[] = [
    { title: strings.createdBy, render: (row) => row.activating_user?.name ?? strings.anyone },
    { title: strings.appliesTo, render: (row) => `${row.delegate.name} (${row.delegate.kind})` },
    {
      title: strings.permission,
      render: (row) => (
        <SelectField label={`${strings.permission} ${row.delegate.name}`} value={row.role} onChange={(role) => void change(row, role).catch(notices.warn)} choices={roles} />
      ),
    },
  ];
  const add = (
    <Button variant="secondary" onClick={() => setAdding(true)}>
      {strings.addDefaultPermission}
    </Button>
  );
  return (
    <>
      <DataTable
        label={strings.defaultPermissions}
        rows={list.data?.prototypes}
        columns={columns}
        rowKey={(row) => row.id}
        actions={(row) => [{ title: strings.delete, danger: true, onClick: () => void remove(row).catch(notices.warn) }]}
        toolbar={<ToolbarSlot>{add}</ToolbarSlot>}
        empty={
          <Nothing title={strings.noDefaultPermissions} actions={add}>
            {strings.noDefaultPermissionsText}
          </Nothing>
        }
        error={list.error}
      />
      {isAdding ? <AddDialog organization={organization} onDone={reload} onClose={() => setAdding(false)} /> : null}
    </>
  );
}

function AddDialog({ organization, onDone, onClose }: { organization: string; onDone: () => Promise<unknown>; onClose: () => void }) {
  const [delegate, setDelegate] = useState<Entity | null>(null);
  const [role, setRole] = useState("read");
  return (
    <FormDialog
      title={strings.addDefaultPermission}
      submit={strings.addDefaultPermission}
      canSubmit={delegate !== null}
      onClose={onClose}
      onSubmit={async () => {
        const body = { role, delegate: { name: delegate?.name, kind: delegate?.kind === "team" ? "team" : "user" } } as never;
        await read(client.POST("/api/v1/organization/{organization}/prototypes", { params: { path: { organization } }, body }));
        await onDone();
      }}
    >
      <EntityPicker label={strings.appliesTo} namespace={organization} withTeams value={delegate} onChange={setDelegate} />
      <SelectField label={strings.role} value={role} onChange={setRole} choices={roles} />
    </FormDialog>
  );
}
