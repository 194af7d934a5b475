import type { Engine } from '../../src/core/engine.ts';
import { sh } from '../../src/core/remote/quote.ts';
import type { Recipe } from '../../src/core/remote/recipe.ts';
import { insertSession } from '../../src/core/session/rows.ts';
import { sshArgv } from '../../src/core/ssh/argv.ts';
import { syncKnownHosts } from '../../src/core/ssh/knownHosts.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { insertVm, listVms } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine, hostVm } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy } from '../hosts/proxy.ts';
import { count, heading, interleaved, line, timed } from './measure.ts';

const stepCount = 30;
const roundTripMs = 100;

const thirtySteps = (): Recipe => ({
  operation: 'bench',
  title: 'Bench',
  steps: Array.from({ length: stepCount }, (_, index) => ({
    id: `step-${index}`,
    title: `Step ${index}`,
    as: 'root' as const,
    check: 'always' as const,
    apply: sh`install -d -m 0755 /opt/bench/${index}; printf '%s' ${index} >/opt/bench/${index}/value`,
  })),
});

const vmOf = async (engine: Engine, name = 'box'): Promise<Vm> => {
  const vm = (await engine.database.read(listVms)).find((one) => one.name === name);
  if (vm === undefined) throw new Error(`There is no VM ${name}.`);
  return vm;
};

async function sshArguments(engine: Engine, vm: Vm): Promise<(script: ReturnType<typeof sh>) => string[]> {
  const target = sshTarget(vm, await engine.config.load(), engine.paths);
  return (script) => sshArgv(target, engine.paths, { command: script });
}

async function benchLatency(host: TestHost): Promise<void> {
  const proxy = await startProxy({ target: { host: host.address, port: host.port }, latencyMs: roundTripMs / 2 });
  const engine = await hostEngine(host, { address: { host: proxy.host, port: proxy.port } });
  const vm = await vmOf(engine);
  await syncKnownHosts(engine);
  const argv = await sshArguments(engine, vm);
  const times = await interleaved(3, {
    recipe: async () => {
      await engine.machines.drop(vm);
      const began = performance.now();
      await engine.machines.apply(vm, thirtySteps(), testContext());
      return performance.now() - began;
    },
    processes: async () => {
      const began = performance.now();
      for (const step of thirtySteps().steps) {
        await engine.process.run('ssh', argv(sh`sudo -n bash -c ${step.apply ?? ''}`), {});
      }
      return performance.now() - began;
    },
  });
  heading(
    `A ${stepCount}-step init over a link with ${roundTripMs} ms of round trip (baseline: one ssh process per step)`,
  );
  line(`${stepCount} steps`, times.recipe, times.processes, { fasterBy: 5 });
  await engine.close();
  await proxy.close();
}

/** What the reference takes on a light host of this kind, s: measured elsewhere, stated here. */
const reference = {
  'workspace create': 2.8,
  'agent create': 4.7,
  'session create': 3.7,
  'session stop': 6.3,
  'session list': 0.53,
  'vm exec': 0.52,
};

