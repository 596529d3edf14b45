// Sizes, times and digests as people read them.
const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size with a binary unit and three significant digits. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** A time as seen from now, such as "3 hours ago". */
export function formatRelative(moment: Date, now: Date = new Date()): string {
  const seconds = (moment.getTime() - now.getTime()) / 1000;
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return Math.abs(seconds) < 10 ? "just now" : relative.format(Math.round(seconds), "second");
}

/** A time in the reader's own zone, to the second. */
export function formatExact(moment: Date): string {
  return moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** What the API writes as a time: seconds, milliseconds, ISO or RFC 2822 (where -0000 means UTC). */
export function parseTime(value: string | number | null | undefined): Date | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "number") return new Date(value < 1e12 ? value * 1000 : value);
  const parsed = new Date(value.replace(/ -0000$/, " GMT"));
  return Number.isNaN(parsed.getTime()) ? null : parsed;
}

/** The first twelve digits of a digest. */
export function shortenDigest(digest: string): string {
  return digest.replace(/^sha\d+:/, "").slice(0, 12);
}
