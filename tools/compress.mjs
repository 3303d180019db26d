// Writes FILE.br and FILE.gz beside every compressible file of a folder.
//
// Usage: node tools/compress.mjs FOLDER
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { argv } from "node:process";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const compressible = new Set([".css", ".html", ".js", ".json", ".svg", ".txt", ".wasm", ".webmanifest"]);
// Read by the server, never sent.
const internal = new Set(["assets.txt"]);

const brotli = (data) =>
  promisify(brotliCompress)(data, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    },
  });

async function compress(path) {
  const data = await readFile(path);
  await Promise.all([
    brotli(data).then((small) => writeFile(`${path}.br`, small)),
    promisify(gzip)(data, { level: constants.Z_BEST_COMPRESSION }).then((small) => writeFile(`${path}.gz`, small)),
  ]);
}

const folder = argv[2];
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
await Promise.all(
  entries
    .filter((entry) => entry.isFile() && compressible.has(extname(entry.name)) && !internal.has(entry.name))
    .map((entry) => compress(join(entry.parentPath ?? entry.path, entry.name))),
);
