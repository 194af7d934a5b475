import type { Engine } from '../../engine.ts';
import type { Check, CheckStatus, GroupOfChecks } from '../model.ts';

async function program(engine: Engine, name: string, missing: CheckStatus, hint: string): Promise<Check> {
  const path = await engine.process.find(name);
  return path === undefined
    ? { name, status: missing, message: 'not found', hint }
    : { name, status: 'ok', message: path };
}

export const tools: GroupOfChecks = {
  name: 'Required tools',
  look: async (engine) =>
    Promise.all([
      program(engine, 'ssh', 'fail', 'Install the OpenSSH client: terminals are attached through it.'),
      program(engine, 'git', 'warn', 'Install Git: workspaces from local repositories are sent with it.'),
    ]),
};
