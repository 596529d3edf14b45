// Who moved which tag from where to where, and back again (specification S2).
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useRefresh } from "../../api/queries";
import type { Repository, TagEvent } from "../../api/types";
import { Button, Chip, ConfirmDialog, Digest, ErrorNote, Loading, Nothing, shortenDigest, TextField, useNotices, When } from "../../kit";
import { strings } from "../../strings";
import { listHistory, restoreTag } from "./tag-data";
import { TimeMachineDialog } from "./time-machine";

const kinds: Record<string, { title: string; color: "green" | "blue" | "orange" | "purple" | "grey" }> = {
  created: { title: strings.created, color: "green" },
  recreated: { title: strings.recreated, color: "green" },
  moved: { title: strings.moved, color: "blue" },
  deleted: { title: strings.deleted, color: "orange" },
  expired: { title: strings.expired, color: "orange" },
  pruned: { title: strings.pruned, color: "orange" },
  pushed_again: { title: strings.pushedAgain, color: "grey" },
  restored: { title: strings.wasRestored, color: "purple" },
};

export function History({ name, repository }: { name: string; repository: Repository }) {
  const [parameters, setParameters] = useSearchParams();
  const notices = useNotices();
  const refresh = useRefresh();
  const tag = parameters.get("tag") ?? "";
  const [restoring, setRestoring] = useState<{ tag: string; digest: string } | null>(null);
  const [isTravelling, setTravelling] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ["tags", name, "history", tag],
    initialPageParam: "",
    queryFn: ({ pageParam }) => listHistory(name, tag, pageParam),
    getNextPageParam: (last) => last.next_cursor,
  });
  const events = list.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <>
      <div className="ph-row ph-toolbar">
        <TextField label={strings.tag} value={tag} onChange={(value) => setParameters(value === "" ? { tab: "history" } : { tab: "history", tag: value })} />
        {repository.can_write ? (
          <Button variant="secondary" onClick={() => setTravelling(true)}>
            {strings.restoreAll}
          </Button>
        ) : null}
      </div>
      {list.error !== null ? (
        <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : events.length === 0 ? (
        <Nothing title={strings.noHistory} />
      ) : (
        <ol className="ph-timeline" aria-label={strings.history}>
          {events.map((event) => (
            <HistoryLine
              key={`${event.name} ${event.time_ms} ${event.kind} ${event.manifest_digest}`}
              event={event}
              onRestore={repository.can_write ? (digest) => setRestoring({ tag: event.name, digest }) : null}
            />
          ))}
        </ol>
      )}
      {list.hasNextPage ? (
        <Button variant="link" onClick={() => void list.fetchNextPage()} isLoading={list.isFetchingNextPage}>
          {strings.showMore}
        </Button>
      ) : null}
      {restoring === null ? null : (
        <ConfirmDialog
          title={`${strings.restore} ${restoring.tag}`}
          text={strings.restoreText(restoring.tag, shortenDigest(restoring.digest))}
          submit={strings.restore}
          onClose={() => setRestoring(null)}
          onConfirm={async () => {
            await restoreTag(name, restoring.tag, restoring.digest);
            await refresh("tags", name);
            notices.say(strings.restored(restoring.tag));
          }}
        />
      )}
      {isTravelling ? <TimeMachineDialog name={name} onClose={() => setTravelling(false)} /> : null}
    </>
  );
}

/** The image that was overwritten or deleted in this line, which Restore brings back (S2.13, S2.14). */
function findOverwritten(event: TagEvent): string | null {
  if (event.kind === "deleted" || event.kind === "expired" || event.kind === "pruned") return event.can_restore ? event.manifest_digest : null;
  return event.previous_manifest_digest === event.manifest_digest ? null : event.previous_manifest_digest;
}

function HistoryLine({ event, onRestore }: { event: TagEvent; onRestore: ((digest: string) => void) | null }) {
  const kind = kinds[event.kind] ?? { title: event.kind, color: "grey" };
  const { previous_manifest_digest: previous, manifest_digest: digest } = event;
  const overwritten = findOverwritten(event);
  return (
    <li>
      <strong>{event.name}</strong>
      <Chip color={kind.color}>{kind.title}</Chip>
      <span className="ph-grow ph-row">
        {previous !== null && previous !== digest ? (
          <>
            <Digest digest={previous} />
            <span aria-hidden>→</span>
          </>
        ) : null}
        <Digest digest={digest} />
      </span>
      <span>
        <When time={event.time_ms} />
        {event.by === null ? null : <span className="ph-subtle">{` ${strings.by} ${event.by}`}</span>}
      </span>
      {onRestore === null || overwritten === null ? null : (
        <Button
          variant="secondary"
          size="sm"
          onClick={() => onRestore(overwritten)}
          aria-label={`${strings.restore} ${event.name} ${shortenDigest(overwritten)}`}
        >
          {strings.restore}
        </Button>
      )}
    </li>
  );
}
