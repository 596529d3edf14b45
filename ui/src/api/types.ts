// What the answers hold, as far as pages show it.
export interface ServerConfig {
  config: { REGISTRY_TITLE?: string; SERVER_HOSTNAME?: string; PREFERRED_URL_SCHEME?: string; [key: string]: unknown };
  features: Record<string, boolean>;
  registry_state?: string;
  external_login?: { id: string; title: string }[];
  version_number?: string;
}

export interface User {
  anonymous: boolean;
  username: string;
  email: string;
  super_user?: boolean;
  organizations: { name: string; is_org_admin: boolean; can_create_repo: boolean }[];
  can_create_repo?: boolean;
}

export interface RepositoryItem {
  namespace: string;
  name: string;
  description: string | null;
  is_public: boolean;
  kind: "image" | "application";
  state: string;
  last_modified?: number | null;
  popularity?: number;
  is_starred?: boolean;
}

export interface Repository extends RepositoryItem {
  can_write: boolean;
  can_admin: boolean;
  tag_expiration_s?: number;
  stats?: { date: string; count: number }[];
}

export interface Tag {
  name: string;
  manifest_digest: string;
  media_type: string;
  size: number | null;
  last_modified: string;
  start_ts: number;
  end_ts?: number;
  expiration?: string;
  is_manifest_list: boolean;
  immutable: boolean;
  platforms: string[];
  labels: Record<string, string>;
  signed: boolean;
  referrers_count: number;
  last_pulled: string | null;
  pull_count: number;
  pushed_by: string | null;
}

export interface TagEvent {
  kind: "created" | "moved" | "deleted" | "expired" | "restored" | "recreated" | string;
  name: string;
  time: string;
  time_ms: number;
  manifest_digest: string;
  previous_manifest_digest: string | null;
  by: string | null;
  can_restore: boolean;
}

export interface Comparison {
  time: string;
  time_ms: number;
  counts: Record<string, number>;
  unchanged: number;
  blocked: number;
  differences: { kind: string; name: string; then: { manifest_digest: string } | null; now: { manifest_digest: string } | null; blocked: boolean }[];
  has_additional: boolean;
}

export interface Robot {
  name: string;
  token?: string;
  description: string;
  created: string | null;
  last_accessed: string | null;
  teams?: { name: string }[];
  repositories?: string[];
}

export interface Permission {
  name: string;
  role: "read" | "write" | "admin";
  is_robot?: boolean;
  is_org_member?: boolean;
}

export interface Team {
  name: string;
  description: string;
  role: "member" | "creator" | "admin";
  member_count?: number;
  repo_count?: number;
  can_view?: boolean;
}

export interface Organization {
  name: string;
  email: string;
  is_admin: boolean;
  is_member: boolean;
  teams: Record<string, Team>;
  tag_expiration_s?: number;
}

export interface Member {
  name: string;
  kind: string;
  teams?: { name: string }[];
  repositories?: string[];
}

export interface TeamMember {
  name: string;
  kind: string;
  is_robot: boolean;
  invited?: boolean;
  email?: string;
}

export interface LogEntry {
  kind: string;
  metadata: Record<string, unknown>;
  ip?: string | null;
  datetime: string;
  performer?: { name: string; kind?: string; is_robot?: boolean };
  namespace?: { username?: string; name?: string };
}

export interface Message {
  uuid: string;
  content: string;
  severity: "info" | "warning" | "error";
  media_type: string;
}

export interface FoundItem {
  kind: string;
  name: string;
  namespace?: { name: string } | string;
  description?: string | null;
  href?: string;
  is_public?: boolean;
}

export interface ApplicationToken {
  uuid: string;
  title: string;
  created: string;
  expiration: string | null;
  last_accessed: string | null;
  token_code?: string;
}
