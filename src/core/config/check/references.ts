import { AppError } from '../../errors.ts';
import type { BoundFile, BoundKey } from '../bind.ts';
import { catalogNames, hasBuiltIn } from '../catalog/catalog.ts';
import { miseTool } from '../inherit.ts';
import { keyPath } from '../problems.ts';
import type { Refers } from '../schema/types.ts';
import { isCpuShare, parseSize } from '../sizes.ts';
import { parseSource } from '../sources.ts';
import { meant, nearest, nearestEntry, orList } from '../suggest.ts';
import { type PlacedText, textsOf } from './walk.ts';

/** What each text stands for must exist and be well-formed. */
export function checkReferences(file: BoundFile): void {
  for (const key of file.keys) {
    checkMarks(file, key);
    checkRepeats(file, key);
    const { schema } = key.bound;
    const refers = 'refers' in schema ? schema.refers : undefined;
    if (refers === undefined) continue;
    for (const text of textsOf(key.bound)) checkText(file, key, refers, text);
  }
}

/** `!name` takes something out of what is inherited, so it needs inheritance. */
function checkMarks(file: BoundFile, { path, bound }: BoundKey): void {
  const { schema } = bound;
  if (schema.type !== 'list') return;
  const isTemplate = /_templates$/.test(path[0] ?? '');
  if (isTemplate && schema.merge !== undefined) return;
  for (const item of bound.items) {
    if (!item.text.startsWith('!')) continue;
    file.problems.error('not-a-template', item.at, path, `${keyPath(path)}: '${item.text}' takes nothing out here`, {
      hint: 'Items with ! work in lists of templates, where there is something to inherit.',
    });
  }
}

function checkRepeats(file: BoundFile, { path, bound }: BoundKey): void {
  if (bound.schema.type !== 'list' || bound.items.length < 2) return;
  const isTool = bound.schema.refers?.to === 'mise-tool';
  const seen = new Map<string, PlacedText>();
  for (const item of textsOf(bound)) {
    const identity = isTool ? miseTool(item.text).tool : item.text;
    const first = seen.get(identity);
    if (first === undefined) {
      seen.set(identity, item);
      continue;
    }
    const message =
      first.text === item.text
        ? `${keyPath(path)} lists '${item.text}' twice`
        : `${keyPath(path)} lists '${identity}' twice; '${item.text}' counts`;
    file.problems.warn('duplicate-item', item.at, path, message, {
      related: [{ message: 'First here', at: first.at }],
    });
  }
}

function checkText(file: BoundFile, key: BoundKey, refers: Refers, item: PlacedText): void {
  const { problems } = file;
  const { path } = key;
  const { text, at } = item;
  switch (refers.to) {
    case 'git-credential': {
      const known = file.collections.get('git_credentials');
      if (known?.has(text) === true) return;
      const near = nearestEntry(file, 'git_credentials', text, () => known?.keys() ?? []);
      problems.error(
        'unknown-reference',
        at,
        path,
        `${keyPath(path)} references unknown git credential '${text}'`,
        near === undefined
          ? { hint: `Add [git_credentials.${keyPath([text])}], or remove it here.` }
          : meant(file, at, near),
      );
      return;
    }
    case 'catalog': {
      if (file.collections.get(refers.kind)?.has(text) === true || hasBuiltIn(refers.kind, text)) return;
      const near = nearestEntry(file, refers.kind, text, () => catalogNames(file, refers.kind));
      const isSource = refers.kind === 'apt_sources';
      const message = isSource
        ? `${keyPath(path.slice(0, -1))} references unknown apt source '${text}'`
        : `${keyPath(path)} references unknown entry '${text}'`;
      const hint = `Add [${refers.kind}.${keyPath([text])}], or choose one that \`agentworks installer list\` shows.`;
      const details = near === undefined ? { hint } : meant(file, at, near);
      problems.error('unknown-reference', at, path, message, details);
      return;
    }
    case 'local-path':
      checkLocalPath(file, path, item);
      return;
    case 'remote-path':
      if (text.startsWith('/') || text.startsWith('$') || (refers.mayUseHome && /^~(?:\/|$)/.test(text))) return;
      problems.warn('relative-path', at, path, `${keyPath(path)}: '${text}' is not an absolute path on the VM`, {
        hint: refers.mayUseHome ? "Begin with '/' or '~/'." : "Begin with '/'.",
      });
      return;
    case 'source':
      checkSource(file, path, item, refers.defaultFile);
      return;
    case 'url':
      checkUrl(file, path, item, refers);
      return;
    case 'command':
      for (const match of text.matchAll(/\{\{(\w+)\}\}/g)) {
        const word = match[1] ?? '';
        if (refers.placeholders.includes(word)) continue;
        const near = nearest(word, refers.placeholders);
        const known = orList(refers.placeholders.map((placeholder) => `{{${placeholder}}}`));
        problems.error('bad-placeholder', at, path, `${keyPath(path)}: nothing fills in {{${word}}}`, {
          hint: near === undefined ? `Use ${known}.` : `Did you mean {{${near}}}?`,
        });
      }
      return;
    case 'age':
      if (/^\d+\s*[a-z]+$/i.test(text) || /^\d{4}-\d{2}-\d{2}(?:$|[T ])/.test(text)) return;
      problems.warn('not-allowed', at, path, `${keyPath(path)}: '${text}' is neither an age nor a date`, {
        hint: 'Write an age such as "7d", "6m" or "1y", or a date such as "2024-06-01".',
      });
      return;
    case 'memory-size': {
      const size = parseSize(text);
      if (size === undefined) {
        problems.error('not-allowed', at, path, `${keyPath(path)}: '${text}' is not an amount of memory`, {
          hint: 'Write a size such as "4G" or "512M", a share of the VM\'s memory such as "50%", or "infinity".',
        });
      } else if (size.unit === 'bytes' && size.amount < refers.minimum) {
        problems.error(
          'out-of-range',
          at,
          path,
          `${keyPath(path)} must be at least ${refers.minimum / 1024 ** 2}M, not '${text}'`,
        );
      }
      return;
    }
    case 'cpu-share':
      if (isCpuShare(text)) return;
      problems.error('not-allowed', at, path, `${keyPath(path)}: '${text}' is not a share of processors`, {
        hint: 'Write "100%" for one processor, "250%" for two and a half, or "infinity".',
      });
      return;
    case 'mise-tool': {
      const { tool, version } = miseTool(text);
      if (tool === '' || version === '' || /\s/.test(text)) {
        problems.error('not-allowed', at, path, `${keyPath(path)}: '${text}' is not 'tool@version'`);
      } else if (version === undefined) {
        problems.add(
          'info',
          'unpinned-tool',
          at,
          path,
          `${keyPath(path)}: '${tool}' has no version, so it is the latest`,
          {
            hint: `Write "${tool}@VERSION" to keep it as it is.`,
          },
        );
      }
      return;
    }
    case 'template':
    case 'apt-name':
    case 'vm-host':
      return;
  }
}

