// Who moved which tag from where to where, and back again (specification S2).
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useRefresh } from "../../api/queries";
import type { Repository, Tag } from "../../api/types";
import { Button, Chip, ConfirmDialog, Digest, ErrorNote, Loading, Nothing, shortenDigest, TextField, useNotices, When } from "../../kit";
import { strings } from "../../strings";
import { listTags, restoreTag } from "./tag-data";

export function History({ name, repository }: { name: string; repository: Repository }) {
  const [parameters, setParameters] = useSearchParams();
  const notices = useNotices();
  const refresh = useRefresh();
  const tag = parameters.get("tag") ?? "";
  const [restoring, setRestoring] = useState<Tag | null>(null);
  const [now] = useState(Date.now);
  const list = useInfiniteQuery({
    queryKey: ["tags", name, "history", tag],
    initialPageParam: 1,
    queryFn: ({ pageParam }) => listTags(name, { limit: 50, page: pageParam, ...(tag === "" ? {} : { specificTag: tag }) }),
    getNextPageParam: (last, _, page) => (last.has_additional ? page + 1 : undefined),
  });
  const rows = list.data?.pages.flatMap((page) => page.tags) ?? [];
  return (
    <>
      <div className="ph-row">
        <TextField label={strings.tag} value={tag} onChange={(value) => setParameters(value === "" ? { tab: "history" } : { tab: "history", tag: value })} />
      </div>
      {list.error !== null ? (
        <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Nothing title={strings.noHistory} />
      ) : (
        <ol className="ph-timeline">
          {rows.map((row, index) => {
            // The row of the same tag that this one followed tells where it moved from.
            const before = rows.slice(index + 1).find((other) => other.name === row.name);
            const isAlive = row.end_ts === undefined || row.end_ts * 1000 > now;
            return (
              <li key={`${row.name} ${row.start_ts} ${row.manifest_digest}`}>
                <strong>{row.name}</strong>
                <Chip color={row.reversion ? "purple" : before === undefined ? "green" : "blue"}>
                  {row.reversion ? strings.wasRestored : before === undefined ? strings.created : strings.moved}
                </Chip>
                <span className="ph-grow ph-row">
                  {before !== undefined && before.manifest_digest !== row.manifest_digest ? (
                    <>
                      <Digest digest={before.manifest_digest} />
                      <span aria-hidden>→</span>
                    </>
                  ) : null}
                  <Digest digest={row.manifest_digest} />
                </span>
                <span>
                  <When time={row.start_ts} />
                  {(row.pushed_by ?? row.by) ? <span className="ph-subtle">{` ${strings.by} ${row.pushed_by ?? row.by}`}</span> : null}
                </span>
                {isAlive ? null : (
                  <span className="ph-subtle">
                    {strings.deleted} <When time={row.end_ts} />
                  </span>
                )}
                {repository.can_write && !isAlive ? (
                  <Button variant="secondary" size="sm" onClick={() => setRestoring(row)} aria-label={`${strings.restore} ${row.name} ${shortenDigest(row.manifest_digest)}`}>
                    {strings.restore}
                  </Button>
                ) : null}
              </li>
            );
          })}
        </ol>
      )}
      {list.hasNextPage ? (
        <Button variant="link" onClick={() => void list.fetchNextPage()} isLoading={list.isFetchingNextPage}>
          {strings.showMore}
        </Button>
      ) : null}
      {restoring === null ? null : (
        <ConfirmDialog
          title={`${strings.restore} ${restoring.name}`}
          text={strings.restoreText(restoring.name, shortenDigest(restoring.manifest_digest))}
          submit={strings.restore}
          onClose={() => setRestoring(null)}
          onConfirm={async () => {
            await restoreTag(name, restoring.name, restoring.manifest_digest);
            await refresh("tags", name);
            notices.say(strings.restored(restoring.name));
          }}
        />
      )}
    </>
  );
}
