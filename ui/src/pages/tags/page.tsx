// One tag or manifest: what it is, its layers, its manifest.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, read } from "../../api/client";
import type { Tag } from "../../api/types";
import { Button, Chip, DataTable, Digest, ErrorNote, Facts, Loading, Page, PageTabs, Section, Size, When, type Column, type TabSpec } from "../../kit";
import { strings } from "../../strings";
import { FetchDialog } from "../repositories/fetch";
import { findTag } from "../repositories/tag-data";

interface Layer {
  index: number;
  compressed_size: number | null;
  blob_digest: string | null;
  command: string[] | string | null;
  created_datetime?: string | null;
}

interface Manifest {
  digest: string;
  is_manifest_list: boolean;
  manifest_data: string;
  layers?: Layer[] | null;
  layers_compressed_size?: number | null;
  config_media_type?: string | null;
}

export function TagPage({ repository, tag, digest }: { repository: string; tag?: string; digest?: string }) {
  const found = useQuery({
    queryKey: ["tags", repository, "one", tag],
    enabled: tag !== undefined,
    queryFn: () => findTag(repository, tag ?? ""),
  });
  const chosen = digest ?? found.data?.manifest_digest;
  const manifest = useQuery({
    queryKey: ["manifest", repository, chosen],
    enabled: chosen !== undefined,
    queryFn: () => read<Manifest>(client.GET("/api/v1/repository/{repository}/manifest/{manifest_digest}", { params: { path: { repository, manifest_digest: chosen ?? "" } } })),
  });
  const title = tag ?? digest ?? "";
  const [namespace = "", ...rest] = repository.split("/");
  const crumbs = [
    { title: strings.repositories, to: "/repository" },
    { title: namespace, to: `/organization/${namespace}` },
    { title: rest.join("/"), to: `/repository/${repository}?tab=tags` },
    { title },
  ];
  const error = found.error ?? manifest.error;
  const isGone = tag !== undefined && found.data === null;
  return (
    <Page title={`${repository}:${title}`} heading={title} crumbs={crumbs} actions={found.data ? <FetchButton repository={repository} tag={found.data} /> : null}>
      {error !== null ? (
        <ErrorNote error={error} />
      ) : isGone ? (
        <ErrorNote error={new Error(strings.tagGone)} />
      ) : manifest.data === undefined ? (
        <Loading />
      ) : (
        <PageTabs label={title} tabs={makeTabs(found.data ?? null, manifest.data, repository)} />
      )}
    </Page>
  );
}

function makeTabs(tag: Tag | null, manifest: Manifest, repository: string): TabSpec[] {
  const layers = manifest.layers ?? [];
  return [
    {
      key: "overview",
      title: strings.overview,
      content: (
        <Facts
          facts={[
            [strings.digest, <Digest key="digest" digest={manifest.digest} />],
            [strings.size, <Size key="size" bytes={tag?.size ?? manifest.layers_compressed_size} />],
            ...(tag === null
              ? []
              : ([
                  [strings.lastModified, <When key="modified" time={tag.last_modified} />],
                  [strings.expires, <When key="expires" time={tag.expiration} />],
                  [strings.lastPulled, <When key="pulled" time={tag.last_pulled} />],
                ] as [string, React.ReactNode][])),
            [
              strings.labels,
              <span key="labels" className="ph-row">
                {Object.entries(tag?.labels ?? {}).map(([key, value]) => (
                  <Chip key={key}>{`${key}=${value}`}</Chip>
                ))}
              </span>,
            ],
          ]}
        />
      ),
    },
    ...(manifest.is_manifest_list ? [] : [{ key: "layers", title: strings.layers, content: <Layers layers={layers} /> }]),
    {
      key: "manifest",
      title: strings.manifest,
      content: (
        <Section title={repository}>
          <pre className="ph-code" tabIndex={0}>
            {prettify(manifest.manifest_data)}
          </pre>
        </Section>
      ),
    },
  ];
}

function Layers({ layers }: { layers: Layer[] }) {
  const columns: Column<Layer>[] = [
    { title: "#", render: (layer) => layer.index, narrow: true },
    { title: strings.command, render: (layer) => <code>{Array.isArray(layer.command) ? layer.command.join(" ") : (layer.command ?? strings.none)}</code> },
    { title: strings.size, render: (layer) => <Size bytes={layer.compressed_size} />, narrow: true },
    { title: strings.digest, render: (layer) => (layer.blob_digest === null ? strings.none : <Digest digest={layer.blob_digest} />), narrow: true },
  ];
  return <DataTable label={strings.layers} rows={layers} columns={columns} rowKey={(layer) => String(layer.index)} />;
}

function FetchButton({ repository, tag }: { repository: string; tag: Tag }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{strings.fetchTag}</Button>
      {isOpen ? <FetchDialog name={repository} tag={tag.name} onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function prettify(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
