// Small parts that every page uses: sizes, times, digests, copying, states of loading.
import {
  Alert,
  Bullseye,
  Button,
  ClipboardCopy,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Label,
  Spinner,
  Tooltip,
} from "@patternfly/react-core";
import { CopyIcon } from "@patternfly/react-icons/dist/esm/icons/copy-icon";
import { useState, type ReactNode } from "react";
import { ApiError } from "../api/client";
import { strings } from "../strings";
import { formatExact, formatRelative, formatSize, parseTime, shortenDigest } from "./format";

export function Size({ bytes }: { bytes: number | null | undefined }) {
  return bytes === null || bytes === undefined ? <>{strings.none}</> : <>{formatSize(bytes)}</>;
}

/** A time as seen from now; the exact one shows on hover and on focus. */
export function When({ time }: { time: string | number | null | undefined }) {
  const moment = parseTime(time);
  if (moment === null) return <>{strings.never}</>;
  return (
    <Tooltip content={formatExact(moment)}>
      <time dateTime={moment.toISOString()} tabIndex={0}>
        {formatRelative(moment)}
      </time>
    </Tooltip>
  );
}

/** Copies on click or key, and says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      window.setTimeout(() => setCopied(false), 2000);
    });
  };
  return (
    <Tooltip content={copied ? strings.copied : label} aria="none">
      <Button variant="plain" size="sm" aria-label={copied ? strings.copied : label} icon={<CopyIcon />} onClick={copy} />
    </Tooltip>
  );
}

export function Digest({ digest }: { digest: string }) {
  return (
    <span className="ph-nowrap">
      <Tooltip content={digest}>
        <code tabIndex={0}>{shortenDigest(digest)}</code>
      </Tooltip>
      <CopyButton text={digest} label={strings.copyDigest} />
    </span>
  );
}

/** A line that is meant to be copied. */
export function CopyField({ text, label }: { text: string; label: string }) {
  return (
    <ClipboardCopy isReadOnly hoverTip={strings.copy} clickTip={strings.copied} aria-label={label} textAriaLabel={label}>
      {text}
    </ClipboardCopy>
  );
}

/** A command with its secret masked on the screen; what the button copies is whole. */
export function CommandBox({ command, secret }: { command: string; secret: string | null }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className="ph-stack">
      <code className="ph-code" tabIndex={0} aria-label={strings.command}>
        {secret === null ? command : command.replaceAll(secret, "••••••••")}
      </code>
      <span className="ph-row">
        <Button
          variant="primary"
          onClick={() => void navigator.clipboard.writeText(command).then(() => setCopied(true))}
          onBlur={() => setCopied(false)}
        >
          {strings.copyCommand}
        </Button>
        <span role="status">{copied ? strings.copied : ""}</span>
      </span>
    </div>
  );
}

export function Chip({ children, color = "grey" }: { children: ReactNode; color?: "grey" | "blue" | "green" | "orange" | "red" | "purple" }) {
  return (
    <Label isCompact color={color}>
      {children}
    </Label>
  );
}

export function Loading() {
  return (
    <Bullseye className="ph-loading">
      <Spinner aria-label={strings.loading} />
    </Bullseye>
  );
}

/** What went wrong, what to do, and the id by which the server's log tells more. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const known = error instanceof ApiError ? error : null;
  const text = known?.message ?? (error instanceof Error ? error.message : String(error));
  return (
    <Alert
      variant="danger"
      isInline
      title={text}
      actionLinks={onRetry === undefined ? undefined : <Button variant="link" isInline onClick={onRetry}>{strings.tryAgain}</Button>}
    >
      {known !== null && known.requestId !== "" ? `${strings.requestId} ${known.requestId}` : null}
    </Alert>
  );
}

export function Nothing({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <EmptyState titleText={title} headingLevel="h2" variant="sm">
      {children === undefined ? null : <EmptyStateBody>{children}</EmptyStateBody>}
      {actions === undefined ? null : (
        <EmptyStateFooter>
          <EmptyStateActions>{actions}</EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  );
}

/** An empty place that shows the commands which fill it. */
export function EmptyHowTo({ title, text, commands }: { title: string; text: string; commands: string[] }) {
  return (
    <Nothing title={title}>
      <p>{text}</p>
      <div className="ph-commands">
        {commands.map((command) => (
          <CopyField key={command} text={command} label={command} />
        ))}
      </div>
    </Nothing>
  );
}
