// What pages read, by the key under which it is kept.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, client, read } from "./client";
import type { ServerConfig, User } from "./types";

/** The server's settings and features. */
export function useConfig() {
  return useQuery({ queryKey: ["config"], queryFn: () => read<ServerConfig>(client.GET("/config")), staleTime: 300_000 });
}

/** Who is signed in; null for nobody. */
export function useUser() {
  return useQuery({
    queryKey: ["user"],
    queryFn: async () => {
      try {
        const user = await read<User>(client.GET("/api/v1/user/"), { isQuiet: true });
        return user.anonymous ? null : user;
      } catch (error) {
        // Nobody being signed in is an answer, not a failure.
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

/** Forget what was read under a key's beginning, so that it is read again. */
export function useRefresh() {
  const queries = useQueryClient();
  return (...key: unknown[]) => queries.invalidateQueries({ queryKey: key });
}

/** The host that clients name in their commands. */
export function getHost(config: ServerConfig | undefined): string {
  return config?.config.SERVER_HOSTNAME ?? window.location.host;
}
