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

/** Missing and unsuitable keys are problems of the configuration already; what is left to say is which is used. */
function keyChecks(config: Config): Check[] {
  const { sshPublicKey, sshPrivateKey } = config.operator;
  const hint = 'Set it before the first VM: VMs are reached with this key.';
  return [
    ['SSH public key', 'operator.ssh_public_key', sshPublicKey] as const,
    ['SSH private key', 'operator.ssh_private_key', sshPrivateKey] as const,
  ]
    .filter(([, key]) => !config.problems.some((problem) => problem.key === key))
    .map(([name, , path]) =>
      path === undefined ? { name, status: 'info', message: 'not set', hint } : { name, status: 'ok', message: path },
    );
}

function withFix(check: Check, problem: ConfigProblem, config: Config | undefined): Check {
  const path = config?.operator.sshPrivateKey;
  if (problem.code !== 'key-permissions' || path === undefined) return check;
  return {
    ...check,
    fix: async () => {
      await chmod(path, 0o600);
      return `${path} has mode 600 now.`;
    },
  };
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
    const found = problems.map((problem) => withFix(problemCheck(problem), problem, config));
    const checks: Check[] = [{ name: 'File', status: 'ok', message: engine.paths.config }, ...found];
    if (problems.length === 0) checks.push({ name: 'Content', status: 'ok', message: 'valid' });
    return config === undefined ? checks : [...checks, ...keyChecks(config), ...credentialChecks(engine, config)];
  },
};
