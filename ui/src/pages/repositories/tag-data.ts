// Calls about tags, in one place: the table, the history and the tag page share them.
import { client, read } from "../../api/client";
import type { Tag } from "../../api/types";

export interface TagListing {
  tags: Tag[];
  page?: number;
  has_additional: boolean;
  next_cursor?: string | null;
}

// The operations are served where the document lists them; their answers are typed by hand.
type Call = (path: string, options: object) => ReturnType<typeof client.GET>;
const get = client.GET as unknown as Call;
const put = client.PUT as unknown as Call;
const post = client.POST as unknown as Call;
const remove = client.DELETE as unknown as Call;
const base = "/api/v1/repository/{repository}/tag/";

export function listTags(repository: string, query: Record<string, string | number>): Promise<TagListing> {
  return read(get(base, { params: { path: { repository }, query } }));
}

export function pointTag(repository: string, tag: string, digest: string): Promise<unknown> {
  return read(put(`${base}{tag}`, { params: { path: { repository, tag } }, body: { manifest_digest: digest } }));
}

export function changeTag(repository: string, tag: string, change: { expiration?: number | null; immutable?: boolean }): Promise<unknown> {
  return read(put(`${base}{tag}`, { params: { path: { repository, tag } }, body: change }));
}

export function deleteTag(repository: string, tag: string): Promise<unknown> {
  return read(remove(`${base}{tag}`, { params: { path: { repository, tag } } }));
}

export function restoreTag(repository: string, tag: string, digest: string): Promise<unknown> {
  return read(post(`${base}{tag}/restore`, { params: { path: { repository, tag } }, body: { manifest_digest: digest } }));
}
