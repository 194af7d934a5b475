import { argumentUsage, optionUsage, usageLine } from '../../src/cli/help.ts';
import type { Command, Param } from '../../src/core/commands/command.ts';
import { globalOptions, groupSummaries } from '../../src/core/commands/globals.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '\\<');

function notes(param: Param): string {
  const said = [param.help];
  if (param.source?.kind === 'choices')
    said.push(`one of ${param.source.values.map((value) => `\`${value}\``).join(', ')}`);
  if (param.type === 'text' && param.isList === true)
    said.push(param.isVerbatim === true ? 'may be repeated' : 'comma-separated or repeated');
  if (param.type === 'integer' && param.minimum !== undefined) said.push(`at least ${param.minimum}`);
  if (param.type === 'integer' && param.maximum !== undefined) said.push(`at most ${param.maximum}`);
  if (param.type !== 'flag' && param.defaultText !== undefined) said.push(`default: ${param.defaultText}`);
  return cell(said.join('; '));
}

const table = (head: string, rows: readonly (readonly [string, string])[]): string =>
  `| ${head} | |\n| --- | --- |\n${rows.map(([left, right]) => `| \`${left.replaceAll('|', '\\|')}\` | ${right} |`).join('\n')}\n`;

const effects = {
  read: 'Changes nothing.',
  write: 'Changes something.',
  destroy: 'Destroys something: it asks first, unless told not to.',
} as const;

function commandText(command: Command): string {
  const positional = command.params.filter(({ position }) => position !== 'option');
  const options = command.params.filter(({ position }) => position === 'option');
  return [
    `### ${command.id.replaceAll('.', ' ')}`,
    `${command.summary}. ${effects[command.effect]}`,
    `\`\`\`text\n${usageLine(command)}\n\`\`\``,
    command.description?.trim(),
    positional.length === 0
      ? undefined
      : table(
          'Argument',
          positional.map((param) => [argumentUsage(param), notes(param)]),
        ),
    options.length === 0
      ? undefined
      : table(
          'Option',
          options.map((param) => [optionUsage(param), notes(param)]),
        ),
    command.examples === undefined ? undefined : `\`\`\`sh\n${command.examples.join('\n')}\n\`\`\``,
  ]
    .filter((part) => part !== undefined)
    .map((part) => part.trimEnd())
    .join('\n\n');
}

/** docs/reference/commands.md: the command table for reading. */
export function renderCommandReference(commands: readonly Command[]): string {
  const groups = [...new Set(commands.map(({ id }) => id.split('.').slice(0, -1).join('.')))];
  const globals = globalOptions.map(
    ({ name, short, value, help }) =>
      [
        `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
        cell(help),
      ] as const,
  );
  const sections = groups.map((group) => {
    const own = commands.filter(({ id }) => id.split('.').slice(0, -1).join('.') === group);
    const title = group === '' ? 'This machine' : group.replaceAll('.', ' ');
    const summary = groupSummaries[group];
    return [`## ${title}`, ...(summary === undefined ? [] : [`${summary}.`]), ...own.map(commandText)].join('\n\n');
  });
  return `${[
    '# Commands',
    'Generated from the command table by `npm run docs`. The program is `agentworks`, for short `agw`.',
    '## Options of every command',
    'They may stand anywhere on the line, before a remote command. `AGENTWORKS_NON_INTERACTIVE=1` is the same as `--non-interactive`; nothing is asked without a terminal either. `NO_COLOR` is honoured.',
    table('Option', globals).trimEnd(),
    'With `--json`, stdout carries the data alone, stderr one JSON object per line: events while it works and, when it fails, `{"error": {"code", "message", "hint", "data"}}`. Exit codes are in [exit-codes.md](exit-codes.md).',
    ...sections,
  ].join('\n\n')}\n`;
}
