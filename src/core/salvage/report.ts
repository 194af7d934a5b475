import type { LeftOut, LiveProcess, RepositoryReport, TreeReport } from './model.ts';

const strict = new TextDecoder('utf-8', { fatal: true });

/** Bytes that travelled as one letter each, as the text they are; what is not UTF-8 stays as it came. */
export function decoded(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  try {
    return strict.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

type Fields = Record<string, unknown>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const list = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

export const numberOf = (value: unknown): number => {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : 0;
};

const repository = (one: Fields): RepositoryReport => ({
  path: decoded(one.path),
  status: one.status === 'read' ? 'read' : 'raw',
  why: one.why === undefined ? undefined : decoded(one.why),
  isBare: one.bare === 1,
  branch: decoded(one.branch).replace(/^refs\/heads\//, ''),
  head: /^[0-9a-f]{40,64}$/.test(decoded(one.head)) ? decoded(one.head) : '',
  changed: numberOf(one.changed),
  untracked: numberOf(one.untracked),
  ahead: numberOf(one.ahead),
  stashes: numberOf(one.stashes),
  objectBytes: numberOf(one.size),
  format: one.format === 'sha256' ? 'sha256' : 'sha1',
});

const leftOut = (one: Fields): LeftOut => ({
  path: decoded(one.path),
  bytes: numberOf(one.bytes),
  files: numberOf(one.files),
  why: decoded(one.why),
});

const process = (one: Fields): LiveProcess => ({
  pid: numberOf(one.pid),
  account: decoded(one.account),
  command: decoded(one.command),
});

/** A report of the collector; undefined when the tree could not be looked through. */
export function parseTree(data: unknown): TreeReport | undefined {
  const fields = fieldsOf(data);
  if (fields.failed !== undefined || (fields.kind !== 'workspace' && fields.kind !== 'home')) return undefined;
  const counts = fieldsOf(fields.counts);
  return {
    kind: fields.kind,
    name: decoded(fields.name),
    path: decoded(fields.path),
    exists: fields.exists === 1,
    readAs: decoded(fields.readAs),
    repositories: list(fields.repositories).map(repository),
    plain: numberOf(counts.plain),
    ignored: numberOf(counts.ignored),
    files: numberOf(fields.treeFiles),
    bytes: numberOf(fields.treeBytes),
    leftOut: list(fields.leftOut).map(leftOut),
    leftOutBytes: numberOf(fields.leftOutBytes),
    overLimit: { files: numberOf(fields.overLimit), bytes: numberOf(fields.overLimitBytes) },
    unreadable: list(fields.unreadable).map((one) => ({ path: decoded(one.path), owner: decoded(one.owner) })),
    unreadableCount: numberOf(fields.Unreadable),
    changing: list(fields.changing).map((one) => decoded(one.path)),
    processes: list(fields.processes).map(process),
  };
}
