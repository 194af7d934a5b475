import { nameProblem } from '../../names.ts';
import type { CreatePlan } from '../../vm/create.ts';
import type { CreateVmRequest } from '../../vm/createRequest.ts';
import { type Command, commonParams, type ParamValues } from '../command.ts';
import type { Output } from '../output.ts';
import { hostChangesOf, hostChangesParam, isSet, numberOf, textOf } from './params.ts';

const size = (name: string, help: string) =>
  ({ type: 'integer', position: 'option', name, help, minimum: 1, defaultText: "the template's" }) as const;
const option = (name: string, help: string) => ({ type: 'text', position: 'option', name, help }) as const;

const requestOf = (params: ParamValues): CreateVmRequest => ({
  name: textOf(params, 'name'),
  template: textOf(params, 'template'),
  platform: textOf(params, 'platform'),
  vmHost: textOf(params, 'vmHost'),
  cpus: numberOf(params, 'cpus'),
  memory: numberOf(params, 'memory'),
  disk: numberOf(params, 'disk'),
  azureVmSize: textOf(params, 'azureVmSize'),
  adminUsername: textOf(params, 'adminUsername'),
  network: textOf(params, 'network'),
  image: textOf(params, 'image'),
  host: textOf(params, 'host'),
  port: numberOf(params, 'port'),
  user: textOf(params, 'user'),
  identity: textOf(params, 'identity'),
  hostKey: textOf(params, 'hostKey'),
  hostChanges: hostChangesOf(params),
});

function planRecord(plan: CreatePlan): Output {
  const { vm, spec } = plan;
  const machine: [string, string][] =
    vm.origin === 'adopted'
      ? [
          ['Host', `${String(vm.platformData.host)}:${String(vm.platformData.port)}`],
          ['User', vm.adminUser],
        ]
      : [
          ['CPUs', String(spec.cpus)],
          ['Memory', `${spec.memoryGib}G`],
          ['Disk', `${spec.diskGib}G`],
          ...(typeof vm.platformData.image === 'string' ? [['Image', vm.platformData.image] as [string, string]] : []),
          ['Swap', `${spec.swapGib}G`],
          ['Host name', spec.hostname],
          ['Admin User', vm.adminUser],
        ];
  return {
    type: 'record',
    title: plan.isResumed ? `Plan for going on with VM ${vm.name}` : `Plan for VM ${vm.name}`,
    sections: [
      {
        title: 'Machine',
        fields: [['Platform', vm.platform], ['Network', vm.network], ['Template', vm.template], ...machine],
      },
      { title: 'Problems', lines: plan.problems, empty: '(none)' },
      { title: 'Secrets needed', lines: plan.secrets, empty: '(none)' },
      ...(plan.hostChanges.length > 0
        ? [{ title: 'Changes that concern everybody on the host', lines: plan.hostChanges }]
        : []),
      { title: 'Initialization', lines: plan.steps.map((step) => `${step.title}  (as ${step.as})`) },
      ...(plan.warnings.length > 0 ? [{ title: 'Warnings', lines: plan.warnings }] : []),
    ],
    ...(plan.problems.length > 0 ? { exitCode: 1 } : {}),
    data: {
      name: vm.name,
      platform: vm.platform,
      network: vm.network,
      template: vm.template,
      isResumed: plan.isResumed,
      machine: { ...spec, authorizedKeys: undefined },
      steps: plan.steps,
      secrets: plan.secrets,
      hostChanges: plan.hostChanges,
      warnings: plan.warnings,
      problems: plan.problems,
    },
  };
}

export const vmCreate: Command = {
  id: 'vm.create',
  summary: 'Create a VM, or adopt a machine, and initialize it',
  description:
    'Checks everything and collects every secret first. From then on a failure or an interrupt keeps the VM on record; the same command goes on with it.\n\n`--platform ssh` (or `--host`) adopts a Debian 12 machine that you can reach already.',
  examples: [
    'agentworks vm create --name dev',
    'agentworks vm create --name big --template build --cpus 8 --memory 16',
    'agentworks vm create --name lab --host lab.example.org --user me',
  ],
  params: [
    {
      ...option('name', 'Name of the VM'),
      source: { kind: 'new', of: 'vm' },
      isAsked: true,
      validate: (value) => nameProblem('vm', value),
    },
    { ...option('template', 'VM template'), defaultText: 'default', source: { kind: 'vmTemplate' }, isAsked: true },
    {
      ...option('platform', 'What runs the machine: qemu (here) or ssh (a machine you can reach)'),
      source: { kind: 'platform' },
      isAsked: true,
    },
    option('vm-host', 'Machine that runs the VM (Lima)'),
    size('cpus', 'Number of CPUs'),
    size('memory', 'Memory in GiB'),
    size('disk', 'Disk in GiB'),
    option('azure-vm-size', 'VM size (Azure)'),
    option('admin-username', 'Linux user of the admin'),
    {
      ...option('network', 'How the machine is reached'),
      source: { kind: 'choices', values: ['direct', 'tailscale'] },
    },
    option('image', 'Disk image: official, build, a path or a URL (QEMU)'),
    option('host', 'Adopt: host name or address'),
    {
      type: 'integer',
      position: 'option',
      name: 'port',
      help: 'Adopt: SSH port',
      minimum: 1,
      maximum: 65_535,
      defaultText: '22',
    },
    option('user', 'Adopt: account with passwordless sudo'),
    { ...option('identity', 'Adopt: private key for this host'), source: { kind: 'path' } },
    option('host-key', 'Adopt: the host key that is expected, `ssh-ed25519 AAAA…`'),
    hostChangesParam,
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const { createVm, planCreate } = await import('../../vm/create.ts');
    if (isSet(params, 'dryRun')) return planRecord(await planCreate(engine, requestOf(params)));
    const { vm, warnings } = await createVm(engine, requestOf(params), io);
    const { vmData } = await import('../../vm/view.ts');
    return {
      type: 'message',
      text: vm.init === 'partial' ? `VM '${vm.name}' is ready (with warnings, see above)` : `VM '${vm.name}' is ready`,
      details: [`Next: agentworks workspace create --vm ${vm.name}`],
      data: { ...vmData(vm), warnings },
    };
  },
};
