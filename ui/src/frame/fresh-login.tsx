// Asks for the password again where the server wants a fresh sign-in, and then repeats the call.
import { useSyncExternalStore, useState } from "react";
import { client, read, ApiError } from "../api/client";
import { FormDialog, Text, TextField } from "../kit";
import { strings } from "../strings";

interface Waiting {
  repeat: () => void;
  giveUp: () => void;
}

let waiting: Waiting | null = null;
const listeners = new Set<() => void>();

function setWaiting(next: Waiting | null): void {
  waiting = next;
  listeners.forEach((listener) => listener());
}

/** Runs a call, and once more after the password was given when the server asks for that. */
export async function withFreshLogin<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError) || !error.needsFreshLogin) throw error;
    await new Promise<void>((resolve, reject) => setWaiting({ repeat: resolve, giveUp: () => reject(error) }));
    return await call();
  }
}

export function FreshLogin() {
  const current = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting,
  );
  return current === null ? null : <PasswordDialog waiting={current} />;
}

function PasswordDialog({ waiting: current }: { waiting: Waiting }) {
  const [password, setPassword] = useState("");
  return (
    <FormDialog
      title={strings.verifyPassword}
      submit={strings.verifyPassword}
      canSubmit={password !== ""}
      onSubmit={async () => {
        await read(client.POST("/api/v1/signin/verify", { body: { password } as never }));
        current.repeat();
      }}
      onClose={() => {
        // Harmless after the call was repeated.
        current.giveUp();
        setWaiting(null);
      }}
    >
      <Text>{strings.verifyPasswordText}</Text>
      <TextField label={strings.password} type="password" autoComplete="current-password" value={password} onChange={setPassword} autoFocus isRequired />
    </FormDialog>
  );
}
