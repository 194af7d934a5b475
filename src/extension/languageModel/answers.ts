import type { ParamValues } from '../../core/commands/command.ts';
import type { Engine } from '../../core/engine.ts';
import { AppError } from '../../core/errors.ts';
import type { OperationContext } from '../../core/events.ts';
import { cleanData } from '../../core/text.ts';
import { tools } from '../ids.ts';
import { untrusted } from '../text.ts';

const kinds = ['vm', 'workspace', 'agent', 'session'] as const;
type Kind = (typeof kinds)[number];

/** A model fills a context with what it is given; more than that is cut, and said. */
const mostCharacters = 60_000;
const defaultLines = 100;
const mostLines = 500;

type Input = Readonly<Record<string, unknown>>;

function kindOf({ kind }: Input): Kind {
  const known = kinds.find((one) => one === kind);
  if (known === undefined) throw new AppError('usage', `'kind' is one of ${kinds.join(', ')}.`);
  return known;
}

function nameOf(input: Input, key: 'name' | 'session'): string {
  const value = input[key];
  if (typeof value !== 'string' || !/^[a-z0-9(][a-z0-9_()-]{0,63}$/.test(value)) {
    throw new AppError('usage', `'${key}' is not a name.`);
  }
  return value;
}

export const linesOf = ({ lines }: Input): number =>
  typeof lines === 'number' && Number.isInteger(lines) && lines > 0 ? Math.min(lines, mostLines) : defaultLines;

const cut = (text: string): string =>
  text.length <= mostCharacters
    ? text
    : `${text.slice(0, mostCharacters)}\n… cut off after ${mostCharacters} characters`;

/** What a verb that reads prints as JSON. */
async function dataOf(engine: Engine, verb: string, params: ParamValues, context: OperationContext): Promise<string> {
  const { commands } = await import('../../core/commands/table.ts');
  const command = commands.find(({ id }) => id === verb);
  if (command?.effect !== 'read') throw new AppError('internal', `'${verb}' is no verb that only reads.`);
  const output = await command.run(engine, params, { ...context, streams: undefined, isJson: true });
  return cut(JSON.stringify(cleanData('data' in output ? output.data : null), undefined, 1));
}

/**
 * The answer to a call of a tool. Whatever has passed through a machine is fenced: a session's command, a branch or a file
 * may have been named to be read as an instruction.
 */
export async function answer(tool: string, input: Input, engine: Engine, context: OperationContext): Promise<string> {
  switch (tool) {
    case tools.list: {
      const kind = kindOf(input);
      return untrusted(await dataOf(engine, `${kind}.list`, {}, context), `the list of every ${kind}, as JSON`);
    }
    case tools.status: {
      const [kind, name] = [kindOf(input), nameOf(input, 'name')];
      return untrusted(
        await dataOf(engine, `${kind}.describe`, { name }, context),
        `what is known of ${kind} ${name}, as JSON`,
      );
    }
    case tools.template: {
      const params = { kind: kindOf(input), name: input.name === undefined ? 'default' : nameOf(input, 'name') };
      // The operator's own configuration.
      return dataOf(engine, 'template.show', params, context);
    }
    case tools.sessionOutput: {
      const session = nameOf(input, 'session');
      const [{ requireLocated }, { sessionLogs }] = await Promise.all([
        import('../../core/session/lookup.ts'),
        import('../../core/session/logs.ts'),
      ]);
      const located = await requireLocated(engine, session);
      const { lines } = await sessionLogs(engine, located, { lines: linesOf(input), isRaw: false }, context);
      return untrusted(lines.join('\n').slice(-mostCharacters), `the last lines of session ${session}`);
    }
    default:
      throw new AppError('usage', `There is no tool '${tool}'.`);
  }
}
