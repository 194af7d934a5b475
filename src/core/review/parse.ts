import type { Change, ChangeStatus, Commit, RepositoryChanges, Version, WorkspaceChanges } from './model.ts';

const statuses: Readonly<Record<string, ChangeStatus>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
};

const kinds: Readonly<Record<string, Version['kind']>> = {
  '100755': 'executable',
  '120000': 'link',
  '160000': 'submodule',
};

const idPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const idOf = (text: string): string | undefined => (idPattern.test(text) && !/^0+$/.test(text) ? text : undefined);
const numberOf = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Fields ended by NUL, taken one after the other; past the end all are empty. */
class Fields {
  readonly #all: string[];
  #at = 0;

  constructor(text: string) {
    this.#all = text.split('\0');
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#all.length;
  }

  next(): string {
    return this.#all[this.#at++] ?? '';
  }

  take(count: number): string[] {
    return Array.from({ length: count }, () => this.next());
  }

  /** Up to an empty field. */
  *list(): Generator<string> {
    for (let one = this.next(); one !== ''; one = this.next()) yield one;
  }
}

/** What the machine answered; undefined when it is cut short. Never throws, whatever is in it. */
export function parseChanges(text: string): Pick<WorkspaceChanges, 'repositories' | 'unread'> | undefined {
  const fields = new Fields(text);
  const repositories: RepositoryChanges[] = [];
  const unread: string[] = [];
  while (!fields.isAtEnd) {
    switch (fields.next()) {
      case 'read':
        repositories.push(repository(fields));
        break;
      case 'unread':
        unread.push(fields.next());
        fields.next();
        break;
      case 'end':
        return { repositories, unread };
      default:
        return undefined;
    }
  }
  return undefined;
}

function repository(fields: Fields): RepositoryChanges {
  const [path = '', branch = '', head = '', base = '', ahead = '', format, isShallow] = fields.take(7);
  const commits: Commit[] = [];
  for (const id of fields.list()) {
    const [author = '', at = '', subject = ''] = fields.take(3);
    if (idPattern.test(id)) commits.push({ id, author, at: numberOf(at) ?? 0, subject });
  }
  const unreadable = [...fields.list()].map((one) => one.replace(/^\.\//, ''));
  const [total = '', count = ''] = fields.take(2);
  const changes: Change[] = [];
  for (let left = numberOf(count) ?? 0; left > 0 && !fields.isAtEnd; left--) {
    const one = change(fields.take(11));
    if (one !== undefined) changes.push(one);
  }
  return {
    path,
    branch,
    head: idOf(head),
    base: idOf(base),
    format: format === 'sha256' ? 'sha256' : 'sha1',
    isShallow: isShallow === '1',
    ahead: numberOf(ahead) ?? 0,
    commits,
    total: Math.max(numberOf(total) ?? 0, changes.length),
    changes,
    unreadable,
  };
}

function change(fields: string[]): Change | undefined {
  const [letter = '', path = '', former = '', mode1 = '', mode2 = '', id1 = '', id2 = ''] = fields;
  const [size1 = '', size2 = '', added = '', removed = ''] = fields.slice(7);
  const status = statuses[letter];
  if (status === undefined || path === '') return undefined;
  const version = (at: string, id: string, size: string, mode: string): Version => ({
    path: at,
    id: idOf(id),
    size: numberOf(size),
    kind: kinds[mode] ?? 'file',
  });
  const [more, less] = [numberOf(added), numberOf(removed)];
  return {
    status,
    before: status === 'added' ? undefined : version(former === '' ? path : former, id1, size1, mode1),
    after: status === 'deleted' ? undefined : version(path, id2, size2, mode2),
    lines: more === undefined || less === undefined ? undefined : { added: more, removed: less },
    isBinary: added === '-',
  };
}
