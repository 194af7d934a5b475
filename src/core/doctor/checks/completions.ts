import { commands } from '../../commands/table.ts';
import { possibleTargets } from '../../completion/install.ts';
import { completionScript, stampOf } from '../../completion/scripts.ts';
import { stampIn } from '../../completion/stamp.ts';
import type { Check, GroupOfChecks } from '../model.ts';

export const completions: GroupOfChecks = {
  name: 'Shell completions',
  look: async (engine) => {
    const current = stampOf(commands);
    const checks: Check[] = [];
    for (const { shell, path } of await possibleTargets(engine, engine.process.platform === 'win32')) {
      const script = await engine.files.readText(path);
      if (script === undefined) continue;
      const stamp = stampIn(script);
      if (stamp === current) checks.push({ name: shell, status: 'ok', message: `${path} is up to date` });
      else if (stamp === undefined)
        checks.push({ name: shell, status: 'warn', message: `${path} has no version stamp` });
      else {
        checks.push({
          name: shell,
          status: 'warn',
          message: `${path} is of another version`,
          hint: `Run 'agentworks completion ${shell} --install'.`,
          fix: async () => {
            await engine.files.write(path, completionScript(shell, commands));
            return `${path} is up to date now.`;
          },
        });
      }
    }
    const none: Check = {
      name: 'Scripts',
      status: 'ok',
      message: 'none installed',
      hint: "Run 'agentworks completion --install'.",
    };
    return checks.length === 0 ? [none] : checks;
  },
};
