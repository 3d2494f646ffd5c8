// Builds the desk into dist/ with hashed file names; `node build.mjs tests` builds its unit tests instead.
import { build } from "esbuild";
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";

const COMMON = { bundle: true, format: "esm", target: "es2022", jsx: "automatic", jsxImportSource: "preact", logLevel: "warning" };

const SHELL = (script, style) => `<!doctype html>
<html lang="hi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>सम्पर्क</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/${style}">
<script type="module" src="/assets/${script}"></script>
</head>
<body><div id="desk"></div></body>
</html>
`;

async function desk() {
  rmSync("dist.new", { recursive: true, force: true });
  const made = await build({
    ...COMMON,
    entryPoints: ["src/main.tsx"],
    outdir: "dist.new",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    splitting: true,
    minify: true,
    metafile: true,
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const names = Object.keys(made.metafile.outputs).map((path) => path.replace("dist.new/", ""));
  const first = (end) => names.find((name) => name.startsWith("main-") && name.endsWith(end));
  writeFileSync("dist.new/index.html", SHELL(first(".js"), first(".css")));
  // In one step, so that a running server never finds half a desk.
  rmSync("dist", { recursive: true, force: true });
  renameSync("dist.new", "dist");
}

async function tests() {
  rmSync("build", { recursive: true, force: true });
  mkdirSync("build/tests", { recursive: true });
  const entryPoints = readdirSync("tests").filter((name) => name.endsWith(".test.ts")).map((name) => `tests/${name}`);
  // JsSIP is CommonJS and asks for a module of Node.js.
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await build({ ...COMMON, entryPoints, outdir: "build/tests", outExtension: { ".js": ".mjs" }, platform: "node", banner });
}

await (process.argv[2] === "tests" ? tests() : desk());
