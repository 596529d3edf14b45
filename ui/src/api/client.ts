// The typed client of the REST API: it sends the CSRF token and turns refusals into ApiError.
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly requestId: string,
  ) {
    super(message);
  }

  get needsFreshLogin(): boolean {
    return this.type === "fresh_login_required";
  }
}

let csrfToken: string | null = null;
let lastRequest: Request | null = null;
const expiryListeners = new Set<() => void>();

/** Calls back when a call was refused because nobody is signed in any more. */
export function onSignedOut(listener: () => void): () => void {
  expiryListeners.add(listener);
  return () => expiryListeners.delete(listener);
}

/** The last call, as a curl command without credentials. */
export function describeLastCall(): string | null {
  if (lastRequest === null) return null;
  const method = lastRequest.method === "GET" ? "" : ` -X ${lastRequest.method}`;
  return `curl${method} -H "Authorization: Bearer $TOKEN" '${lastRequest.url}'`;
}

async function getCsrfToken(): Promise<string> {
  if (csrfToken === null) {
    const answer = await fetch("/csrf_token", { credentials: "same-origin" });
    const body = (await answer.json()) as { csrf_token: string };
    csrfToken = body.csrf_token;
  }
  return csrfToken;
}

const session: Middleware = {
  async onRequest({ request }) {
    request.headers.set("X-Requested-With", "XMLHttpRequest");
    if (request.method !== "GET") request.headers.set("X-CSRF-Token", await getCsrfToken());
    lastRequest = request.clone();
    return request;
  },
  onResponse({ response }) {
    const next = response.headers.get("X-Next-CSRF-Token");
    if (next !== null) csrfToken = next;
    return response;
  },
};

export const client = createClient<paths>({ baseUrl: "", credentials: "same-origin" });
client.use(session);

interface Outcome {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The answer's body as the type that its page expects. Throws ApiError; a quiet call tells nobody that the session has ended. */
export async function read<T>(call: Promise<Outcome>, { isQuiet = false } = {}): Promise<T> {
  let outcome: Outcome;
  try {
    outcome = await call;
  } catch {
    throw new ApiError(0, "no_connection", "The server cannot be reached. Check your connection and try again.", "");
  }
  const { data, error, response } = outcome;
  if (response.ok) return data as T;
  const body = (typeof error === "object" && error !== null ? error : {}) as Record<string, unknown>;
  const message = body["error_message"] ?? body["message"] ?? body["detail"] ?? response.statusText;
  const failure = new ApiError(
    response.status,
    String(body["error_type"] ?? ""),
    String(message || `The server answered ${response.status}.`),
    String(body["request_id"] ?? response.headers.get("X-Request-Id") ?? ""),
  );
  if (response.status === 403 && String(message).startsWith("CSRF")) csrfToken = null;
  if (response.status === 401 && !failure.needsFreshLogin && !isQuiet) expiryListeners.forEach((listener) => listener());
  throw failure;
}
