import type { CommandIo, ParamValues } from '../../src/core/commands/command.ts';
import type { Output } from '../../src/core/commands/output.ts';
import { commands } from '../../src/core/commands/table.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { Report } from '../../src/core/events.ts';
import type { Platform } from '../../src/core/ports/platform.ts';
import { foldersStep, idCounterStep, workspacesFolderStep } from '../../src/core/vm/init/folders.ts';
import { hidepidStep } from '../../src/core/vm/init/hidepid.ts';
import { sshdStep } from '../../src/core/vm/init/sshd.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { draftRow, testHome } from '../vm-harness/home.ts';
import { startVm } from '../vm-harness/startVm.ts';

export interface VmWorld {
  engine: Engine;
  /** Runs a verb as a front end would. */
  run(id: string, params?: ParamValues): Promise<Output>;
  /** What `--json` would print. */
  data<T>(id: string, params?: ParamValues): Promise<T>;
  /** Shell text as root on the machine, trimmed; throws when it fails. */
  root(script: string): Promise<string>;
  /** `agent exec`. */
  exec(agent: string, script: string): Promise<{ code: number; stdout: string }>;
  close(): Promise<void>;
}

/** A copy of the snapshot machine, known as `box`, after what VM init does for accounts; the image has the packages. */
export async function startVmWorld(config: string, report: Report = () => undefined): Promise<VmWorld> {
  const [home, vm] = await Promise.all([testHome(), startVm()]);
  const running = { status: async () => ({ status: 'running' }) } as unknown as Platform;
  const engine: Engine = { ...home.engine, platform: async () => running };
  const operator = `[operator]
ssh_public_key = ${JSON.stringify(vm.publicKeyPath)}
ssh_private_key = ${JSON.stringify(vm.privateKeyPath)}
`;
  await engine.files.write(engine.paths.config, `${operator}${config}`);
  const row = draftRow('box', {
    platform: 'ssh',
    adminUser: vm.adminUser,
    provisioning: 'complete',
    init: 'complete',
    address: { host: vm.address, port: vm.port },
    hostKeys: vm.hostKeys,
    connectTimeoutMs: 60_000,
  });
  await engine.database.write((w) => insertVm(w, row));
  const steps = [foldersStep, idCounterStep, workspacesFolderStep('/opt/agentworks/workspaces'), hidepidStep, sshdStep];
  await engine.machines.apply(row, { operation: 'vm-init', title: 'Prepare', steps }, { ...testContext(), report });
  const io = (): CommandIo => ({ ...testContext(), report, streams: undefined, isJson: false });
  const run = async (id: string, params: ParamValues = {}): Promise<Output> => {
    const command = commands.find((one) => one.id === id);
    if (command === undefined) throw new Error(`There is no verb ${id}`);
    return command.run(engine, params, io());
  };
  return {
    engine,
    run,
    data: async <T>(id: string, params: ParamValues = {}) => ((await run(id, params)) as { data?: unknown }).data as T,
    root: async (script) => {
      const ran = await vm.exec(`sudo -n bash -s <<'AW_TEST_END'\n${script}\nAW_TEST_END`);
      if (ran.code !== 0) throw new Error(`${script}\nended with ${ran.code}: ${ran.stderr}`);
      return ran.stdout.trim();
    },
    exec: async (agent, script) => {
      const { execScript } = await import('../../src/core/agent/shell.ts');
      const connection = await engine.machines.connection(row, testContext());
      const { code, stdout } = await connection.exec(execScript(`agt--${agent}`, [script], undefined), {
        timeoutMs: 1_200_000,
      });
      return { code, stdout: stdout.trim() };
    },
    close: async () => {
      await engine.close();
      await Promise.all([vm.dispose(), home.dispose()]);
    },
  };
}
