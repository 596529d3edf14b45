// The releases of an application repository.
import { useQuery } from "@tanstack/react-query";
import { client, read } from "../../api/client";
import { getHost, useConfig } from "../../api/queries";
import { Chip, DataTable, Digest, EmptyHowTo, Size, When, type Column } from "../../kit";
import { strings } from "../../strings";

interface Release {
  release: string;
  created_at: string;
  mediaType: string;
  content: { size: number; digest: string };
  channels: string[];
}

export function Packages({ name }: { name: string }) {
  const config = useConfig();
  const host = getHost(config.data);
  const scheme = config.data?.config.PREFERRED_URL_SCHEME ?? "https";
  const list = useQuery({
    queryKey: ["packages", name],
    queryFn: async () => {
      const get = client.GET as unknown as (path: string, options: object) => ReturnType<typeof client.GET>;
      const answer = await read<{ releases: Release[] }>(get("/api/v1/repository/{repository}/releases", { params: { path: { repository: name } } }));
      return answer.releases;
    },
  });
  const columns: Column<Release>[] = [
    {
      title: strings.release,
      render: (row) => (
        <span className="ph-row">
          {row.release}
          {row.channels.map((channel) => (
            <Chip key={channel} color="blue">
              {channel}
            </Chip>
          ))}
        </span>
      ),
    },
    { title: strings.type, render: (row) => /package-manifest\.([^.]+)\./.exec(row.mediaType)?.[1] ?? row.mediaType, narrow: true },
    { title: strings.createdAt, render: (row) => <When time={row.created_at} />, narrow: true },
    { title: strings.size, render: (row) => <Size bytes={row.content.size} />, narrow: true },
    { title: strings.digest, render: (row) => <Digest digest={row.content.digest} />, narrow: true },
  ];
  return (
    <DataTable
      label={strings.packages}
      rows={list.data}
      columns={columns}
      rowKey={(row) => `${row.release} ${row.mediaType}`}
      empty={
        <EmptyHowTo
          title={strings.noReleases}
          text={strings.noReleasesText}
          commands={[
            `jq -n --arg blob "$(base64 -w0 chart-1.0.0.tgz)" '{release: "1.0.0", media_type: "helm", blob: $blob}' | curl -u USER -H 'Content-Type: application/json' -d @- ${scheme}://${host}/cnr/api/v1/packages/${name}`,
          ]}
        />
      }
      error={list.error}
      onRetry={() => void list.refetch()}
    />
  );
}
