// Bundles the editor into dist, with the licences of all that is in the bundle, and writes down the sums by which the tests
// see that the bundle belongs to the sources. Run by make editor.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const bundle = "dist/conditions.js";
const result = await build({
  entryPoints: ["src/main.js"], outfile: bundle, bundle: true, minify: true, format: "iife", target: "es2022", metafile: true, charset: "utf8",
});

const folders = new Set(Object.keys(result.metafile.inputs).map((file) => file.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]).filter(Boolean));
const licences = [...folders].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`));
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/LICENSE`, "utf8").trim()}\n`;
});
writeFileSync("dist/LICENSES.txt", licences.join(`\n${"-".repeat(72)}\n\n`));

const sources = ["build.js", "package.json", "package-lock.json", ...readdirSync("src").map((file) => `src/${file}`), bundle, "dist/LICENSES.txt"];
const sum = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
writeFileSync("SHA256SUMS", sources.sort().map((file) => `${sum(file)}  ${file}\n`).join(""));
