import type { ParamValues } from '../commands/command.ts';
import type { Output } from '../commands/output.ts';
import { commands } from '../commands/table.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { detectShell } from './detect.ts';
import { type Target, targetOf } from './install.ts';
import { completionScript, type Shell, shells } from './scripts.ts';

const isShell = (text: unknown): text is Shell => shells.some((shell) => shell === text);

/** `completion [SHELL]`: prints the script, or puts it where the shell looks, or takes it away. */
export async function runCompletion(engine: Engine, params: ParamValues): Promise<Output> {
  const { install, uninstall, dryRun } = params;
  if (install === true && uninstall === true)
    throw new AppError('usage', '--install and --uninstall exclude each other.');
  const shell = isShell(params.shell) ? params.shell : await detectShell(engine.process, process.ppid);
  if (uninstall === true) return remove(engine, shell, dryRun === true);
  if (install === true) return write(engine, shell, dryRun === true);
  return {
    type: 'text',
    text: completionScript(shell, commands),
    data: { shell, script: completionScript(shell, commands) },
  };
}

const shortOf = ({ shortPath }: Target): string[] => (shortPath === undefined ? [] : [shortPath]);

async function write(engine: Engine, shell: Shell, isDryRun: boolean): Promise<Output> {
  const target = await targetOf(shell, engine);
  const { profile } = target;
  const before = profile === undefined ? '' : ((await engine.files.readText(profile.path)) ?? '');
  const addsLine = profile !== undefined && !before.includes('agentworks.ps1');
  if (!isDryRun) {
    for (const path of [target.path, ...shortOf(target)])
      await engine.files.write(path, completionScript(shell, commands), { mode: 0o644 });
    if (profile !== undefined && addsLine) {
      const end = before === '' || before.endsWith('\n') ? before : `${before}\n`;
      await engine.files.write(profile.path, `${end}${profile.line}\n`);
    }
  }
  const details = [
    ...(target.note === undefined ? [] : [target.note]),
    ...(profile !== undefined && addsLine ? [`${profile.path}: + ${profile.line}`] : []),
    'It works in the next shell.',
  ];
  const text = `${isDryRun ? 'Would install to' : 'Installed to'} ${target.path}`;
  return { type: 'message', text, details, data: { shell, path: target.path, changed: !isDryRun } };
}

/** Only a file that carries our stamp is removed. */
async function remove(engine: Engine, shell: Shell, isDryRun: boolean): Promise<Output> {
  const target: Target = await targetOf(shell, engine);
  const script = await engine.files.readText(target.path);
  const { stampIn } = await import('./stamp.ts');
  if (script === undefined) {
    return {
      type: 'message',
      text: `Nothing is installed at ${target.path}`,
      data: { shell, path: target.path, changed: false },
    };
  }
  if (stampIn(script) === undefined) {
    throw new AppError('refused', `${target.path} is not a script that agentworks wrote.`, {
      hint: 'Remove it by hand.',
    });
  }
  if (!isDryRun) {
    await engine.files.remove(target.path);
    for (const path of shortOf(target)) {
      if (stampIn((await engine.files.readText(path)) ?? '') !== undefined) await engine.files.remove(path);
    }
    if (target.profile !== undefined) await dropLine(engine, target.profile);
  }
  const text = `${isDryRun ? 'Would remove' : 'Removed'} ${target.path}`;
  return { type: 'message', text, data: { shell, path: target.path, changed: !isDryRun } };
}

async function dropLine(engine: Engine, profile: { path: string; line: string }): Promise<void> {
  const before = await engine.files.readText(profile.path);
  if (before === undefined) return;
  const after = before
    .split('\n')
    .filter((line) => line.trim() !== profile.line)
    .join('\n');
  if (after !== before) await engine.files.write(profile.path, after);
}
