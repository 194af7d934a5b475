/** What must not leave this machine unless its owner says so. */
export interface PrivateFacts {
  /** Names of things, by what they are called in the report: `VM`, `agent`, `host`… */
  names: Readonly<Record<string, readonly string[]>>;
  /** The operator's home folder; written `~`. */
  home: string;
  /** Login name of the operator. */
  user: string;
  /** Name of this machine. */
  machine: string;
  /** Words with dots that are neither hosts nor files: settings, keys of the configuration. */
  known: ReadonlySet<string>;
}

const hidden = '[REDACTED]';

/** Forms of tokens that services publish, and values that say of themselves what they are. */
const secrets: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|tskey-|npm_|AKIA|AIza)[\w-]{8,}/g, hidden],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, hidden],
  [/\b(Bearer|Basic)\s+[\w+/=.~-]{6,}/gi, `$1 ${hidden}`],
  [
    /\b([\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|credential)s?)(["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s,;]+)/gi,
    `$1$2${hidden}`,
  ],
  // Userinfo of an address.
  [/(:\/\/)[^\s/@]+@/g, `$1${hidden}@`],
  // Letters of both cases and digits without a break: no word, no path, no digest.
  [/(?<![\w+=-])(?=[\w+=-]*[a-z])(?=[\w+=-]*[A-Z])(?=[\w+=-]*\d)[\w+=-]{32,}/g, hidden],
];

/** Never in a report, whatever its owner says. */
export const withoutSecrets = (text: string): string =>
  secrets.reduce((rest, [pattern, by]) => rest.replace(pattern, by), text);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The whole word, also where it is part of a path, an address, a file's name or an account such as `op--NAME`. */
const word = (text: string): RegExp => new RegExp(`(?<![a-z0-9])${escaped(text)}(?![a-z0-9])`, 'gi');

const alone = (text: string): RegExp => new RegExp(`(?<![\\w-])${escaped(text)}(?![\\w-])`, 'g');

/** Names of machines and people that say nothing of them, and would take words of ours along. */
const plain = new Set(['', 'root', 'localhost', 'vm', 'host', 'debian', 'ubuntu', 'agent', 'agentworks']);

const addresses: readonly [RegExp, string][] = [
  // Also `user@host:path`, as Git writes it.
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>)`]+/gi, '<address>'],
  [/[\w.+-]+@[\w.-]+:[^\s'"`]+/g, '<address>'],
  [/[\w.+-]+@[\w.-]*\w/g, '<user>@<host>'],
  [/\\\\[\w.-]+\\/g, '\\\\<host>\\'],
  [/\bSHA256:[\w+/=]{20,}|\bAAAA[\w+/=]{20,}/g, '<key>'],
  // As ssh says it of a name without dots.
  [/\b(connect to host|resolve hostname|host named?)\s+['"]?[\w.-]+['"]?/gi, '$1 <host>'],
  [/(?<![\w.])(?!127\.0\.0\.1|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)/g, '<IP address>'],
  [/(?<![\w:.])(?:[0-9a-f]{0,4}:){1,7}:[0-9a-f:.]*|(?<![\w:.])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}/gi, '<IP address>'],
];

/** What was only tried, mistyped or deleted is in no list. */
const quoted = /\b((?:VM|agent|workspace|session|template|credential|host|machine)s? (['"`]))(?!<)[^'"`\n]+\2/gi;

/** Dots between words, and no folder before it: a host, unless it is known to be something else. */
const dotted = /(?<![\w.~/\\-])[a-z0-9][\w-]*(?:\.[\w-]+)*\.[a-z][a-z-]+(?![\w-])/gi;

/**
 * Makes a text fit to be shown to strangers: names become `<VM 1>`, the same one each time, so that the report still says
 * which is which; hosts, addresses and users go. Rather a word too many than a host too few.
 */
export function nameless(facts: PrivateFacts): (text: string) => string {
  const names = Object.entries(facts.names)
    .flatMap(([kind, all]) => [...new Set(all)].map((name, index) => ({ name, by: `<${kind} ${index + 1}>` })))
    .filter(({ name }) => name !== '' && name !== 'default')
    // Longest first: one name may be part of another.
    .sort((a, b) => b.name.length - a.name.length);
  const own: readonly [string, string][] = [
    [facts.machine, '<this machine>'],
    [facts.user, '<user>'],
  ];
  return (text) => {
    let rest = facts.home.length > 1 ? text.replaceAll(facts.home, '~') : text;
    for (const [pattern, by] of addresses) rest = rest.replace(pattern, by);
    for (const { name, by } of names) rest = rest.replace(word(name), by);
    for (const [name, by] of own) if (!plain.has(name)) rest = rest.replace(alone(name), by);
    return rest.replace(quoted, '$1<name>$2').replace(dotted, (found) => (facts.known.has(found) ? found : '<host>'));
  };
}
