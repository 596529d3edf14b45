// Calls about tags, in one place: the table, the history and the tag page share them.
import { client, read } from "../../api/client";
import type { Comparison, Tag, TagEvent } from "../../api/types";

export interface TagListing {
  tags: Tag[];
  next_cursor?: string;
}

const base = "/api/v1/repository/{repository}/tag/";

export function listTags(repository: string, query: { filter?: string; sort?: string; cursor?: string; specificTag?: string; limit?: number }): Promise<TagListing> {
  return read(client.GET(base, { params: { path: { repository }, query: { sort: "-last_modified", ...query } } }));
}

export async function findTag(repository: string, tag: string): Promise<Tag | null> {
  const answer = await listTags(repository, { specificTag: tag });
  return answer.tags[0] ?? null;
}

export function pointTag(repository: string, tag: string, digest: string): Promise<unknown> {
  return read(client.PUT("/api/v1/repository/{repository}/tag/{tag}", { params: { path: { repository, tag } }, body: { manifest_digest: digest } }));
}

export function changeTag(repository: string, tag: string, change: { expiration?: number | null; immutable?: boolean }): Promise<unknown> {
  return read(client.PUT("/api/v1/repository/{repository}/tag/{tag}", { params: { path: { repository, tag } }, body: change }));
}

export function deleteTag(repository: string, tag: string): Promise<unknown> {
  return read(client.DELETE("/api/v1/repository/{repository}/tag/{tag}", { params: { path: { repository, tag } } }));
}

export function restoreTag(repository: string, tag: string, digest: string): Promise<unknown> {
  return read(client.POST("/api/v1/repository/{repository}/tag/{tag}/restore", { params: { path: { repository, tag } }, body: { manifest_digest: digest } }));
}

export interface HistoryPage {
  events: TagEvent[];
  next_cursor?: string;
}

export function listHistory(repository: string, tag: string, cursor: string): Promise<HistoryPage> {
  const query = cursor === "" ? {} : { cursor };
  return read(
    tag === ""
      ? client.GET("/api/v1/repository/{repository}/tags/history", { params: { path: { repository }, query } })
      : client.GET("/api/v1/repository/{repository}/tag/{tag}/history", { params: { path: { repository, tag }, query } }),
  );
}

export function compareWith(repository: string, time: string): Promise<Comparison> {
  return read(client.GET("/api/v1/repository/{repository}/tags/compare", { params: { path: { repository }, query: { time } } }));
}

export function restoreAll(repository: string, time: string): Promise<Comparison> {
  return read(client.POST("/api/v1/repository/{repository}/tags/restore", { params: { path: { repository } }, body: { time } }));
}
