import { chmod } from 'node:fs/promises';
import type { Config, ConfigProblem } from '../../config/model.ts';
import type { Engine } from '../../engine.ts';
import { tokenVariable } from '../../environment/tokens.ts';
import type { Check, GroupOfChecks } from '../model.ts';

const severities = { error: 'fail', warning: 'warn', info: 'info' } as const;

const problemCheck = ({ severity, path, start, message, key, hint }: ConfigProblem): Check => ({
  name: key ?? 'file',
  status: severities[severity],
  message: `${path}:${start.line}:${start.column}: ${message}`,
  hint,
});

async function keyCheck(engine: Engine, name: string, path: string | undefined, isPrivate: boolean): Promise<Check> {
  if (path === undefined) {
    const hint = 'Set it before the first VM: VMs are reached with this key.';
    return { name, status: 'info', message: 'not set', hint };
  }
  const info = await engine.files.info(path);
  if (info?.kind !== 'file')
    return {
      name,
      status: 'fail',
      message: `${path} is missing`,
      hint: 'Correct the path, or make a key with ssh-keygen.',
    };
  if ((await engine.files.readText(path)) === '') return { name, status: 'fail', message: `${path} is empty` };
  if (isPrivate && engine.process.platform !== 'win32' && (info.mode & 0o077) !== 0) {
    const message = `${path} has mode ${info.mode.toString(8)}; 600 is recommended`;
    return {
      name,
      status: 'warn',
      message,
      hint: `chmod 600 ${path}`,
      fix: async () => {
        await chmod(path, 0o600);
        return `${path} has mode 600 now.`;
      },
    };
  }
  return { name, status: 'ok', message: path };
}

function credentialChecks(engine: Engine, config: Config): Check[] {
  return [...config.gitCredentials.values()].map((credential) => {
    const variable = tokenVariable(credential.name);
    const isSet = (engine.process.env[variable] ?? '') !== '';
    return {
      name: `Git credential ${credential.name}`,
      status: 'ok',
      message: `${credential.type}, ${isSet ? `${variable} is set` : `asked for when needed (${variable} is not set)`}`,
    };
  });
}

export const configuration: GroupOfChecks = {
  name: 'Configuration',
  look: async (engine) => {
    const { config, problems, exists } = await engine.config.check();
    if (!exists) {
      const hint = "Run 'agentworks config init' to write a sample.";
      return [{ name: 'File', status: 'fail', message: `${engine.paths.config} does not exist`, hint }];
    }
    const checks: Check[] = [
      { name: 'File', status: 'ok', message: engine.paths.config },
      ...problems.map(problemCheck),
    ];
    if (problems.length === 0) checks.push({ name: 'Content', status: 'ok', message: 'valid' });
    if (config === undefined) return checks;
    checks.push(await keyCheck(engine, 'SSH public key', config.operator.sshPublicKey, false));
    checks.push(await keyCheck(engine, 'SSH private key', config.operator.sshPrivateKey, true));
    return [...checks, ...credentialChecks(engine, config)];
  },
};
