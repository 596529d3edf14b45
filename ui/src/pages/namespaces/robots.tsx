// Robot accounts with ready credentials.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { getHost, useConfig, useRefresh } from "../../api/queries";
import type { Robot } from "../../api/types";
import {
  Button, CommandBox, ConfirmDialog, DataTable, ErrorNote, FormDialog, InfoDialog, Loading, Nothing, SelectField, TextField, ToolbarSlot, useNotices, When, type Column,
} from "../../kit";
import { strings } from "../../strings";
import { createRobot, deleteRobot, getRobotToken, listRobots, regenerateRobot, shorten } from "./robot-data";

interface Props {
  namespace: string;
  isOwn: boolean;
  canChange: boolean;
}

type Open = { kind: "create" } | { kind: "credentials" | "delete" | "regenerate"; robot: string };

export function Robots({ namespace, isOwn, canChange }: Props) {
  const [parameters] = useSearchParams();
  const notices = useNotices();
  const refresh = useRefresh();
  const [open, setOpen] = useState<Open | null>(parameters.get("create") === "robot" ? { kind: "create" } : null);
  const list = useQuery({ queryKey: ["robots", namespace], queryFn: () => listRobots(namespace, isOwn) });
  const reload = () => refresh("robots", namespace);
  const columns: Column<Robot>[] = [
    { title: strings.name, render: (robot) => robot.name },
    { title: strings.description, render: (robot) => robot.description || strings.none },
    { title: strings.repositories, render: (robot) => robot.repositories?.join(", ") || strings.none },
    { title: strings.lastAccessed, render: (robot) => <When time={robot.last_accessed} />, narrow: true },
    { title: strings.createdAt, render: (robot) => <When time={robot.created} />, narrow: true },
  ];
  const create = (
    <Button onClick={() => setOpen({ kind: "create" })} variant="secondary">
      {strings.createRobot}
    </Button>
  );
  return (
    <>
      <DataTable
        label={strings.robotAccounts}
        rows={list.data}
        columns={columns}
        rowKey={(robot) => robot.name}
        {...(canChange
          ? {
              actions: (robot: Robot) => [
                { title: strings.viewCredentials, onClick: () => setOpen({ kind: "credentials", robot: robot.name }) },
                { title: strings.regenerate, onClick: () => setOpen({ kind: "regenerate", robot: robot.name }) },
                { title: strings.delete, danger: true, onClick: () => setOpen({ kind: "delete", robot: robot.name }) },
              ],
              toolbar: <ToolbarSlot>{create}</ToolbarSlot>,
            }
          : {})}
        empty={
          <Nothing title={strings.noRobots} actions={canChange ? create : undefined}>
            {strings.noRobotsText}
          </Nothing>
        }
        error={list.error}
        onRetry={() => void list.refetch()}
      />
      {open?.kind === "create" ? (
        <CreateDialog
          namespace={namespace}
          isOwn={isOwn}
          onClose={() => setOpen(null)}
          onCreated={(robot) => {
            void reload();
            setOpen({ kind: "credentials", robot });
          }}
        />
      ) : null}
      {open?.kind === "credentials" ? <Credentials robot={open.robot} isOwn={isOwn} onClose={() => setOpen(null)} /> : null}
      {open?.kind === "delete" ? (
        <ConfirmDialog
          title={`${strings.delete} ${open.robot}`}
          text={strings.deleteRobotText}
          submit={strings.delete}
          typed={shorten(open.robot)}
          onClose={() => setOpen(null)}
          onConfirm={async () => {
            await deleteRobot(open.robot, isOwn);
            await reload();
          }}
        />
      ) : null}
      {open?.kind === "regenerate" ? (
        <ConfirmDialog
          title={strings.regenerate}
          text={strings.regenerateText}
          submit={strings.regenerate}
          onClose={() => setOpen(null)}
          onConfirm={async () => {
            await regenerateRobot(open.robot, isOwn);
            await refresh("robot-token", open.robot);
            notices.say(strings.saved);
          }}
        />
      ) : null}
    </>
  );
}

function CreateDialog(props: { namespace: string; isOwn: boolean; onClose: () => void; onCreated: (robot: string) => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  return (
    <FormDialog
      title={strings.createRobot}
      submit={strings.createRobot}
      canSubmit={name !== ""}
      onClose={props.onClose}
      onDone={() => props.onCreated(`${props.namespace}+${name}`)}
      onSubmit={() => createRobot(props.namespace, props.isOwn, name, description)}
    >
      <TextField label={strings.robotName} value={name} onChange={setName} help={strings.robotHelp} isRequired autoFocus />
      <TextField label={strings.description} value={description} onChange={setDescription} />
    </FormDialog>
  );
}

const forms: { value: string; title: string; make: (host: string, robot: string, token: string) => string }[] = [
  { value: "token", title: strings.token, make: (_, __, token) => token },
  { value: "docker", title: strings.dockerLogin, make: (host, robot, token) => `docker login -u='${robot}' -p='${token}' ${host}` },
  { value: "podman", title: strings.podmanLogin, make: (host, robot, token) => `podman login -u='${robot}' -p='${token}' ${host}` },
  {
    value: "kubernetes",
    title: strings.kubernetesSecret,
    make: (host, robot, token) =>
      `kubectl create secret docker-registry ${robot.replace(/[^a-z0-9-]/g, "-")}-pull-secret --docker-server=${host} --docker-username='${robot}' --docker-password='${token}'`,
  },
  {
    value: "config",
    title: strings.dockerConfig,
    make: (host, robot, token) => JSON.stringify({ auths: { [host]: { auth: btoa(`${robot}:${token}`), email: "" } } }, null, 2),
  },
];

function Credentials({ robot, isOwn, onClose }: { robot: string; isOwn: boolean; onClose: () => void }) {
  const host = getHost(useConfig().data);
  const [form, setForm] = useState("docker");
  const token = useQuery({ queryKey: ["robot-token", robot], queryFn: () => getRobotToken(robot, isOwn) });
  const chosen = forms.find((entry) => entry.value === form);
  return (
    <InfoDialog title={strings.credentialsFor(robot)} onClose={onClose}>
      {token.error !== null ? (
        <ErrorNote error={token.error} />
      ) : token.data === undefined || chosen === undefined ? (
        <Loading />
      ) : (
        <div className="ph-stack">
          <SelectField label={strings.format} value={form} onChange={setForm} choices={forms.map(({ value, title }) => ({ value, title }))} />
          <CommandBox command={chosen.make(host, robot, token.data)} secret={token.data} />
        </div>
      )}
    </InfoDialog>
  );
}
