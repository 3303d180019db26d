import { execFileSync } from 'node:child_process';

import type { Locator } from '@playwright/test';
import jsqr from 'jsqr';
import { PNG } from 'pngjs';

// The package is CommonJS: seen as a module, its function may stand one level deeper.
const decode = 'default' in jsqr ? (jsqr.default as typeof jsqr) : jsqr;

/** Decoders of two families, so that a code which only one of them can read is noticed. */
export type Decoder = (png: Buffer) => string;

export const byJsQr: Decoder = (png) => {
  const { data, width, height } = PNG.sync.read(png);
  return decode(new Uint8ClampedArray(data), width, height)?.data ?? '';
};

export const byZbar: Decoder = (png) =>
  execFileSync('zbarimg', ['--quiet', '--raw', '--oneshot', 'png:-'], { input: png, encoding: 'utf8' }).trim();

/** What a camera would read from the screen. */
export async function readQrCode(picture: Locator, decode: Decoder): Promise<string> {
  return decode(await picture.screenshot());
}
