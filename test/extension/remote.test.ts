import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { followLink } from '../../src/extension/remote/followLink.ts';
import { parseLink } from '../../src/extension/remote/link.ts';
import { answersSshRemote, platformsWith, readsConfig } from '../../src/extension/remote/ssh.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { vm, workspace } from '../store/samples.ts';

describe('a link', () => {
  it('names a session or a workspace', () => {
    expect(parseLink('/session/fix')).toEqual({ kind: 'session', name: 'fix' });
    expect(parseLink('/workspace/web_2-a')).toEqual({ kind: 'workspace', name: 'web_2-a' });
  });

  it.each([
    '',
    '/',
    '/session',
    '/session/',
    '/session//fix',
    '/session/fix/x',
    '/session/fix/',
    '/vm/dev',
    '/agent/ada',
    '/Session/fix',
    'session/fix',
    '/session/--config=/tmp/evil.toml',
    '/session/-r',
    '/session/../workspace/x',
    '/session/..',
    '/session/a b',
    '/session/a;reboot',
    '/session/$(reboot)',
    '/session/`x`',
    '/session/a\nb',
    '/session/fix\n',
    '/session/a\u0000',
    '/session/\u202Exif',
    '/session/fіx', // a Cyrillic letter
    `/session/${'a'.repeat(65)}`,
    '/workspace/%2e%2e',
    '/workspace/a?x=1',
    '/workspace/[link](command:evil)',
  ])('that says anything else is refused: %j', (path) => expect(parseLink(path)).toBeUndefined());

  it('never names more than one plain word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = parseLink(`/session/${text}`)?.name;
        if (name !== undefined) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]*$/);
      }),
    );
  });
});

describe('following a link', () => {
  const follow = async (path: string, isAgreed: boolean) => {
    const home = mkdtempSync(join(tmpdir(), 'agentworks-link-'));
    const engine = createNodeEngine({ ask: silentAsk, env: { HOME: home }, version: '0' });
    const done: unknown[] = [];
    const said: string[] = [];
    try {
      await engine.database.write((w) => {
        insertVm(w, vm('dev'));
        insertWorkspace(w, workspace('web', 'dev'));
      });
      const parts = {
        engine: async () => engine,
        terminals: { open: async (...given: unknown[]) => void done.push(given) },
        verbs: { run: async (...given: unknown[]) => void done.push(given) },
      } as unknown as Parameters<typeof followLink>[0];
      const t = (text: string, ...values: unknown[]) =>
        text.replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)]));
      await followLink(parts, path, {
        l10n: { t: t as never },
        confirm: async (...texts) => {
          said.push(...texts);
          return isAgreed;
        },
        refuse: async (text) => void said.push(text),
      });
    } finally {
      await engine.close();
      rmSync(home, { recursive: true, force: true });
    }
    return { done, said: said.join('\n') };
  };

  it('says what will be opened and does it when agreed', async () => {
    const { done, said } = await follow('/workspace/web', true);
    expect(said).toContain("Open workspace 'web'?\nFolder /srv/web on dev.");
    expect(done).toEqual([['workspace.open', { name: 'web' }]]);
  });

  it('does nothing when it is not agreed to', async () => {
    expect((await follow('/workspace/web', false)).done).toEqual([]);
  });

  it('does not even ask for what is not on record, or no plain name', async () => {
    for (const path of [
      '/workspace/other',
      '/session/web',
      '/session/--config=x',
      '/workspace/web/..',
      '/x\x1b]0;evil\x07',
    ]) {
      const { done, said } = await follow(path, true);
      expect(done, path).toEqual([]);
      expect(said).toMatch(/^A link asked for .*Nothing was done\.$/);
      expect(said).not.toContain('\x1b');
    }
  });
});

describe('Remote-SSH', () => {
  it('is any extension that answers for its addresses', () => {
    expect(answersSshRemote({ activationEvents: ['onResolveRemoteAuthority:ssh-remote'] })).toBe(true);
    expect(answersSshRemote({ activationEvents: ['onResolveRemoteAuthority:wsl'] })).toBe(false);
    for (const odd of [undefined, null, {}, { activationEvents: 'x' }]) expect(answersSshRemote(odd)).toBe(false);
  });

  it('is told the platform of a machine, and nothing about others', () => {
    expect(platformsWith(undefined, 'awvm--op--web')).toEqual({ 'awvm--op--web': 'linux' });
    expect(platformsWith({ mine: 'macOS' }, 'awvm--op--web')).toEqual({ mine: 'macOS', 'awvm--op--web': 'linux' });
    expect(platformsWith({ 'awvm--op--web': 'linux' }, 'awvm--op--web')).toBeUndefined();
  });

  it('must read the file that has the entry', () => {
    const ours = '/home/me/.ssh/config';
    for (const same of [undefined, '', ' ', ours, '~/.ssh/config', '/home/me/.ssh/../.ssh/config'])
      expect(readsConfig(same, ours, '/home/me'), String(same)).toBe(true);
    expect(readsConfig('~/.ssh/work', ours, '/home/me')).toBe(false);
  });
});
