import type { ConfigProblem } from './model.ts';
import type { LineIndex } from './toml/lines.ts';
import type { Span } from './toml/nodes.ts';

/** Every kind of problem with what it means; `docs/reference/config.md` lists them. */
export const problemCodes = {
  'missing-file': 'There is no configuration file.',
  'toml-syntax': 'The text is not TOML.',
  'toml-duplicate': 'A key or table is defined twice, or as two different things.',
  'toml-version': 'TOML 1.1 syntax that older programs cannot read.',
  'unknown-key': 'Nothing reads this key or section.',
  'removed-key': 'This key or section is no longer read; something else replaces it.',
  'deprecated-key': 'This key or section still works under an old name.',
  'no-effect': 'This key is read and does nothing here.',
  'wrong-type': 'The value has another type than the key wants.',
  'converted-value': 'The value has another type and was converted, as other programs do.',
  'out-of-range': 'The number is too small or too large.',
  'not-allowed': 'The value is not one of those allowed, or breaks a rule of form.',
  'missing-key': 'A required key is missing.',
  'bad-name': 'The name of an entry breaks the rules for names.',
  'name-collision': 'Two names mean the same thing.',
  'unknown-reference': 'The name refers to something that does not exist.',
  'inheritance-cycle': 'Templates inherit from each other in a circle.',
  'empty-list': 'An empty list takes nothing away from what is inherited.',
  'removes-nothing': 'A `!name` item takes out something that is not inherited.',
  'not-a-template': '`!name` items work in templates only.',
  'duplicate-item': 'The same item is listed twice.',
  'unpinned-tool': 'A tool without a version is whatever is latest on the day.',
  'bad-source': 'A source reference is malformed.',
  'bad-url': 'An address is malformed or of a kind that does not work here.',
  'bad-placeholder': 'A `{{placeholder}}` that nothing fills in.',
  'stale-restart': 'A restart would run the command of another template.',
  'missing-path': 'A file that has to exist does not.',
  'relative-path': 'A path that depends on the folder a command is run from.',
  'bad-key-file': 'An SSH key file is not what it should be.',
  'key-permissions': 'Other users of this machine can read the private key.',
  'key-mismatch': 'The public key does not belong to the private key.',
  'catalog-override': 'An entry replaces a built-in one and loses something on the way.',
  'catalog-source': 'A package source that apt would ignore, or that is not safe.',
  'other-platform': 'The default platform does not use this key.',
  'no-keys': 'Without SSH keys only local workspaces work.',
} as const;

export type ProblemCode = keyof typeof problemCodes;

export interface ProblemDetails {
  hint?: string | undefined;
  related?: { message: string; at: Span }[] | undefined;
}

export type Severity = ConfigProblem['severity'];

/** Collects what is wrong in one file, with places. */
export class Problems {
  readonly list: ConfigProblem[] = [];
  private readonly path: string;
  private readonly lines: LineIndex;

  constructor(path: string, lines: LineIndex) {
    this.path = path;
    this.lines = lines;
  }

  add(
    severity: Severity,
    code: ProblemCode,
    at: Span,
    key: readonly string[],
    message: string,
    details: ProblemDetails = {},
  ): void {
    this.list.push({
      severity,
      code,
      message,
      hint: details.hint,
      key: key.length === 0 ? undefined : keyPath(key),
      path: this.path,
      start: this.lines.position(at.start),
      end: this.lines.position(at.end),
      part: partOf(key),
      related: details.related?.map(({ message: text, at: span }) => ({
        message: text,
        start: this.lines.position(span.start),
        end: this.lines.position(span.end),
      })),
    });
  }

  error(code: ProblemCode, at: Span, key: readonly string[], message: string, details?: ProblemDetails): void {
    this.add('error', code, at, key, message, details);
  }

  warn(code: ProblemCode, at: Span, key: readonly string[], message: string, details?: ProblemDetails): void {
    this.add('warning', code, at, key, message, details);
  }

  /** In the order of the file. */
  sorted(): ConfigProblem[] {
    return this.list
      .map((problem, index) => ({ problem, index }))
      .sort(
        (a, b) =>
          a.problem.start.line - b.problem.start.line ||
          a.problem.start.column - b.problem.start.column ||
          a.index - b.index,
      )
      .map(({ problem }) => problem);
  }
}

/** A key path as text; names that TOML would quote are quoted. */
export const keyPath = (path: readonly string[]): string =>
  path.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name))).join('.');

const separableSections = new Set([
  'vm_templates',
  'agent_templates',
  'workspace_templates',
  'session_templates',
  'git_credentials',
  'apt_sources',
  'apt_packages',
  'system_install_commands',
  'user_install_commands',
]);

/** The part of the file that can be unusable while the rest works. */
function partOf(key: readonly string[]): string | undefined {
  const [first, second] = key;
  if (first === undefined || second === undefined) return undefined;
  if (separableSections.has(first)) return keyPath([first, second]);
  return first === 'admin' && second === 'config' ? 'admin.config' : undefined;
}
