import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const outDir = "../src/pierhead/static/ui";
// The server that `npm run dev` passes calls of the API on to.
const server = process.env["UI_SERVER"] ?? "http://127.0.0.1:8080";
const passedOn = ["/api", "/config", "/csrf_token", "/v2", "/oauth", "/health"];

/** Leaves PatternFly's fonts out: the system's own are used. */
function withoutFonts(): Plugin {
  return {
    name: "without-fonts",
    enforce: "pre",
    transform(code, id) {
      return id.includes("@patternfly") && id.endsWith(".css") ? code.replace(/@font-face\s*\{[^}]*\}/g, "") : null;
    },
  };
}

/** Writes a gzipped copy beside each text file, so that the server need not pack. */
function packed(): Plugin {
  const pack = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) pack(path);
      else if (/\.(js|css|html|svg)$/.test(name)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    }
  };
  return { name: "packed", apply: "build", closeBundle: () => pack(outDir) };
}

export default defineConfig({
  plugins: [withoutFonts(), react(), packed()],
  build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: { proxy: Object.fromEntries(passedOn.map((path) => [path, server])) },
});
