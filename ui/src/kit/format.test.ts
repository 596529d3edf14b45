import { describe, expect, it } from "vitest";
import { formatRelative, formatSize, parseTime, shortenDigest } from "./format";

describe("sizes", () => {
  it("are written with binary units and three digits", () => {
    expect([0, 1023, 1024, 1536, 15_728_640, 322_122_547_200].map(formatSize)).toEqual(["0 B", "1023 B", "1.00 KiB", "1.50 KiB", "15.0 MiB", "300 GiB"]);
  });
});

describe("times", () => {
  const now = new Date("2026-01-10T12:00:00Z");

  it("are told from now", () => {
    expect(formatRelative(new Date("2026-01-10T09:00:00Z"), now)).toBe("3 hours ago");
    expect(formatRelative(new Date("2026-01-11T12:00:00Z"), now)).toBe("tomorrow");
    expect(formatRelative(now, now)).toBe("just now");
  });

  it("are read in every form that the API writes", () => {
    const expected = "2026-01-10T12:00:00.000Z";
    const forms = [1768046400, 1768046400000, "2026-01-10T12:00:00Z", "Sat, 10 Jan 2026 12:00:00 -0000"];
    expect(forms.map((form) => parseTime(form)?.toISOString())).toEqual(forms.map(() => expected));
    expect([null, undefined, "", "never"].map(parseTime)).toEqual([null, null, null, null]);
  });
});

describe("digests", () => {
  it("are shortened to twelve digits", () => {
    expect(shortenDigest(`sha256:${"ab".repeat(32)}`)).toBe("abababababab");
  });
});
