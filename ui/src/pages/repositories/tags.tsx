// The tags of a repository (specification S2; columns and menus of the UI design, section 7).
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { getHost, useConfig, useRefresh } from "../../api/queries";
import type { Repository, Tag } from "../../api/types";
import { ActionsMenu, Button, Chip, ConfirmDialog, DataTable, Digest, EmptyHowTo, Nothing, Size, ToolbarSlot, useNotices, When, type Column, type RowAction } from "../../kit";
import { strings } from "../../strings";
import { FetchDialog } from "./fetch";
import { AddTagDialog, ExpirationDialog } from "./tag-dialogs";
import { changeTag, deleteTag, listTags, restoreTag } from "./tag-data";

type Open = { kind: "fetch" | "add" | "expire"; tag: Tag } | { kind: "delete-many" };

export function Tags({ name, repository }: { name: string; repository: Repository }) {
  const host = getHost(useConfig().data);
  const navigate = useNavigate();
  const notices = useNotices();
  const refresh = useRefresh();
  const [filter, setFilter] = useState("");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<Open | null>(null);
  const [sort, setSort] = useState({ by: "last_modified", descending: true });
  const list = useInfiniteQuery({
    queryKey: ["tags", name, filter, sort],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      listTags(name, {
        sort: `${sort.descending ? "-" : ""}${sort.by}`,
        ...(filter === "" ? {} : { filter }),
        ...(pageParam === "" ? {} : { cursor: pageParam }),
      }),
    getNextPageParam: (last) => last.next_cursor,
  });
  const rows = list.data?.pages.flatMap((page) => page.tags);
  const reload = () => refresh("tags", name);

  const remove = async (tags: Tag[]) => {
    for (const tag of tags) await deleteTag(name, tag.name);
    await reload();
    setSelected(new Set());
    const [only] = tags;
    const text = tags.length === 1 && only !== undefined ? strings.deletedTag(only.name) : strings.deletedTags(tags.length);
    notices.say(text, async () => {
      for (const tag of tags) await restoreTag(name, tag.name, tag.manifest_digest);
      await reload();
    });
  };
  const menu = (tag: Tag): RowAction[] => [
    { title: strings.fetchTag, onClick: () => setOpen({ kind: "fetch", tag }) },
    { title: strings.viewHistory, onClick: () => void navigate(`?tab=history&tag=${encodeURIComponent(tag.name)}`) },
    ...(repository.can_write
      ? [
          { title: strings.addNewTag, onClick: () => setOpen({ kind: "add", tag }) },
          { title: strings.changeExpiration, onClick: () => setOpen({ kind: "expire", tag }) },
          {
            title: tag.immutable ? strings.removeImmutability : strings.makeImmutable,
            disabled: tag.immutable === true && !repository.can_admin,
            onClick: () => void changeTag(name, tag.name, { immutable: tag.immutable !== true }).then(reload).catch(notices.warn),
          },
          { title: strings.deleteTag, danger: true, disabled: tag.immutable === true, onClick: () => void remove([tag]).catch(notices.warn) },
        ]
      : []),
  ];
  const columns: Column<Tag>[] = [
    {
      title: strings.fetchTag,
      narrow: true,
      render: (tag) => (
        <Button variant="plain" size="sm" aria-label={`${strings.fetchTag} ${tag.name}`} onClick={() => setOpen({ kind: "fetch", tag })}>
          ⤓
        </Button>
      ),
    },
    {
      title: strings.tag,
      sort: "name",
      render: (tag) => (
        <span className="ph-row">
          <Link to={`/repository/${name}/tag/${encodeURIComponent(tag.name)}`}>{tag.name}</Link>
          {tag.immutable ? <Chip color="blue">{strings.immutable}</Chip> : null}
          {tag.signed ? <Chip color="green">{strings.signed}</Chip> : null}
        </span>
      ),
    },
    { title: strings.platforms, render: (tag) => <Platforms platforms={tag.platforms} /> },
    { title: strings.size, sort: "size", render: (tag) => <Size bytes={tag.size} />, narrow: true },
    {
      title: strings.lastModified,
      sort: "last_modified",
      render: (tag) => (
        <>
          <When time={tag.last_modified} />
          {tag.pushed_by ? <span className="ph-subtle">{` ${strings.by} ${tag.pushed_by}`}</span> : null}
        </>
      ),
    },
    { title: strings.expires, sort: "expiration", render: (tag) => <When time={tag.expiration} />, narrow: true },
    { title: strings.lastPulled, sort: "last_pulled", render: (tag) => <When time={tag.last_pulled} />, narrow: true },
    { title: strings.pullCount, sort: "pull_count", render: (tag) => tag.pull_count, narrow: true },
    { title: strings.digest, render: (tag) => <Digest digest={tag.manifest_digest} />, narrow: true },
  ];
  const chosen = (rows ?? []).filter((tag) => selected.has(tag.name));
  return (
    <>
      <DataTable
        label={strings.tags}
        rows={rows}
        columns={columns}
        rowKey={(tag) => tag.name}
        actions={menu}
        {...(repository.can_write ? { selection: { selected, onChange: setSelected } } : {})}
        sort={{ ...sort, onChange: (by, descending) => setSort({ by, descending }) }}
        filter={{ value: filter, onChange: setFilter, placeholder: strings.filterTags }}
        toolbar={
          <ToolbarSlot>
            <ActionsMenu
              title={chosen.length === 0 ? strings.actions : `${strings.actions} (${strings.selectedTags(chosen.length)})`}
              actions={[
                { title: strings.viewTagsHistory, onClick: () => void navigate("?tab=history") },
                ...(repository.can_write ? [{ title: strings.deleteTags, danger: true, disabled: chosen.length === 0, onClick: () => setOpen({ kind: "delete-many" }) }] : []),
              ]}
            />
          </ToolbarSlot>
        }
        empty={
          filter === "" ? (
            <EmptyHowTo title={strings.noTags} text={strings.noTagsText} commands={[`docker login ${host}`, `docker tag alpine ${host}/${name}`, `docker push ${host}/${name}`]} />
          ) : (
            <Nothing title={strings.noTagsMatch} />
          )
        }
        error={list.error}
        onRetry={() => void list.refetch()}
        more={list.hasNextPage ? { onMore: () => void list.fetchNextPage(), isLoading: list.isFetchingNextPage } : undefined}
      />
      {open?.kind === "fetch" ? <FetchDialog name={name} tag={open.tag.name} onClose={() => setOpen(null)} /> : null}
      {open?.kind === "add" ? <AddTagDialog name={name} tag={open.tag} onDone={reload} onClose={() => setOpen(null)} /> : null}
      {open?.kind === "expire" ? <ExpirationDialog name={name} tag={open.tag} onDone={reload} onClose={() => setOpen(null)} /> : null}
      {open?.kind === "delete-many" ? (
        <ConfirmDialog
          title={strings.deleteTags}
          text={strings.deleteTagsText(chosen.length)}
          submit={strings.delete}
          onConfirm={() => remove(chosen)}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </>
  );
}

function Platforms({ platforms }: { platforms: string[] }) {
  if (platforms.length === 0) return <>{strings.none}</>;
  return (
    <span className="ph-row">
      {platforms.slice(0, 4).map((platform) => (
        <Chip key={platform}>{platform}</Chip>
      ))}
      {platforms.length > 4 ? <span className="ph-subtle">{`+${platforms.length - 4}`}</span> : null}
    </span>
  );
}
