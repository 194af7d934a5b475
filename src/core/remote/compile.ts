import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import { prelude } from './prelude.ts';
import { insert, join, operatorScript, quote, type Script, sh } from './quote.ts';
import type { Recipe, RunAs, Step, StepFile } from './recipe.ts';

export type RunMode = 'apply' | 'plan';

export interface CompiledPayload {
  name: string;
  account: string;
  bytes: Uint8Array;
}

/** What is sent: one script and the large inputs beside it. */
export interface Compiled {
  script: Uint8Array;
  payloads: CompiledPayload[];
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

export const accountOf = (as: RunAs, adminUser: string): string =>
  as === 'root' ? 'root' : as === 'admin' ? adminUser : as.account;

const defaultTimeoutSeconds = 300;
const idPattern = /^[a-z0-9][a-z0-9-]*$/;
const secretPattern = /^[A-Z][A-Z0-9_]*$/;

const octal = (mode: number): string => mode.toString(8).padStart(3, '0');

/** `~/x` is the home of the user that runs the step; everything else is absolute. */
function remotePath(path: string): Script {
  if (path.startsWith('~/')) return sh`"$HOME"/${path.slice(2)}`;
  if (!path.startsWith('/')) throw new AppError('internal', `A recipe names the relative path '${path}'.`);
  return quote(path);
}

/** Writes the content to stdout; `tail` continues the command line (a redirection, a pipe). */
const decoded = (content: string | Uint8Array, tail: Script = sh``): Script =>
  sh`base64 -d <<'AW_END' ${insert(tail)}
${insert(
  operatorScript(
    Buffer.from(content)
      .toString('base64')
      .replace(/(.{1000})/g, '$1\n'),
  ),
)}
AW_END
`;

const isInPlace = (file: StepFile): Script =>
  sh`f=${insert(remotePath(file.path))}
[ -f "$f" ] && [ ! -L "$f" ] && [ "$(stat -c %a -- "$f")" = ${octal(file.mode)} ] || exit 1
${insert(decoded(file.content, sh`| cmp -s -- - "$f" || exit 1`))}`;

/** What a step that was cut off may leave beside a file. */
export const halfWritten = (path: string): string => path.replace(/[^/]*$/, '.aw.$&');

/**
 * A temporary name with the final mode, then a rename: never half a file, not after a loss of power either, and links
 * are replaced, not followed. The name is the same each time, so that what an interrupted run left is taken up.
 */
const putInPlace = (file: StepFile): Script =>
  sh`f=${insert(remotePath(file.path))}
d=$(dirname -- "$f")
[ -d "$d" ] || mkdir -p -m ${file.path.startsWith('~/') ? '0700' : '0755'} -- "$d"
t=$d/.aw.\${f##*/}
rm -f -- "$t"
${insert(decoded(file.content, sh`>"$t" || { rm -f -- "$t"; exit 1; }`))}chmod ${octal(file.mode)} -- "$t"
sync -- "$t"
mv -fT -- "$t" "$f"
`;

const resultFunction = sh`aw_result() { printf '%s\t%s\n' "$1" "$(printf %s "$2" | base64 -w0)" >>"$AW_RESULT"; }
`;

function checkText(step: Step): Script | undefined {
  if (step.check === 'files') return join((step.files ?? []).map(isInPlace));
  return typeof step.check === 'object' && 'script' in step.check ? step.check.script : undefined;
}

function applyText(step: Step): Script {
  const parts = [...(step.files ?? []).map(putInPlace), ...(step.apply === undefined ? [] : [step.apply])];
  return join(step.as === 'root' ? [resultFunction, ...parts] : parts);
}

function stampOf(step: Step): string {
  if (typeof step.check === 'object' && 'stamp' in step.check) return sha256(step.check.stamp);
  if (step.check !== 'files' || step.apply === undefined) return '';
  const files = (step.files ?? []).map((file) => [file.path, file.mode, sha256(file.content)]);
  return sha256(JSON.stringify([files, step.apply]));
}

const shellFunction = (name: string, body: string | Uint8Array): Script =>
  sh`${name}() {
${insert(decoded(body))}}
`;

function checkRecipe(recipe: Recipe): void {
  const seen = new Set<string>();
  for (const step of recipe.steps) {
    if (!idPattern.test(step.id) || seen.has(step.id)) {
      throw new AppError('internal', `The recipe '${recipe.operation}' has a bad or double step id '${step.id}'.`);
    }
    for (const need of step.needs ?? []) {
      if (!seen.has(need)) throw new AppError('internal', `Step '${step.id}' needs '${need}', which is not before it.`);
    }
    for (const name of step.secrets ?? []) {
      if (recipe.secrets?.[name] === undefined) throw new AppError('internal', `There is no secret '${name}'.`);
    }
    seen.add(step.id);
  }
  for (const name of [...Object.keys(recipe.secrets ?? {}), ...(recipe.payloads ?? []).map((one) => one.name)]) {
    if (!secretPattern.test(name)) throw new AppError('internal', `'${name}' is not a name for a secret or payload.`);
  }
}

/** One script out of a recipe. Pure; throws `internal` for a recipe that breaks its own rules. */
export function compile(recipe: Recipe, adminUser: string, mode: RunMode): Compiled {
  checkRecipe(recipe);
  const account = (as: RunAs): string => accountOf(as, adminUser);
  const scope = (recipe.scope ?? 'vm').replaceAll(/[^a-z0-9_-]/g, '.');
  const parts: Script[] = [
    prelude,
    sh`scope=${scope}
`,
  ];
  if (mode === 'apply') {
    for (const [name, value] of Object.entries(recipe.secrets ?? {}))
      parts.push(shellFunction(`secret_${name}`, value));
  }
  recipe.steps.forEach((step, index) => {
    const i = index + 1;
    const check = checkText(step);
    if (check !== undefined) parts.push(shellFunction(`check_${i}`, check));
    if (mode === 'apply') parts.push(shellFunction(`apply_${i}`, applyText(step)));
    const kind = typeof step.check === 'string' ? step.check : 'script' in step.check ? 'script' : 'stamp';
    const payloads = (recipe.payloads ?? []).filter((one) => account(one.reader) === account(step.as));
    parts.push(
      sh`step ${i} ${step.id} ${account(step.as)} ${step.isLogin === true ? 1 : 0} ${step.timeoutSeconds ?? defaultTimeoutSeconds} ${step.isFatal === false ? 0 : 1} ${kind} ${account(step.checkAs ?? step.as)} ${stampOf(step)} ${(step.needs ?? []).join(' ')} ${(step.secrets ?? []).join(' ')} ${payloads.map((one) => one.name).join(' ')}
`,
    );
  });
  parts.push(sh`outcome=complete
`);
  return {
    script: Buffer.from(join(parts)),
    payloads:
      mode === 'plan'
        ? []
        : (recipe.payloads ?? []).map((one) => ({ name: one.name, account: account(one.reader), bytes: one.bytes })),
  };
}
