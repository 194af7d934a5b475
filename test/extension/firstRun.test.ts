import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands as table } from '../../src/core/commands/table.ts';
import type { Engine } from '../../src/core/engine.ts';
import { insertVm, updateVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { privateFacts } from '../../src/extension/diagnostics/names.ts';
import { contributes } from '../../src/extension/firstRun/contributes.ts';
import { firstRunFacts } from '../../src/extension/firstRun/facts.ts';
import { commands, verbCommand, views } from '../../src/extension/ids.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { vm, workspace } from '../store/samples.ts';

let home: string;
let engine: Engine;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-first-'));
  engine = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
});
afterEach(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('steps of the walkthrough', () => {
  const nothing = {
    hasConfig: false,
    hasReferenceState: false,
    hasVm: false,
    hasWorkspace: false,
    hasAgent: false,
    hasSession: false,
  };

  it('are all open on a fresh machine, and looking writes nothing', async () => {
    expect(await firstRunFacts(engine)).toEqual(nothing);
    expect(existsSync(engine.paths.home)).toBe(false);
  });

  it('are ticked off by what there is', async () => {
    await write(engine.paths.config, '');
    await write(engine.paths.referenceState, '');
    expect(await firstRunFacts(engine)).toEqual({ ...nothing, hasConfig: true, hasReferenceState: true });
    rmSync(engine.paths.referenceState);
    await engine.database.write((writer) => {
      insertVm(writer, vm('dev', { provisioning: 'in_progress' }));
    });
    expect(await firstRunFacts(engine)).toEqual({ ...nothing, hasConfig: true });
    await engine.database.write((writer) => {
      updateVm(writer, 'dev', { provisioning: 'complete' });
      insertWorkspace(writer, workspace('app', 'dev'));
    });
    expect(await firstRunFacts(engine)).toMatchObject({ hasVm: true, hasWorkspace: true, hasAgent: false });
  });

  const [walkthrough] = contributes.walkthroughs as [
    { steps: { id: string; title: string; description: string; media: { svg: string }; completionEvents: string[] }[] },
  ];

  it('name commands that there are, and pictures that are there', () => {
    const known = new Set<string>([
      ...table.map(({ id }) => verbCommand(id)),
      ...Object.values(commands),
      ...Object.values(views).map((view) => `${view}.focus`),
    ]);
    for (const { id, description, media, completionEvents } of walkthrough.steps) {
      const named = [...description.matchAll(/command:([\w.-]+)/g)].map(([, command]) => command ?? '');
      const awaited = completionEvents.flatMap((event) => /^onCommand:(.*)$/.exec(event)?.[1] ?? []);
      expect(named.length, id).toBeGreaterThan(0);
      for (const command of [...named, ...awaited]) expect(known.has(command), command).toBe(true);
      expect(readFileSync(media.svg, 'utf8')).toMatch(/^<svg [^>]*>\n {2}<title>/);
    }
  });
});

describe('names that stay here', () => {
  it('are those of things that there are, were, and are configured', async () => {
    await write(engine.paths.config, '[vm_templates.payroll]\ncpus = 2\n[git_credentials.corp]\ntype = "github"\n');
    await engine.database.write((writer) => {
      insertVm(writer, vm('dev', { address: { host: 'build.corp.example', port: 22 } }));
      insertWorkspace(writer, workspace('app', 'dev'));
    });
    const { addEvent } = await import('../../src/core/store/eventLog.ts');
    await engine.database.write((writer) =>
      addEvent(writer, {
        at: '2026-01-01T00:00:00Z',
        kind: 'agent',
        name: 'gone',
        vm: 'dev',
        event: 'deleted',
        detail: undefined,
      }),
    );
    const { names, known } = await privateFacts(engine, ['agentworks.home']);
    expect(names).toMatchObject({ VM: ['dev'], workspace: ['app'], agent: ['gone'], host: ['build.corp.example'] });
    expect(names.template).toContain('payroll');
    expect(names.credential).toEqual(['corp']);
    expect(known.has('operator.ssh_public_key')).toBe(true);
    expect(known.has('agentworks.home')).toBe(true);
  });

  it('are not known when the state cannot be read', async () => {
    await write(engine.paths.state, 'no database');
    await expect(privateFacts(engine, [])).rejects.toThrow();
  });
});
