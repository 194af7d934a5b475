import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from './caret.ts';
import { program } from './client.ts';
import { configPath, openState, writeFleet } from './state.ts';

const isThere = spawnSync('nvim', ['--version']).status === 0;
if (!isThere) console.warn('SKIPPED: Neovim is not installed (apt-get install neovim), so its set-up was not tried.');

interface Seen {
  error?: string;
  diagnostics: string[];
  hover: { value: string };
  definition: unknown;
  jumped: string;
  completion: string[];
  lenses: string[];
  catalog: [name: string, line: string, filetype: string];
  changes: string[];
  changesType: string;
  effective: string[];
}

/** The set-up that the guide prints, with the program that was built. */
function setUp(): string {
  const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guides', 'editors.md'), 'utf8');
  const [, section = ''] = guide.split('## Neovim 0.7');
  const [, lua = ''] = /```lua\n([\s\S]*?)```/.exec(section) ?? [];
  const command = `local server = { '${process.execPath}', '${program}', 'lsp', '--stdio' }`;
  const own = lua.replace("local server = { 'agentworks', 'lsp', '--stdio' }", command);
  expect(own).toContain(program);
  return own;
}

describe.runIf(isThere)('a real Neovim with the set-up of the guide', () => {
  const home = mkdtempSync(join(tmpdir(), 'agentworks-neovim-'));
  let seen: Seen;

  beforeAll(async () => {
    const text = fixture('team.toml').replace('user_instal_commands = []\n', '');
    const database = openState(home);
    await writeFleet(database, text.replace(', "gone"', ''));
    await database.close();
    writeFileSync(configPath(home), text);
    writeFileSync(join(home, 'setup.lua'), setUp());
    const script = join(import.meta.dirname, 'neovim.lua');
    execFileSync('nvim', ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-S', script], {
      cwd: home,
      timeout: 300_000,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: home,
        SETUP: join(home, 'setup.lua'),
        CONFIG: configPath(home),
        SEEN: join(home, 'seen.json'),
      },
    });
    // What it saw comes whole or with what went wrong.
    seen = JSON.parse(readFileSync(join(home, 'seen.json'), 'utf8')) as Seen;
    expect(seen.error).toBeUndefined();
  }, 320_000);
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('shows problems, explains, leads and completes', () => {
    expect(seen.diagnostics.some((each) => each.startsWith('unknown-reference'))).toBe(true);
    expect(seen.hover.value).toContain('vm_templates.wide.cpus');
    expect(JSON.stringify(seen.definition)).toContain('config.toml');
    expect(seen.jumped).toBe('[vm_templates.wide]');
    expect(seen.completion).toContain('swap');
  });

  test('shows who is live, what an entry replaces, and what an edit would change', () => {
    expect(seen.lenses).toContain('used by 3 VMs');
    expect(seen.catalog).toEqual(['agentworks:///catalog.toml', '[user_install_commands.claude]', 'toml']);
    expect(seen.changesType).toBe('diff');
    expect(seen.changes).toContain('-cpus = 16 # counts for new ones only');
    expect(seen.changes.join('\n')).toContain('VM one, vm_templates.both');
    expect(seen.effective).toContain('[vm_templates.both]');
  });
});
