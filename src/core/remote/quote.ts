import { AppError } from '../errors.ts';

declare const scriptBrand: unique symbol;

/**
 * Shell text that is safe to run: made only by `sh`, `join` and `rawScript`. Every string that reaches a shell
 * goes through this module.
 */
export type Script = string & { readonly [scriptBrand]: true };

const safeWord = /^[A-Za-z0-9_@%+:,./-]+$/;

/**
 * One word for any shell (`sh`, `bash`, `zsh`, `dash`, `fish`), equal to `value` byte for byte.
 * A leading `=` or `~` is quoted since zsh and tilde expansion would change it. Backslashes stand outside the quotes,
 * since fish, a login shell that a command passes through, reads them inside. NUL cannot be passed and is refused.
 */
export function quote(value: string): Script {
  if (value.includes('\0')) throw new AppError('invalid', 'A value for a shell command contains a NUL character.');
  return (safeWord.test(value) ? value : `'${value.replaceAll(/['\\]/g, (one) => `'\\${one}'`)}'`) as Script;
}

/** Values that `sh` accepts: strings and numbers become one quoted word, lists several, scripts stay as they are. */
export type ShellValue = string | number | Script | readonly (string | number)[] | ScriptBox;

/** Marks text as script in an interpolation; plain strings are always quoted. */
class ScriptBox {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Inserts a script unquoted into another one: `` sh`if ${insert(test)}; then …` ``. */
export const insert = (script: Script): ScriptBox => new ScriptBox(script);

const expand = (value: ShellValue): string => {
  if (value instanceof ScriptBox) return value.text;
  if (Array.isArray(value)) return value.map((word) => quote(String(word))).join(' ');
  return quote(String(value));
};

/** Backslashes belong to the shell; only `\${` and an escaped backtick, which JavaScript forces, are undone. */
const literal = (raw: string | undefined): string => (raw ?? '').replaceAll('\\${', '${').replaceAll('\\`', '`');

/** Template tag: literal parts are shell text written by us, interpolated values are quoted. */
export function sh(parts: TemplateStringsArray, ...values: ShellValue[]): Script {
  let text = literal(parts.raw[0]);
  values.forEach((value, i) => {
    text += expand(value) + literal(parts.raw[i + 1]);
  });
  return text as Script;
}

/** Scripts one after the other, a line each. */
export const join = (scripts: readonly Script[], separator: '\n' | ' && ' | ' | ' | ' ' = '\n'): Script =>
  scripts.join(separator) as Script;

/** An argument list as one command line. */
export const command = (argv: readonly string[]): Script => argv.map(quote).join(' ') as Script;

/** Fixed shell text of our own without interpolations, for long scripts that stand as one literal. */
export const rawScript = (text: string): Script => literal(text) as Script;

/** Any script as arguments of a fixed `bash -c` that survives every login shell, fish included: base64 has no quotes. */
export const encoded = (script: Script, args: readonly string[] = []): Script =>
  `/bin/bash -c 'eval "$(echo ${Buffer.from(script).toString('base64')} | base64 -d)"' agentworks ${command(args)}` as Script;

/**
 * A long script that arrives on stdin before what it reads itself, so that it stands in no argument list and in no log of
 * sudo. One that did not arrive whole is not run.
 */
export function onStdin(script: Script): { command: Script; bytes: Uint8Array } {
  const bytes = Buffer.from(Buffer.from(script).toString('base64'));
  const whole = `s=$(head -c ${bytes.length}); [ \${#s} = ${bytes.length} ] || exit 90; eval "$(echo "$s" | base64 -d)"`;
  return { command: command(['/bin/bash', '-c', whole]), bytes };
}

/**
 * Text that the operator wrote to be run as shell (an install command, `vm exec` with one argument). Say at the
 * call why it is meant to be code.
 */
export const operatorScript = (text: string): Script => text as Script;
