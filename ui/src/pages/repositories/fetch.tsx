// The Fetch Tag dialog (specification S7.3 to S7.14). The server makes the commands, so that the command line and the pages agree.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import { CommandBox, ErrorNote, InfoDialog, InlineNote, Loading, SelectField, Size, Text } from "../../kit";
import { strings } from "../../strings";

const remembered = "pierhead.fetch-format";

interface Format {
  name: string;
  title: string;
  command: string;
  is_available: boolean;
  reason?: string | null;
  is_cached?: boolean;
  size?: number | null;
}

interface Fetchable {
  platforms: string[];
  robot: string | null;
  needs_login: boolean;
  robots: { name: string; has_access: boolean }[];
  formats: Format[];
}

export function FetchDialog({ name, tag, onClose }: { name: string; tag: string; onClose: () => void }) {
  const [format, setFormat] = useState(window.localStorage.getItem(remembered) ?? "");
  const [robot, setRobot] = useState("");
  const [platform, setPlatform] = useState("");
  const found = useQuery({
    queryKey: ["fetch", name, tag, robot, platform],
    placeholderData: keepPreviousData,
    queryFn: () => {
      const query = { ...(robot === "" ? {} : { robot }), ...(platform === "" ? {} : { platform }) };
      return read<Fetchable>(client.GET("/api/v1/repository/{repository}/tag/{tag}/fetch", { params: { path: { repository: name, tag }, query } }));
    },
  });
  return (
    <InfoDialog title={`${strings.fetchTag}: ${tag}`} onClose={onClose}>
      {found.error !== null ? (
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      ) : found.data === undefined ? (
        <Loading />
      ) : (
        <Choices
          found={found.data}
          format={format}
          robot={robot}
          platform={platform}
          onFormat={(value) => {
            window.localStorage.setItem(remembered, value);
            setFormat(value);
          }}
          onRobot={setRobot}
          onPlatform={setPlatform}
        />
      )}
    </InfoDialog>
  );
}

function Choices(props: {
  found: Fetchable;
  format: string;
  robot: string;
  platform: string;
  onFormat: (value: string) => void;
  onRobot: (value: string) => void;
  onPlatform: (value: string) => void;
}) {
  const { found } = props;
  const chosen = found.formats.find((format) => format.name === props.format) ?? found.formats[0];
  if (chosen === undefined) return null;
  const robot = found.robots.find((other) => other.name === props.robot);
  return (
    <div className="ph-stack">
      <SelectField label={strings.format} value={chosen.name} onChange={props.onFormat} choices={found.formats.map((format) => ({ value: format.name, title: format.title }))} />
      <SelectField
        label={strings.pullWith}
        value={props.robot}
        onChange={props.onRobot}
        choices={[
          { value: "", title: found.needs_login ? strings.ownCredentials : strings.noCredentials },
          ...found.robots.map((other) => ({ value: other.name, title: other.name })),
        ]}
      />
      {found.platforms.length > 1 ? (
        <SelectField
          label={strings.platform}
          value={props.platform}
          onChange={props.onPlatform}
          choices={[{ value: "", title: strings.anyPlatform }, ...found.platforms.map((value) => ({ value, title: value }))]}
        />
      ) : null}
      {robot !== undefined && !robot.has_access ? <InlineNote severity="warning">{strings.robotCannotRead(robot.name)}</InlineNote> : null}
      {chosen.is_available ? <CommandBox command={chosen.command} secret={findSecret(chosen.command, found.robot)} /> : <InlineNote severity="warning">{chosen.reason ?? ""}</InlineNote>}
      {chosen.name === "squash" && chosen.is_available ? (
        <Text>
          {chosen.is_cached ? strings.squashCached : strings.squashStreams} {chosen.is_cached ? <Size bytes={chosen.size} /> : null} {strings.squashedHelp}
        </Text>
      ) : null}
    </div>
  );
}

/** The robot's secret in a command, which the screen does not show. */
export function findSecret(command: string, robot: string | null): string | null {
  if (robot === null) return null;
  const name = robot.replaceAll("+", "(?:\\+|%2B)");
  const found = new RegExp(`${name}['"]?(?::|\\s+(?:-p|--password)[ =]?)['"]?([^'"@\\s]+)`).exec(command);
  return found?.[1] ?? null;
}
