// Results over everything that has a name.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { client, read } from "../api/client";
import type { FoundItem } from "../api/types";
import { Chip, DataTable, Nothing, Page, type Column } from "../kit";
import { strings } from "../strings";

export function Search() {
  const [parameters] = useSearchParams();
  const text = parameters.get("q") ?? "";
  const found = useQuery({
    queryKey: ["search", text],
    queryFn: () => read<{ results: FoundItem[] }>(client.GET("/api/v1/find/all", { params: { query: { query: text } as never } })),
  });
  const columns: Column<FoundItem>[] = [
    { title: strings.name, render: (item) => <Link to={addressOf(item)}>{nameOf(item)}</Link> },
    { title: strings.kind, render: (item) => <Chip>{item.kind}</Chip>, narrow: true },
    { title: strings.description, render: (item) => item.description ?? strings.none },
  ];
  return (
    <Page title={`${strings.searchResults}: ${text}`}>
      <DataTable
        label={strings.searchResults}
        rows={found.data?.results}
        columns={columns}
        rowKey={(item) => `${item.kind} ${nameOf(item)}`}
        empty={<Nothing title={strings.nothingFound} />}
        error={found.error}
        onRetry={() => void found.refetch()}
      />
    </Page>
  );
}

function namespaceOf(item: FoundItem): string {
  return typeof item.namespace === "string" ? item.namespace : (item.namespace?.name ?? "");
}

function nameOf(item: FoundItem): string {
  return item.kind === "repository" ? `${namespaceOf(item)}/${item.name}` : item.name;
}

function addressOf(item: FoundItem): string {
  if (item.kind === "repository") return `/repository/${nameOf(item)}`;
  if (item.kind === "robot") return `/organization/${item.name.split("+")[0]}?tab=robots`;
  return item.href ?? "/";
}
