// Bundles what browsers run into the package: a file per kind of page, the style of the editor beside it.
// They are made from package-lock.json and these sources alone, so that the same sources give the same bytes.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here("../src/citygraph/web/static/built");

await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: here("."),
  entryPoints: ["src/pictures.js", "src/workbench.js"],
  outdir,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "linked",
  // Some packages of the editor ask for Node's name of the global object.
  define: { global: "globalThis" },
  logLevel: "warning",
});
