import type { Command, Param } from '../core/commands/command.ts';
import { globalOptions } from '../core/commands/globals.ts';
import { argumentsOf, type GroupNode, optionsOf, restOf, takesValue, valueName } from '../core/commands/tree.ts';

const indent = '  ';

const lineWidth = 100;

/** Breaks paragraphs at blanks; lines that begin with one are kept as they are. */
function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    if (paragraph.length <= width || paragraph.startsWith(' ')) return [paragraph];
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

/** Two columns; a long left side gets a line of its own. */
function definitions(rows: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.min(30, Math.max(0, ...rows.map(([left]) => left.length)));
  const blank = ' '.repeat(width);
  return rows
    .map(([left, right]) => {
      const [first = '', ...others] = wrap(right, lineWidth - width - 4);
      const head = left.length > width ? `${left}\n${indent}${blank}` : left.padEnd(width);
      return [`${head}  ${first}`, ...others.map((line) => `${blank}  ${line}`)]
        .map((line) => `${indent}${line}`.trimEnd())
        .join('\n');
    })
    .join('\n');
}

const section = (title: string, rows: ReadonlyArray<readonly [string, string]>): string =>
  rows.length === 0 ? '' : `\n${title}:\n${definitions(rows)}\n`;

const globals = (): string =>
  section(
    'Global options',
    globalOptions.map(({ name, short, value, help }): readonly [string, string] => [
      `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
      help,
    ]),
  );

function describe(param: Param): string {
  const notes: string[] = [];
  if (param.source?.kind === 'choices') notes.push(`one of ${param.source.values.join(', ')}`);
  if (param.type === 'text' && param.isList === true)
    notes.push(param.isVerbatim === true ? 'may be repeated' : 'comma-separated or repeated');
  if (param.type !== 'flag' && param.defaultText !== undefined) notes.push(`default: ${param.defaultText}`);
  return notes.length === 0 ? param.help : `${param.help} (${notes.join('; ')})`;
}

export function argumentUsage(param: Param): string {
  const isMany = param.position === 'rest' || (param.type === 'text' && param.isList === true);
  const name = `${valueName(param)}${isMany ? '…' : ''}`;
  return param.type === 'text' && param.isRequired === true ? name : `[${name}]`;
}

export const optionUsage = (param: Param): string =>
  `${param.short === undefined ? '' : `-${param.short}, `}--${param.name}${takesValue(param) ? ` ${valueName(param)}` : ''}`;

export function usageLine(command: Command): string {
  const positional = command.params.filter((param) => param.position !== 'option').map(argumentUsage);
  const options = optionsOf(command).length === 0 ? [] : ['[options]'];
  return ['agentworks', ...command.id.split('.'), ...options, ...positional].join(' ');
}

export function commandHelp(command: Command): string {
  const rest = restOf(command);
  const positional = [...argumentsOf(command), ...(rest === undefined ? [] : [rest])];
  return [
    `Usage: ${usageLine(command)}\n\n${command.summary}\n`,
    command.description === undefined ? '' : `\n${wrap(command.description.trim(), lineWidth).join('\n')}\n`,
    section(
      'Arguments',
      positional.map((param) => [valueName(param), describe(param)] as const),
    ),
    section(
      'Options',
      optionsOf(command).map((param) => [optionUsage(param), describe(param)] as const),
    ),
    command.examples === undefined ? '' : `\nExamples:\n${command.examples.map((line) => indent + line).join('\n')}\n`,
    globals(),
  ].join('');
}

export function groupHelp(group: GroupNode): string {
  const isProgram = group.path.length === 0;
  const title = isProgram ? 'Run many AI coding agents on real Debian VMs and stay in control of them' : group.summary;
  const rows = [...group.children].map(
    ([word, node]) => [word, node.kind === 'group' ? node.summary : node.command.summary] as const,
  );
  const usage = ['agentworks', ...group.path, isProgram ? '<group> <command>' : '<command>', '[options]'].join(' ');
  const next = ['agentworks', ...group.path, '<command> --help'].join(' ');
  return `Usage: ${usage}\n${title === '' ? '' : `\n${title}\n`}${section('Commands', rows)}${globals()}\nRun '${next}' for one command.\n`;
}
