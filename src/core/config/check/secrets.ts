import type { BoundFile } from '../bind.ts';
import { keyPath } from '../problems.ts';
import { schemaAt } from '../schema/index.ts';
import type { KeyPart, KeyValue, Span, ValueNode } from '../toml/nodes.ts';

/** Texts that nothing but a secret looks like. */
const secretForms: readonly (readonly [what: string, form: RegExp])[] = [
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/],
  ['a GitLab token', /\bglpat-[\w-]{20}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['an API key', /\bsk-(?:ant-|proj-)?[\w-]{32}/],
  ['an API key', /\bAIza[\w-]{35}/],
  ['a Tailscale key', /\btskey-[a-z]+-\w{8}/],
  ['a Slack token', /\bxox[abeprs]-[\w-]{10}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a signed token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}/],
];

/** One look is enough for nearly every text. */
const anySecret = new RegExp(secretForms.map(([, form]) => form.source).join('|'));

/** Names that promise a secret, where the schema does not say what the key is. */
const secretName =
  /(?:^|[_-])(?:token|secret|password|passwd|passphrase|api_?key|access_?key|auth_?key|private_?key|credentials?)$/i;

/** Text that stands for a secret without being one: empty, a variable, a placeholder, a path, or too short. */
const isHarmless = (text: string): boolean => text.length < 8 || /^[~/.]|[$\s]|\{\{/.test(text);

/** Secrets in plain text. The message never repeats them. */
export function checkSecrets(file: BoundFile): void {
  const { text, syntax } = file.document;
  // A value without escapes stands in the text as it is, so one look at the whole text does for all of them.
  const mayHaveForms = text.includes('\\') || anySecret.test(text);
  checkPairs(file, syntax.items, [], mayHaveForms);
  for (const { key, items } of syntax.sections) checkPairs(file, items, key.parts, mayHaveForms);
}

function checkPairs(file: BoundFile, pairs: readonly KeyValue[], outer: readonly KeyPart[], mayHaveForms: boolean) {
  for (const { key, value } of pairs) {
    if (value === undefined) continue;
    if (value.type === 'inline-table') {
      checkPairs(file, value.items, [...outer, ...key.parts], mayHaveForms);
      continue;
    }
    const hasName = secretName.test(key.parts.at(-1)?.value ?? '');
    if (!hasName && !mayHaveForms) continue;
    const path = [...outer, ...key.parts].map((part) => part.value);
    checkValue(file, path, value, hasName && isFreeName(path));
  }
}

function checkValue({ problems }: BoundFile, path: readonly string[], value: ValueNode, isNamed: boolean): void {
  for (const { text, at } of textsIn(value)) {
    const isSecret = anySecret.test(text);
    if (!isSecret && (!isNamed || isHarmless(text))) continue;
    const what = secretForms.find(([, form]) => form.test(text))?.[0];
    const message =
      what === undefined
        ? `${keyPath(path)} has the name of a secret, and its value stands here in plain text`
        : `${keyPath(path)} holds what looks like ${what}, in plain text`;
    problems.warn('plain-secret', at, path, message, { hint: hintFor(path) });
  }
}

/** The name is the operator's own: that of a variable, or one that the schema does not know. */
function isFreeName(path: readonly string[]): boolean {
  const around = schemaAt(path.slice(0, -1));
  return (around?.kind === 'value' && around.type === 'map') || schemaAt(path) === undefined;
}

function hintFor(path: readonly string[]): string {
  if (path[0] === 'git_credentials' && path[1] !== undefined) {
    return 'The token comes from a GIT_CREDENTIALS_<NAME> variable or a prompt; remove it here and replace it at the service.';
  }
  if (path[0] === 'proxmox') return 'The secret comes from PROXMOX_TOKEN_SECRET; remove it here.';
  return 'Agents can read what sessions and machines are given; remove it here and replace it at the service.';
}

function* textsIn(value: ValueNode): Generator<{ text: string; at: Span }> {
  if (value.type === 'string') yield { text: String(value.value), at: value };
  else if (value.type === 'array') for (const item of value.items) yield* textsIn(item);
}
