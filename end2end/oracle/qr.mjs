// What jsQR and ZXing read from a picture. Standard input: {"width": modules, "rows": "0110…"}, one digit a pixel;
// standard output: [what jsQR read, what ZXing read].
import jsqr from 'jsqr';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const { width, rows } = JSON.parse(readFileSync(0, 'utf8'));
const data = new Uint8ClampedArray(rows.length * 4).fill(255);
for (let at = 0; at < rows.length; at += 1) {
  if (rows[at] === '1') data.fill(0, at * 4, at * 4 + 3);
}
const height = rows.length / width;

// Its own way is to fetch the program from the internet.
const wasm = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm) } });
const [read] = await readBarcodes({ data, width, height, colorSpace: 'srgb' }, { formats: ['QRCode'] });

process.stdout.write(JSON.stringify([jsqr(data, width, height)?.data ?? null, read?.text ?? null]));
