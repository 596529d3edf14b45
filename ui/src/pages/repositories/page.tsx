// One repository; its name may hold slashes, so the address is split by hand.
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "react-router";
import { client, read } from "../../api/client";
import { useUser } from "../../api/queries";
import type { Repository } from "../../api/types";
import { Chip, ErrorNote, Loading, Page, PageTabs, type TabSpec } from "../../kit";
import { strings } from "../../strings";
import { NotFound } from "../not-found";
import { TagPage } from "../tags/page";
import { History } from "./history";
import { Information } from "./information";
import { Logs } from "../logs";
import { RepositorySettings } from "./settings";
import { Tags } from "./tags";
import { Packages } from "./packages";

/** The repository and what is asked of it, from the path behind `/repository/`. */
export function splitPath(path: string): { repository: string; tag?: string; digest?: string } {
  const rest = path.replace(/^\/repository\//, "").replace(/\/+$/, "");
  const found = /^(.+?\/.+?)\/(tag|manifest)\/([^/]+)$/.exec(rest);
  if (found === null) return { repository: decodeURIComponent(rest) };
  const [, repository = "", kind, what = ""] = found;
  const name = decodeURIComponent(what);
  return kind === "tag" ? { repository: decodeURIComponent(repository), tag: name } : { repository: decodeURIComponent(repository), digest: name };
}

export function RepositoryPage() {
  const place = splitPath(useLocation().pathname);
  if (!place.repository.includes("/")) return <NotFound />;
  if (place.tag !== undefined || place.digest !== undefined) return <TagPage {...place} />;
  return <RepositoryTabs repository={place.repository} />;
}

export function useRepository(repository: string) {
  return useQuery({
    queryKey: ["repository", repository],
    queryFn: () =>
      read<Repository>(client.GET("/api/v1/repository/{repository}", { params: { path: { repository }, query: { includeStats: "true", includeTags: "false" } as never } })),
  });
}

function RepositoryTabs({ repository }: { repository: string }) {
  const user = useUser();
  const found = useRepository(repository);
  const [namespace = "", ...rest] = repository.split("/");
  if (found.isPending) return <Loading />;
  if (found.error !== null) {
    return (
      <Page title={repository}>
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      </Page>
    );
  }
  const { data } = found;
  const isImage = data.kind === "image";
  const tabs: TabSpec[] = [
    { key: "information", title: strings.information, content: <Information name={repository} repository={data} /> },
    isImage
      ? { key: "tags", title: strings.tags, content: <Tags name={repository} repository={data} /> }
      : { key: "packages", title: strings.packages, content: <Packages name={repository} /> },
    ...(isImage ? [{ key: "history", title: strings.history, content: <History name={repository} repository={data} /> }] : []),
    ...(data.can_admin ? [{ key: "logs", title: strings.usageLogs, content: <Logs repository={repository} /> }] : []),
    ...(data.can_admin ? [{ key: "settings", title: strings.settings, content: <RepositorySettings name={repository} repository={data} /> }] : []),
  ];
  const owner = namespace === user.data?.username ? `/user/${namespace}` : `/organization/${namespace}`;
  return (
    <Page
      title={repository}
      heading={
        <span className="ph-row">
          {rest.join("/")}
          {data.is_public ? <Chip color="green">{strings.public}</Chip> : <Chip>{strings.private}</Chip>}
          {isImage ? null : <Chip color="purple">{strings.application}</Chip>}
          {data.state === "NORMAL" ? null : <Chip color="orange">{data.state}</Chip>}
        </span>
      }
      crumbs={[{ title: strings.repositories, to: "/repository" }, { title: namespace, to: owner }, { title: rest.join("/") }]}
    >
      <PageTabs label={repository} tabs={tabs} />
    </Page>
  );
}