async function benchVerbs(host: TestHost, cli: string): Promise<void> {
  const engine = await hostEngine(host, {
    config:
      '[vm_templates.default]\nmise = false\nswap = 0\n\n[admin.config]\nshell = "bash"\n\n[ssh]\nhost_changes = "yes"\n\n[session_templates.default]\ncommand = "sleep 1000"\n',
  });
  const env = { ...process.env, HOME: engine.files.home };
  const agw = (...args: string[]): number => timed(process.execPath, [cli, '--non-interactive', ...args], env);
  const counted = async (work: () => unknown): Promise<number> => {
    const before = await host.connections();
    await work();
    return (await host.connections()) - before;
  };
  const init = await counted(() => agw('vm', 'reinit', 'box', '--yes'));
  await syncKnownHosts(engine);
  const argv = await sshArguments(engine, await vmOf(engine));
  const bareSsh = (): number => timed('ssh', argv(sh`true`), env);
  const connections: Record<string, number> = {};
  let round = 0;
  const verb =
    (name: string, ...args: string[]) =>
    async (): Promise<number> => {
      let ms = 0;
      connections[name] = await counted(() => {
        ms = agw(...args.map((arg) => arg.replace('#', String(round))));
      });
      return ms;
    };
  const times = await interleaved(3, {
    round: () => ++round,
    ssh: bareSsh,
    'workspace create': verb('workspace create', 'workspace', 'create', '--name', 'w#', '--vm', 'box'),
    'agent create': verb('agent create', 'agent', 'create', '--name', 'a#', '--vm', 'box'),
    'session create': verb('session create', 'session', 'create', '--name', 's#', '--workspace', 'w#', '--agent', 'a#'),
    'session list': verb('session list', 'session', 'list'),
    'vm exec': verb('vm exec', 'vm', 'exec', 'box', 'true'),
    'session stop': verb('session stop', 'session', 'stop', 's#'),
  });
  heading('Connections, counted at the server');
  count('vm init, default template', init, 3, '27');
  count('agent create', connections['agent create'] ?? Number.NaN, 2, '13-54');
  count('session create', connections['session create'] ?? Number.NaN, 2, '7-25');
  count('session list, one VM', connections['session list'] ?? Number.NaN, 1, '1, and 1-3 per repair');
  heading('Verbs on a light host (baseline: what the reference took on such a host, measured elsewhere)');
  for (const [name, seconds] of Object.entries(reference) as [keyof typeof reference, number][]) {
    const isRead = name === 'session list' || name === 'vm exec';
    line(name, times[name], seconds * 1000, isRead ? { atMost: 1 } : { fasterBy: 3 });
  }
  console.log(`  for comparison: one bare 'ssh box true' took ${Math.round(times.ssh)} ms in this run`);
  await engine.close();
}

/** A session on each machine, as recorded; whether it still runs is what the listing asks. */
async function recordSession(engine: Engine, vm: Vm): Promise<void> {
  const at = '2026-01-01T00:00:00Z';
  const name = `on-${vm.name}`;
  await engine.database.write((writer) => {
    insertWorkspace(writer, {
      ...{ name, type: 'vm', vmName: vm.name, template: 'default', path: `/opt/agentworks/workspaces/${name}` },
      ...{ status: 'ready', repo: undefined, createdAt: at, lastSeenAt: undefined },
    });
    insertSession(writer, {
      ...{ name, workspaceName: name, template: 'default', mode: 'admin', agentName: undefined, account: vm.adminUser },
      ...{ socket: `/run/${name}.sock`, server: { pid: 999_999, startTime: '1', bootId: 'earlier' }, origin: 'own' },
      ...{ createdWorkspace: false, status: 'ready', isStopAsked: false, lastAttachedAt: undefined },
      ...{ createdAt: at, updatedAt: at },
    });
  });
}

async function benchList(hosts: readonly TestHost[], cli: string): Promise<void> {
  const [first, ...others] = hosts;
  if (first === undefined) return;
  const engine = await hostEngine(first, { init: 'complete' });
  for (const [index, host] of others.entries()) {
    const vm = hostVm(host, { vm: `box${index + 2}`, init: 'complete' });
    await engine.database.write((writer) => insertVm(writer, vm));
  }
  for (const vm of await engine.database.read(listVms)) await recordSession(engine, vm);
  const before = await Promise.all(hosts.map(async (host) => host.connections()));
  const env = { ...process.env, HOME: engine.files.home };
  const elapsed = timed(process.execPath, [cli, 'session', 'list'], env);
  const after = await Promise.all(hosts.map(async (host) => host.connections()));
  heading(`session list over ${hosts.length} VMs (${Math.round(elapsed)} ms)`);
  const opened = after.reduce((sum, value, index) => sum + value - (before[index] ?? 0), 0);
  count('session list', opened, hosts.length, 'M, in batches of 8');
  await engine.close();
}

export async function benchHosts(cli: string): Promise<void> {
  const hosts: TestHost[] = [];
  try {
    for (const name of ['bench', 'bench2', 'bench3']) hosts.push(await startHost({ name }));
    const [first] = hosts;
    if (first === undefined) return;
    await benchLatency(first);
    await benchVerbs(first, cli);
    await benchList(hosts, cli);
  } finally {
    for (const host of hosts) await host.dispose();
  }
}
