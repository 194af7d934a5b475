import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ParamValues } from '../../src/core/commands/command.ts';
import type { Output } from '../../src/core/commands/output.ts';
import { commands } from '../../src/core/commands/table.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { Ask } from '../../src/core/ports/ask.ts';
import type { Platform } from '../../src/core/ports/platform.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { reinitVm } from '../../src/core/vm/service.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

const execute = promisify(execFile);

const running = { status: async () => ({ status: 'running' }) } as unknown as Platform;

export interface World {
  host: TestHost;
  engine: Engine;
  /** Runs a verb as a front end would. */
  run(id: string, params?: ParamValues, signal?: AbortSignal): Promise<Output & { warnings: string[] }>;
  /** Shell text inside the machine as an account of its; exit code and output. */
  as(account: string, script: string): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Logs in over SSH with the operator's key. */
  login(account: string, script: string): Promise<{ code: number; stdout: string; stderr: string }>;
  close(): Promise<void>;
}

/** A machine after a real VM init, and an engine that knows it as `box`. */
export async function startWorld(options: { config?: string; ask?: Ask } = {}): Promise<World> {
  const host = await startHost();
  const config = `[ssh]\nhost_changes = "yes"\n[admin.config]\nshell = "bash"\n[vm_templates.default]\nmise = false\n${options.config ?? ''}`;
  const hosted = await hostEngine(host, options.ask === undefined ? { config } : { config, ask: options.ask });
  const engine: Engine = { ...hosted, platform: async () => running };
  await reinitVm(engine, { name: 'box', rotateTokens: false }, testContext());
  return {
    host,
    engine,
    run: async (id, params = {}, signal) => {
      const command = commands.find((one) => one.id === id);
      if (command === undefined) throw new Error(`There is no verb ${id}`);
      const context = testContext(signal);
      const output = await command.run(engine, params, { ...context, streams: undefined, isJson: false });
      return { ...output, warnings: context.warnings() };
    },
    as: (account, script) => host.root(sh`runuser -u ${account} -- bash -lc ${script}`, { check: false }),
    login: async (account, script) => {
      const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
      const argv = ['-F', 'none', '-i', host.privateKeyPath, ...options.flatMap((one) => ['-o', one])];
      try {
        const { stdout, stderr } = await execute('ssh', [...argv, `${account}@${host.address}`, script]);
        return { code: 0, stdout, stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, stdout, stderr };
      }
    },
    close: async () => {
      await engine.close();
      await host.dispose();
    },
  };
}