/** What is written counts, not the expanded path. */
function checkLocalPath(file: BoundFile, path: readonly string[], { text, at }: PlacedText): void {
  const { problems, document } = file;
  const written = document.text.slice(at.start + 1, at.end - 1);
  if (text === '') problems.error('not-allowed', at, path, `${keyPath(path)} must not be empty`);
  else if (/^~[^\\/]/.test(text)) {
    problems.error('not-allowed', at, path, `${keyPath(path)}: only a leading '~/' stands for a home, not '${text}'`, {
      hint: 'Write the absolute path.',
    });
  } else if (!/^(?:[~/\\]|[A-Za-z]:[\\/])/.test(written)) {
    problems.warn(
      'relative-path',
      at,
      path,
      `${keyPath(path)}: '${written}' depends on the folder that a command is run from`,
      {
        hint: "Begin with '~/' or '/'.",
      },
    );
  }
}

function checkSource(
  file: BoundFile,
  path: readonly string[],
  { text, at }: PlacedText,
  defaultFile: string | undefined,
): void {
  try {
    parseSource(text, { defaultFile });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    file.problems.error('bad-source', at, path, `${keyPath(path)}: ${error.message}`, { hint: error.hint });
  }
}

function checkUrl(
  file: BoundFile,
  path: readonly string[],
  { text, at }: PlacedText,
  refers: Extract<Refers, { to: 'url' }>,
): void {
  const { problems } = file;
  const name = keyPath(path);
  if (text === '' || text.startsWith('-') || /[\s\u0000-\u001f\u007f]/.test(text)) {
    problems.error('bad-url', at, path, `${name}: '${text}' is not an address`);
    return;
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (refers.isGit !== true) {
      problems.error('bad-url', at, path, `${name}: '${text}' is not an address`, {
        hint: `Begin with '${refers.schemes[0]}://'.`,
      });
    } else if (/^[\w.-]+@[\w.-]+:/.test(text)) sshOnlyLocally(file, path, at);
    return;
  }
  if (!refers.schemes.includes(scheme)) {
    const isUnsafe = scheme === 'http' && refers.schemes.includes('https');
    problems.add(
      isUnsafe ? 'warning' : 'error',
      isUnsafe ? 'catalog-source' : 'bad-url',
      at,
      path,
      isUnsafe
        ? `${name} is fetched without encryption`
        : `${name} must begin with ${orList(refers.schemes.map((known) => `'${known}://'`))}`,
      isUnsafe ? { hint: "Use 'https://'." } : {},
    );
    return;
  }
  if (!URL.canParse(text)) {
    problems.error('bad-url', at, path, `${name}: '${text}' is not an address`);
    return;
  }
  if (scheme === 'ssh') sshOnlyLocally(file, path, at);
  const url = new URL(text);
  if (url.password !== '' || (refers.isGit === true && scheme.startsWith('http') && url.username !== '')) {
    problems.warn('bad-url', at, path, `${name} has a user or a token in it`, {
      hint: 'Remove it and use [git_credentials.*]; this file is not a place for secrets.',
    });
  }
}

function sshOnlyLocally(file: BoundFile, path: readonly string[], at: PlacedText['at']): void {
  file.problems.add('info', 'bad-url', at, path, `${keyPath(path)}: an SSH address works for local workspaces only`, {
    hint: 'For workspaces on VMs write the https:// address.',
  });
}
