import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installCommands, uninstallCommands } from '../../src/extension/terminals/install.ts';
import { posixShim, shims, windowsShim } from '../../src/extension/terminals/shim.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentworks-shim-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the command of the extension', () => {
  it('runs the bundled program with the editor, whatever stands in paths and arguments', () => {
    const odd = join(folder, 'it\'s $(touch hit) `x` "%PATH%" \\');
    mkdirSync(odd);
    const program = join(odd, 'agentworks.cjs');
    writeFileSync(
      program,
      'console.log(JSON.stringify([process.env.ELECTRON_RUN_AS_NODE, ...process.argv.slice(2)]));',
    );
    const shim = join(folder, 'agentworks');
    writeFileSync(shim, posixShim({ execPath: process.execPath, program }), { mode: 0o755 });
    const args = ['a b', "it's", '$HOME', '*', ''];
    const ran = spawnSync(shim, args, { encoding: 'utf8', cwd: folder });
    expect(ran.stderr).toBe('');
    expect(JSON.parse(ran.stdout)).toEqual(['1', ...args]);
    expect(readdirSync(folder)).not.toContain('hit');
  });

  it('says when the editor that it belonged to is gone', () => {
    const shim = join(folder, 'agentworks');
    writeFileSync(shim, posixShim({ execPath: process.execPath, program: join(folder, 'none.cjs') }), { mode: 0o755 });
    const ran = spawnSync(shim, [], { encoding: 'utf8' });
    expect(ran.status).toBe(127);
    expect(ran.stderr).toContain('is gone');
  });

  it('has two names, and files of their own kind on Windows', () => {
    const parts = { execPath: 'C:\\Program Files\\Code\\Code.exe', program: 'C:\\Users\\100%\\agentworks.cjs' };
    expect(shims('linux', parts).map(([file]) => file)).toEqual(['agentworks', 'agw']);
    expect(shims('win32', parts).map(([file]) => file)).toEqual(['agentworks.cmd', 'agw.cmd']);
    expect(windowsShim(parts)).toContain(
      '"C:\\Program Files\\Code\\Code.exe" "C:\\Users\\100%%\\agentworks.cjs" %*\r\n',
    );
  });
});

describe('the command in PATH', () => {
  const parts = (own = join(folder, 'globalStorage', 'agentworks.agentworks', 'bin')) => {
    mkdirSync(own, { recursive: true });
    for (const name of ['agentworks', 'agw']) writeFileSync(join(own, name), '#!/bin/sh\n');
    return { platform: 'linux' as const, folder: join(folder, 'bin'), own, names: ['agentworks', 'agw'] };
  };
  const at = (name: string): string => join(folder, 'bin', name);

  it('is a link to a place that stays, made again as often as one likes, and taken away', async () => {
    const given = parts();
    await installCommands(given);
    expect(await installCommands(given)).toEqual([at('agentworks'), at('agw')]);
    expect(readlinkSync(at('agw'))).toBe(join(given.own, 'agw'));
    // Another editor's extension takes over what the first one made.
    const other = parts(join(folder, 'other', 'agentworks.agentworks', 'bin'));
    await installCommands(other);
    expect(readlinkSync(at('agw'))).toBe(join(other.own, 'agw'));
    expect(await uninstallCommands(given)).toEqual([at('agentworks'), at('agw')]);
    expect(await uninstallCommands(given)).toEqual([]);
    expect(readdirSync(join(folder, 'bin'))).toEqual([]);
  });

  it.each<[string, (path: string) => void]>([
    ['a program', (path) => writeFileSync(path, '#!/usr/bin/python3\n')],
    ['a link of somebody else', (path) => symlinkSync('/opt/reference/bin/agentworks', path)],
    ['a dead link', (path) => symlinkSync(join(folder, 'nowhere'), path)],
    ['a folder', (path) => mkdirSync(path)],
  ])('overwrites and removes nothing that is not ours: %s', async (_what, put) => {
    const given = parts();
    mkdirSync(join(folder, 'bin'));
    put(at('agw'));
    const before = lstatSync(at('agw')).ino;
    await expect(installCommands(given)).rejects.toMatchObject({
      code: 'exists',
      message: expect.stringContaining('agw'),
    });
    expect(readdirSync(join(folder, 'bin')), 'nothing was done by half').toEqual(['agw']);
    expect(await uninstallCommands(given)).toEqual([]);
    expect(lstatSync(at('agw')).ino).toBe(before);
  });

  it('is a copy on Windows, and known again as ours', async () => {
    const given = { ...parts(), platform: 'win32' as const, names: ['agw.cmd'] };
    writeFileSync(join(given.own, 'agw.cmd'), windowsShim({ execPath: 'a', program: 'b' }));
    await installCommands(given);
    await installCommands(given);
    expect(readFileSync(at('agw.cmd'), 'utf8')).toContain('Agentworks extension');
    writeFileSync(at('agw.cmd'), '@echo mine');
    await expect(installCommands(given)).rejects.toMatchObject({ code: 'exists' });
    expect(await uninstallCommands(given)).toEqual([]);
  });
});
