import type { SessionTemplate } from '../config/model.ts';
import { AppError } from '../errors.ts';

/** A template with its placeholders replaced. Values may be secrets: never shown, logged or put in an argv. */
export interface SessionCommand {
  /** Shell text of the login shell; empty: the login shell itself. */
  text: string;
  env: Record<string, string>;
}

const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Replaces `{{session_name}}` and `{{workspace_name}}`; any other `{{word}}` throws `config`. */
function fill(template: string, where: string, text: string, values: Record<string, string>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (whole, word: string) => {
    const value = Object.hasOwn(values, word) ? values[word] : undefined;
    if (value !== undefined) return value;
    throw new AppError('config', `Session template '${template}' uses the unknown variable '${whole}' in ${where}.`, {
      hint: `Known variables: ${Object.keys(values)
        .map((name) => `{{${name}}}`)
        .join(', ')}.`,
    });
  });
}

/** What a session of this template runs. Throws `config` for unknown variables and bad environment names. */
export function sessionCommand(
  template: SessionTemplate,
  names: { session: string; workspace: string },
  isRestart = false,
): SessionCommand {
  const values = { session_name: names.session, workspace_name: names.workspace };
  const env: Record<string, string> = {};
  for (const [key, value] of Object.entries(template.env)) {
    if (!environmentName.test(key)) {
      throw new AppError(
        'config',
        `Session template '${template.name}' sets '${key}', which no variable can be called.`,
        {
          hint: 'Names of environment variables are letters, digits and _, and do not begin with a digit.',
        },
      );
    }
    if (value.includes('\0')) {
      throw new AppError('config', `Session template '${template.name}' has a NUL character in the value of '${key}'.`);
    }
    env[key] = fill(template.name, `env.${key}`, value, values);
  }
  const raw = isRestart && template.restartCommand.trim() !== '' ? template.restartCommand : template.command;
  return { text: fill(template.name, 'command', raw, values).trim(), env };
}
