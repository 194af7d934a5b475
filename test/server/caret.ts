import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, clientOf } from '../../src/server/client.ts';
import { ConfigDocument } from '../../src/server/document.ts';
import { profiles } from './profiles.ts';

export const base = { home: '/home/operator', cwd: '/project' };
export const uri = 'file:///home/operator/.config/agentworks/config.toml';

/** A document as a feature gets it. */
export const documentOf = (text: string): ConfigDocument => new ConfigDocument(uri, 1, text, base, 'utf-16');

/** A text with one `|` where the caret is. */
export function atCaret(marked: string): { document: ConfigDocument; offset: number; text: string } {
  const offset = marked.indexOf('|');
  if (offset < 0 || marked.includes('|', offset + 1)) throw new Error('The text needs one |');
  const text = marked.slice(0, offset) + marked.slice(offset + 1);
  return { document: documentOf(text), offset, text };
}

/** A client of one of the profiles. */
export const clientLike = (name: keyof typeof profiles): Client => clientOf({ capabilities: profiles[name] });

export const fixture = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

export const goldenFile = (name: string): string => join(import.meta.dirname, 'golden', name);
