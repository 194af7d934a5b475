/** A valid configuration of about so many lines, as TOML and with the same content as YAML, and where its fault goes. */
export interface BenchText {
  text: string;
  /** Line and column of a number that text in its place makes wrong. */
  fault: { line: number; character: number; length: number };
  /** A line in the middle of a template where a key can be typed. */
  free: { line: number; character: number };
}

type Value = number | boolean | string | readonly string[];
type Section = readonly [path: readonly [string, string], values: Readonly<Record<string, Value>>];

/** Four sections with their blank lines; the head and the two defaults have eleven. */
const linesPerBlock = 25;
const linesBefore = 11;

function* sections(lines: number): Generator<Section> {
  yield [['vm_templates', 'default'], { cpus: 4, memory: 8, disk: 50, apt: ['ripgrep', 'jq', 'sqlite3'] }];
  yield [['agent_templates', 'default'], { shell: 'bash', user_install_commands: ['claude', 'uv'] }];
  for (let index = 0; index < (lines - linesBefore) / linesPerBlock; index++) {
    yield [
      ['vm_templates', `vm-${index}`],
      {
        inherits: ['default'],
        cpus: 6 + (index % 8),
        memory: 16 + (index % 5),
        disk: 100 + index,
        apt: [`tool-${index}`, 'clang', '!jq'],
        apt_packages: ['gh', 'nodejs'],
        mise: index % 2 === 0,
      },
    ];
    yield [
      ['agent_templates', `agent-${index}`],
      {
        inherits: ['default'],
        shell: index % 2 === 0 ? 'zsh' : 'fish',
        mise_packages: ['node@22.4.0', `python@3.${index}`],
        mise_install_before: '14d',
        dotfiles_source: `git::https://git.example.net/team/dotfiles-${index}.git//home?ref=v1.${index}`,
      },
    ];
    yield [
      ['session_templates', `session-${index}`],
      { command: `claude --resume {{session_name}} --number ${index}`, restart_command: 'claude --continue' },
    ];
    yield [
      ['user_install_commands', `command-${index}`],
      {
        description: `Installer ${index}`,
        command: `curl -fsSL https://packages.example.net/${index}/install.sh | sh`,
        test_exec: `command-${index}`,
      },
    ];
  }
}

const scalar = (value: Value): string => JSON.stringify(value);

export function benchText(lines: number, language: 'toml' | 'yaml', head: string): BenchText {
  const out = [head];
  const faults: BenchText['fault'][] = [];
  const free: BenchText['free'][] = [];
  const put = (indent: string, separator: string, values: Section[1]) => {
    for (const [key, value] of Object.entries(values)) {
      const before = `${indent}${key}${separator}`;
      if (key === 'cpus') {
        faults.push({ line: out.length, character: before.length, length: scalar(value).length });
        free.push({ line: out.length, character: indent.length });
      }
      out.push(`${before}${scalar(value)}`);
    }
  };
  if (language === 'toml') {
    for (const [path, values] of sections(lines)) {
      out.push(`[${path.join('.')}]`);
      put('', ' = ', values);
      out.push('');
    }
  } else {
    const byCollection = new Map<string, Section[]>();
    for (const section of sections(lines)) {
      byCollection.set(section[0][0], [...(byCollection.get(section[0][0]) ?? []), section]);
    }
    for (const [collection, own] of byCollection) {
      out.push(`${collection}:`);
      for (const [[, name], values] of own) {
        out.push(`  ${name}:`);
        put('    ', ': ', values);
        out.push('');
      }
    }
  }
  const middle = Math.floor(faults.length / 2);
  const fault = faults[middle];
  const place = free[middle];
  if (fault === undefined || place === undefined) throw new Error('The text has no middle.');
  return { text: `${out.join('\n')}\n`, fault, free: place };
}
