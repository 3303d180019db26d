import { readFileSync } from 'node:fs';

/** What a document of docs/ tells an operator to write: the block of code below a heading, or the first one of its page. */
export function block(document: string, heading?: string): string {
  const page = readFileSync(`../docs/${document}`, 'utf8');
  const part = heading === undefined ? page : page.split(`\n## ${heading}\n`)[1];
  const found = /^```\w*\n(.*?)^```$/ms.exec(part ?? '')?.[1];
  if (found === undefined) throw new Error(`docs/${document} has no block below ${heading ?? 'its title'}`);
  return found;
}

/** A text with each of these in place of what stands there, which is there once. */
export function exchanged(text: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((before, [there, value]) => {
    const parts = before.split(there);
    if (parts.length !== 2) throw new Error(`“${there}” stands ${parts.length - 1} times in\n${before}`);
    return parts.join(value);
  }, text);
}
