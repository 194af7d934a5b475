import type { Files } from '../../ports/files.ts';
import { absolute, type BoundFile, type BoundKey } from '../bind.ts';
import { keyPath } from '../problems.ts';
import type { Refers } from '../schema/types.ts';
import { parseSource } from '../sources.ts';
import { looksPrivate, publicHalf, readPublicKey } from './keyFiles.ts';
import { type PlacedText, textsOf } from './walk.ts';

/** What the file names on this machine must be there and be what it is said to be. Reads, never asks. */
export async function checkFiles(file: BoundFile, files: Files): Promise<void> {
  for (const key of file.keys) {
    const { schema } = key.bound;
    const refers = 'refers' in schema ? schema.refers : undefined;
    for (const item of refers === undefined ? [] : textsOf(key.bound)) {
      if (refers?.to === 'local-path' && item.text !== '') {
        if (refers.mustExist || refers.shouldExist === true) await checkPath(file, files, key, item, refers);
      } else if (refers?.to === 'source') await checkSource(file, files, key, item);
    }
  }
  await checkPair(file, files);
}

async function checkPath(
  file: BoundFile,
  files: Files,
  { path }: BoundKey,
  { text, at }: PlacedText,
  { mustExist, holds }: Extract<Refers, { to: 'local-path' }>,
): Promise<void> {
  const { problems } = file;
  const name = keyPath(path);
  if (/^~[^\\/]/.test(text)) return; // said already
  const info = await files.info(text).catch(() => undefined);
  if (info === undefined) {
    problems.add(mustExist ? 'error' : 'warning', 'missing-path', at, path, `${name}: ${text} does not exist`, {
      hint: holds === undefined ? undefined : 'Create a key pair with `ssh-keygen -t ed25519`, or name the right file.',
    });
    return;
  }
  if (holds === undefined) return;
  if (info.kind !== 'file') {
    problems.error('bad-key-file', at, path, `${name}: ${text} is not a file`);
    return;
  }
  if (holds === 'private-key') {
    // Windows has no such bits and reports 0.
    if ((info.mode & 0o077) === 0) return;
    problems.warn('key-permissions', at, path, `${name}: other users can read ${text}`, {
      hint: `Run \`chmod 600 ${text}\`.`,
    });
    return;
  }
  const content = await readable(files, text);
  if (content === undefined) problems.error('bad-key-file', at, path, `${name}: ${text} cannot be read`);
  else if (looksPrivate(content)) {
    problems.error('bad-key-file', at, path, `${name}: ${text} is a private key`, {
      hint: 'Name the public half; it usually ends in .pub.',
    });
  } else if (readPublicKey(content) === undefined) {
    problems.warn('bad-key-file', at, path, `${name}: ${text} does not look like a public SSH key`);
  }
}

const readable = (files: Files, path: string): Promise<string | undefined> =>
  files.readText(path).catch(() => undefined);

async function checkSource(file: BoundFile, files: Files, { path }: BoundKey, { text, at }: PlacedText): Promise<void> {
  let local: string;
  try {
    const source = parseSource(text);
    if (source.kind !== 'local') return;
    local = absolute(source.path, file.base);
  } catch {
    return; // said already
  }
  if ((await files.info(local).catch(() => undefined)) !== undefined) return;
  file.problems.warn('missing-path', at, path, `${keyPath(path)}: ${local} does not exist`);
}

async function checkPair(file: BoundFile, files: Files): Promise<void> {
  const operator = file.sections.get('operator');
  const publicKey = operator?.values.get('ssh_public_key');
  const privateKey = operator?.values.get('ssh_private_key');
  if (operator === undefined || typeof publicKey?.value !== 'string' || typeof privateKey?.value !== 'string') return;
  const publicText = await readable(files, publicKey.value);
  const privateText = await readable(files, privateKey.value);
  const half = privateText === undefined ? undefined : publicHalf(privateText);
  const blob = publicText === undefined ? undefined : readPublicKey(publicText)?.blob;
  if (half === undefined || blob === undefined || half === Buffer.from(blob, 'base64').toString('base64')) return;
  const path = [...operator.path, 'ssh_public_key'];
  file.problems.warn('key-mismatch', publicKey.at, path, `${keyPath(path)} does not belong to ssh_private_key`, {
    hint: 'Name two halves of one pair, or VMs will refuse you.',
  });
}
