// The usage log of a repository, a namespace or the server, filtered by the server.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../api/client";
import type { LogEntry } from "../api/types";
import { DataTable, Nothing, TextField, ToolbarSlot, When, type Column } from "../kit";
import { strings } from "../strings";

export interface LogSource {
  repository?: string;
  organization?: string;
  everything?: boolean;
}

interface Page {
  logs: LogEntry[];
  next_page?: string;
}

function pathOf(source: LogSource): string {
  if (source.repository !== undefined) return "/api/v1/repository/{repository}/logs";
  if (source.organization !== undefined) return "/api/v1/organization/{organization}/logs";
  return source.everything ? "/api/v1/superuser/logs" : "/api/v1/user/logs";
}

export function Logs(source: LogSource) {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [performer, setPerformer] = useState("");
  const query = {
    ...(from === "" ? {} : { starttime: toUsDate(from) }),
    ...(to === "" ? {} : { endtime: toUsDate(to) }),
    ...(performer === "" ? {} : { performer }),
  };
  const log = useInfiniteQuery({
    queryKey: ["logs", source, query],
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const get = client.GET as unknown as (path: string, options: object) => ReturnType<typeof client.GET>;
      const params = { path: { repository: source.repository, organization: source.organization }, query: { ...query, ...(pageParam === "" ? {} : { next_page: pageParam }) } };
      return read<Page>(get(pathOf(source), { params }));
    },
    getNextPageParam: (last) => last.next_page,
  });
  const columns: Column<LogEntry>[] = [
    { title: strings.dateAndTime, render: (entry) => <When time={entry.datetime} />, narrow: true },
    { title: strings.description, render: (entry) => describe(entry) },
    { title: strings.repository, render: (entry) => nameRepository(entry) ?? strings.none },
    { title: strings.performedBy, render: (entry) => entry.performer?.name ?? strings.none, narrow: true },
    { title: strings.address, render: (entry) => entry.ip ?? strings.none, narrow: true },
  ];
  const download = `${pathOf(source).replace("{repository}", source.repository ?? "").replace("{organization}", source.organization ?? "")}/download`;
  const parameters = new URLSearchParams(query).toString();
  return (
    <DataTable
      label={strings.usageLogs}
      rows={log.data?.pages.flatMap((page) => page.logs)}
      columns={columns}
      rowKey={(entry) => `${entry.datetime} ${entry.kind} ${JSON.stringify(entry.metadata)} ${entry.performer?.name ?? ""}`}
      toolbar={
        <>
          <ToolbarSlot>
            <TextField label={strings.from} type="date" value={from} onChange={setFrom} />
          </ToolbarSlot>
          <ToolbarSlot>
            <TextField label={strings.to} type="date" value={to} onChange={setTo} />
          </ToolbarSlot>
          <ToolbarSlot>
            <TextField label={strings.performedBy} value={performer} onChange={setPerformer} />
          </ToolbarSlot>
          <ToolbarSlot>
            <a href={`${download}?format=csv&${parameters}`} download>
              {strings.downloadCsv}
            </a>
          </ToolbarSlot>
          <ToolbarSlot>
            <a href={`${download}?format=jsonl&${parameters}`} download>
              {strings.downloadJson}
            </a>
          </ToolbarSlot>
        </>
      }
      empty={<Nothing title={strings.noLogs} />}
      error={log.error}
      onRetry={() => void log.refetch()}
      more={log.hasNextPage ? { onMore: () => void log.fetchNextPage(), isLoading: log.isFetchingNextPage } : undefined}
    />
  );
}

/** The API takes month/day/year. */
function toUsDate(date: string): string {
  const [year, month, day] = date.split("-");
  return `${month}/${day}/${year}`;
}

function nameRepository(entry: LogEntry): string | null {
  const { namespace, repo } = entry.metadata;
  return typeof namespace === "string" && typeof repo === "string" ? `${namespace}/${repo}` : null;
}

const shown = ["tag", "release", "channel", "member", "team", "robot", "role", "username", "manifest_digest", "email", "pulls"];

/** The kind in words, and the facts that tell more. */
function describe(entry: LogEntry): string {
  const kind = entry.kind.replaceAll("_", " ");
  const facts = shown.flatMap((name) => {
    const value = entry.metadata[name];
    return typeof value === "string" || typeof value === "number" ? [`${name.replaceAll("_", " ")} ${value}`] : [];
  });
  return [kind.charAt(0).toUpperCase() + kind.slice(1), ...facts].join(" · ");
}
