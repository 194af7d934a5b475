import type { ConfigProblem } from './model.ts';
import type { ProblemCode } from './problemCodes.ts';
import type { LineIndex } from './toml/lines.ts';
import type { Span } from './toml/nodes.ts';

/** A change of the text that would settle a problem. */
export interface Fix {
  /** For a menu: "Change to 'default'". */
  title: string;
  edits: { at: Span; text: string }[];
}

export interface ProblemDetails {
  hint?: string | undefined;
  related?: { message: string; at: Span }[] | undefined;
  /** The likeliest first. */
  fixes?: Fix[] | undefined;
}

export type Severity = ConfigProblem['severity'];

/** A problem with its places as offsets: what checks report, and what an editor works with. */
export interface Finding extends ProblemDetails {
  severity: Severity;
  code: ProblemCode;
  message: string;
  at: Span;
  /** Key path, empty when it is about the text itself. */
  path: readonly string[];
}

/** Collects what is wrong in one file, with places. */
export class Problems {
  readonly list: Finding[] = [];
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
    path: readonly string[],
    message: string,
    details: ProblemDetails = {},
  ): void {
    this.list.push({ severity, code, at: { start: at.start, end: at.end }, path, message, ...details });
  }

  error(code: ProblemCode, at: Span, path: readonly string[], message: string, details?: ProblemDetails): void {
    this.add('error', code, at, path, message, details);
  }

  warn(code: ProblemCode, at: Span, path: readonly string[], message: string, details?: ProblemDetails): void {
    this.add('warning', code, at, path, message, details);
  }

  /** Has something been said about this key? */
  hasFor(path: readonly string[]): boolean {
    const key = keyPath(path);
    return this.list.some((finding) => keyPath(finding.path) === key);
  }

  /** Is there a problem of one of these kinds? */
  has(...codes: ProblemCode[]): boolean {
    return this.list.some((finding) => codes.includes(finding.code));
  }

  /** In the order of the file. */
  findings(): Finding[] {
    return this.list
      .map((finding, index) => ({ finding, index }))
      .sort((a, b) => a.finding.at.start - b.finding.at.start || a.index - b.index)
      .map(({ finding }) => finding);
  }

  /** As others see them, in the order of the file. */
  sorted(): ConfigProblem[] {
    return this.findings().map(({ severity, code, message, hint, at, path, related }) => ({
      severity,
      code,
      message,
      hint,
      key: path.length === 0 ? undefined : keyPath(path),
      path: this.path,
      start: this.lines.position(at.start),
      end: this.lines.position(at.end),
      part: partOf(path),
      related: related?.map(({ message: text, at: span }) => ({
        message: text,
        start: this.lines.position(span.start),
        end: this.lines.position(span.end),
      })),
    }));
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
