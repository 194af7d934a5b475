import { release } from 'node:os';
import * as vscode from 'vscode';
import type { DoctorReport } from '../../core/doctor/model.ts';
import type { Engine } from '../../core/engine.ts';
import { errorText } from '../../core/errors.ts';
import type { Parts } from '../parts.ts';
import { privateFacts } from './names.ts';
import type { RecentErrors } from './recentErrors.ts';
import { type DiagnosticFacts, diagnosticsText } from './report.ts';
import { nameless, withoutSecrets } from './scrub.ts';

/** Extensions whose version matters for ours. */
const neighbours = [
  'ms-vscode-remote.remote-ssh',
  'jeanp413.open-remote-ssh',
  'tamasfe.even-better-toml',
  'tombi-toml.tombi',
];

/** The report, fit for people who may know secrets of nobody, and names only where `hasNames`. */
export async function collectDiagnostics(
  { context, engine }: Parts,
  errors: RecentErrors,
  hasNames: boolean,
): Promise<string> {
  const opened = await engine();
  registerSecrets(opened);
  const { packageJSON } = context.extension;
  const facts: DiagnosticFacts = {
    versions: versions(String(packageJSON.version)),
    settings: changedSettings(Object.keys(packageJSON.contributes?.configuration?.properties ?? {})),
    doctor: await lookAtMachine(opened),
    errors: errors.all,
  };
  const clean = (text: string): string => withoutSecrets(opened.secrets.redact(text));
  if (hasNames) return diagnosticsText(facts, clean);
  try {
    const without = nameless(await privateFacts(opened, Object.keys(facts.settings)));
    return diagnosticsText(facts, (text) => without(clean(text)));
  } catch {
    const reason = 'Left out: the state cannot be read, so nobody can say which names to leave out.';
    return diagnosticsText({ versions: facts.versions, settings: {}, doctor: reason, errors: [] }, clean);
  }
}

const versions = (own: string): [string, string][] => [
  ['Agentworks', own],
  ['VS Code', `${vscode.version} (${vscode.env.appName}, ${vscode.env.appHost})`],
  ['Window', vscode.env.remoteName === undefined ? 'local' : `remote (${vscode.env.remoteName})`],
  ['System', `${process.platform} ${process.arch} ${release()}`],
  ['Node.js', process.versions.node],
  ...neighbours.flatMap((id): [string, string][] => {
    const found = vscode.extensions.getExtension(id);
    return found === undefined ? [] : [[id, String(found.packageJSON.version)]];
  }),
];

function changedSettings(keys: readonly string[]): Record<string, unknown> {
  const all = vscode.workspace.getConfiguration();
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = all.get<unknown>(key);
      return JSON.stringify(value) === JSON.stringify(all.inspect(key)?.defaultValue) ? [] : [[key, value]];
    }),
  );
}

async function lookAtMachine(engine: Engine): Promise<DoctorReport | string> {
  try {
    const { runDoctor } = await import('../../core/doctor/service.ts');
    const context = { signal: new AbortController().signal, report: () => {} };
    const output = await runDoctor(engine, { isFixing: false }, context);
    return output.data as DoctorReport;
  } catch (error) {
    return `The checks could not be made: ${errorText(error)}`;
  }
}

/** What the environment calls a secret is one, wherever it turns up. */
function registerSecrets({ process: { env }, secrets }: Engine): void {
  for (const [name, value] of Object.entries(env)) {
    const isSecret = /TOKEN|SECRET|PASS|KEY|CREDENTIAL|AUTH/i.test(name);
    if (isSecret && value !== undefined && value.length >= 8 && !value.startsWith('/')) secrets.register(value);
  }
}
