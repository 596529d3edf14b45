// The Fetch Tag dialog (specification S7.3 to S7.14).
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { getHost, useConfig, useUser } from "../../api/queries";
import type { Repository, Robot, Tag } from "../../api/types";
import { CommandBox, InfoDialog, SelectField, Text } from "../../kit";
import { strings } from "../../strings";
import { getRobotToken, listRobots } from "../namespaces/robot-data";

const remembered = "pierhead.fetch-format";

interface Parts {
  scheme: string;
  host: string;
  name: string;
  tag: Tag;
  login: { name: string; token: string } | null;
}

const formats: { value: string; title: string; make: (parts: Parts) => string }[] = [
  { value: "docker", title: strings.dockerByTag, make: (p) => `${login("docker", p)}docker pull ${p.host}/${p.name}:${p.tag.name}` },
  { value: "docker-digest", title: strings.dockerByDigest, make: (p) => `${login("docker", p)}docker pull ${p.host}/${p.name}@${p.tag.manifest_digest}` },
  { value: "podman", title: strings.podmanByTag, make: (p) => `${login("podman", p)}podman pull ${p.host}/${p.name}:${p.tag.name}` },
  { value: "podman-digest", title: strings.podmanByDigest, make: (p) => `${login("podman", p)}podman pull ${p.host}/${p.name}@${p.tag.manifest_digest}` },
  {
    value: "squash",
    title: strings.squashed,
    make: (p) => `curl -fL ${p.login === null ? "" : `-u '${p.login.name}:${p.login.token}' `}${p.scheme}://${p.host}/c1/squash/${p.name}/${p.tag.name} | docker load`,
  },
  {
    value: "skopeo",
    title: strings.skopeoCopy,
    make: (p) => `skopeo copy ${p.login === null ? "" : `--src-creds '${p.login.name}:${p.login.token}' `}docker://${p.host}/${p.name}:${p.tag.name} dir:${p.tag.name}`,
  },
  { value: "kubernetes", title: strings.kubernetesPod, make: (p) => `kubectl run ${p.tag.name.replace(/[^a-z0-9-]/gi, "-").toLowerCase()} --image=${p.host}/${p.name}:${p.tag.name}` },
];

function login(tool: string, { login: account, host }: Parts): string {
  return account === null ? "" : `${tool} login -u='${account.name}' -p='${account.token}' ${host} && `;
}

export function FetchDialog({ name, tag, repository, onClose }: { name: string; tag: Tag; repository: Repository; onClose: () => void }) {
  const config = useConfig();
  const user = useUser();
  const [format, setFormat] = useState(window.localStorage.getItem(remembered) ?? "docker");
  const [robot, setRobot] = useState("");
  const [namespace = ""] = name.split("/");
  const isOwn = namespace === user.data?.username;
  const robots = useQuery({
    queryKey: ["robots", namespace],
    enabled: user.data !== null && user.data !== undefined,
    retry: false,
    queryFn: () => listRobots(namespace, isOwn),
  });
  const token = useQuery({
    queryKey: ["robot-token", robot],
    enabled: robot !== "",
    staleTime: Infinity,
    queryFn: () => getRobotToken(robot, isOwn),
  });
  const access = useQuery({
    queryKey: ["robot-access", name, robot],
    enabled: robot !== "" && repository.can_admin && !repository.is_public,
    queryFn: () =>
      read<{ role: string | null }>(
        client.GET("/api/v1/repository/{repository}/permissions/explain", { params: { path: { repository: name }, query: { user: robot } as never } }),
      ),
  });
  const chosen = formats.find((entry) => entry.value === format) ?? formats[0];
  if (chosen === undefined) return null;
  const parts: Parts = {
    scheme: config.data?.config.PREFERRED_URL_SCHEME ?? "https",
    host: getHost(config.data),
    name,
    tag,
    login: robot !== "" && token.data !== undefined ? { name: robot, token: token.data } : null,
  };
  const command = chosen.make(parts);
  const cannotRead = access.data !== undefined && (access.data.role === null || access.data.role === "none");
  return (
    <InfoDialog title={`${strings.fetchTag}: ${tag.name}`} onClose={onClose}>
      <div className="ph-stack">
        <SelectField
          label={strings.format}
          value={chosen.value}
          onChange={(value) => {
            window.localStorage.setItem(remembered, value);
            setFormat(value);
          }}
          choices={formats.map(({ value, title }) => ({ value, title }))}
        />
        <SelectField
          label={strings.pullWith}
          value={robot}
          onChange={setRobot}
          choices={[{ value: "", title: strings.noCredentials }, ...(robots.data ?? []).map((item: Robot) => ({ value: item.name, title: item.name }))]}
        />
        {cannotRead ? <Text>{strings.robotCannotRead(robot)}</Text> : null}
        <CommandBox command={command} secret={parts.login?.token ?? null} />
        {chosen.value === "squash" ? <Text>{strings.squashedHelp}</Text> : null}
      </div>
    </InfoDialog>
  );
}
