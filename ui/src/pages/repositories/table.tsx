// Repositories as rows, of a namespace, of everything that the reader may see, or of the public.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { client, read } from "../../api/client";
import { useUser } from "../../api/queries";
import type { RepositoryItem } from "../../api/types";
import { Button, Chip, DataTable, Nothing, useNotices, When, type Column } from "../../kit";
import { strings } from "../../strings";

export interface RepositoryQuery {
  namespace?: string;
  public?: boolean;
  mine?: boolean;
}

interface Listing {
  repositories: RepositoryItem[];
  next_page?: string;
}

export function RepositoryTable({ query, empty }: { query: RepositoryQuery; empty?: ReactNode }) {
  const user = useUser();
  const notices = useNotices();
  const queries = useQueryClient();
  const [filter, setFilter] = useState("");
  const [kind, setKind] = useState<"image" | "application">("image");
  const list = useInfiniteQuery({
    queryKey: ["repositories", query, kind],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      read<Listing>(
        client.GET("/api/v1/repository", {
          params: {
            query: {
              ...(query.namespace === undefined ? {} : { namespace: query.namespace }),
              public: query.namespace === undefined ? "true" : "false",
              last_modified: "true",
              popularity: "true",
              repo_kind: kind,
              ...(pageParam === "" ? {} : { next_page: pageParam }),
            } as never,
          },
        }),
      ),
    getNextPageParam: (last) => last.next_page,
  });
  const star = useMutation({
    mutationFn: (item: RepositoryItem) =>
      item.is_starred
        ? read(client.DELETE("/api/v1/user/starred/{repository}", { params: { path: { repository: `${item.namespace}/${item.name}` } } }))
        : read(client.POST("/api/v1/user/starred", { body: { namespace: item.namespace, repository: item.name } as never })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["repositories"] }),
    onError: notices.warn,
  });

  const mine = new Set([user.data?.username, ...(user.data?.organizations ?? []).map((organization) => organization.name)]);
  const all = list.data?.pages.flatMap((page) => page.repositories);
  const known = query.mine ? all?.filter((item) => mine.has(item.namespace) || item.is_starred || !item.is_public) : all;
  const rows = known
    ?.filter((item) => `${item.namespace}/${item.name}`.includes(filter.toLowerCase()))
    .sort((a, b) => Number(b.is_starred ?? false) - Number(a.is_starred ?? false) || (b.last_modified ?? 0) - (a.last_modified ?? 0));
  const columns: Column<RepositoryItem>[] = [
    {
      title: strings.name,
      render: (item) => (
        <span className="ph-row">
          {user.data ? (
            <Button
              variant="plain"
              size="sm"
              aria-label={`${item.is_starred ? strings.unstar : strings.star} ${item.name}`}
              aria-pressed={item.is_starred ?? false}
              onClick={() => star.mutate(item)}
            >
              {item.is_starred ? "★" : "☆"}
            </Button>
          ) : null}
          <Link to={`/repository/${item.namespace}/${item.name}`}>{query.namespace === undefined ? `${item.namespace}/${item.name}` : item.name}</Link>
          {item.is_public ? <Chip color="green">{strings.public}</Chip> : <Chip>{strings.private}</Chip>}
          {item.state === "NORMAL" ? null : <Chip color="orange">{item.state}</Chip>}
        </span>
      ),
    },
    { title: strings.lastPush, render: (item) => <When time={item.last_modified} />, narrow: true },
    { title: strings.pulls30, render: (item) => Math.round(item.popularity ?? 0), narrow: true },
  ];
  return (
    <DataTable
      label={strings.repositories}
      rows={rows}
      columns={columns}
      rowKey={(item) => `${item.namespace}/${item.name}`}
      filter={{ value: filter, onChange: setFilter, placeholder: strings.filterRepositories }}
      toolbar={<KindChoice kind={kind} onChange={setKind} />}
      empty={filter === "" ? (empty ?? <Nothing title={strings.noRepositories} />) : undefined}
      error={list.error}
      onRetry={() => void list.refetch()}
      more={list.hasNextPage ? { onMore: () => void list.fetchNextPage(), isLoading: list.isFetchingNextPage } : undefined}
    />
  );
}

function KindChoice({ kind, onChange }: { kind: "image" | "application"; onChange: (kind: "image" | "application") => void }) {
  const choices = [
    ["image", strings.imageRepository],
    ["application", strings.applicationRepository],
  ] as const;
  return (
    <span className="ph-row" role="group" aria-label={strings.kind}>
      {choices.map(([value, title]) => (
        <Button key={value} variant={kind === value ? "secondary" : "plain"} aria-pressed={kind === value} onClick={() => onChange(value)}>
          {title}
        </Button>
      ))}
    </span>
  );
}
