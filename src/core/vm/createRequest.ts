import { resolve } from 'node:path';
import type { Config, VmTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { checkName, nameProblem, randomId, suggestName } from '../names.ts';
import { timestamp } from '../ports/clock.ts';
import { expandHome } from '../ports/files.ts';
import type { PlatformData } from '../ports/platform.ts';
import { platformNames, type Vm } from './model.ts';
import { findVm, listVms } from './rows.ts';

/** What `vm create` is given; sizes in GiB. */
export interface CreateVmRequest {
  name?: string | undefined;
  template?: string | undefined;
  platform?: string | undefined;
  vmHost?: string | undefined;
  cpus?: number | undefined;
  memory?: number | undefined;
  disk?: number | undefined;
  azureVmSize?: string | undefined;
  adminUsername?: string | undefined;
  network?: string | undefined;
  image?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  user?: string | undefined;
  identity?: string | undefined;
  hostKey?: string | undefined;
  hostChanges?: 'yes' | 'no' | undefined;
}

const flagNames = {
  vmHost: '--vm-host',
  cpus: '--cpus',
  memory: '--memory',
  disk: '--disk',
  azureVmSize: '--azure-vm-size',
  adminUsername: '--admin-username',
  image: '--image',
  host: '--host',
  port: '--port',
  user: '--user',
  identity: '--identity',
  hostKey: '--host-key',
  hostChanges: '--host-changes',
} as const satisfies Partial<Record<keyof CreateVmRequest, string>>;
type PlatformFlag = keyof typeof flagNames;

/** What each platform makes of a flag; all others are refused, since a flag that does nothing misleads. */
const platformFlags: Record<(typeof platformNames)[number], readonly PlatformFlag[]> = {
  qemu: ['cpus', 'memory', 'disk', 'adminUsername', 'image'],
  ssh: ['host', 'port', 'user', 'identity', 'hostKey', 'hostChanges'],
  lima: ['vmHost', 'cpus', 'memory', 'disk', 'adminUsername'],
  wsl2: ['adminUsername'],
  azure: ['disk', 'azureVmSize', 'adminUsername'],
  proxmox: ['cpus', 'memory', 'disk', 'adminUsername'],
};

export interface Draft {
  vm: Vm;
  template: VmTemplate;
  config: Config;
  /** An unfinished row of that name is taken up again. */
  isResumed: boolean;
}

/** `SHA256:…` with or without the word, or `ssh-ed25519 AAAA…` with or without a comment. */
const hostKeyPattern = /^((SHA256:)?[\w+/]{43}=?|(ssh|ecdsa|sk)-\S+ +[\w+/]+=*( .*)?)$/;

const adminPattern = /^[a-z_][a-z0-9_-]{0,31}$/;

function checkSizes(request: CreateVmRequest): void {
  for (const key of ['cpus', 'memory', 'disk'] as const) {
    const value = request[key];
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new AppError('usage', `${flagNames[key]} must be a whole number from 1 on, not ${value}.`);
    }
  }
  const { port } = request;
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw new AppError('usage', `--port must be between 1 and 65535, not ${port}.`);
  }
}

function checkPlatform(name: string, request: CreateVmRequest): void {
  const flags = platformFlags[name as keyof typeof platformFlags] as readonly PlatformFlag[] | undefined;
  if (flags === undefined) {
    throw new AppError('usage', `'${name}' is not a platform.`, { hint: `Known ones: ${platformNames.join(', ')}.` });
  }
  const ignored = (Object.keys(flagNames) as PlatformFlag[]).filter(
    (flag) => request[flag] !== undefined && !flags.includes(flag),
  );
  if (ignored.length > 0) {
    throw new AppError(
      'usage',
      `${ignored.map((flag) => flagNames[flag]).join(', ')} cannot be used with platform ${name}.`,
      {
        hint: `Leave it out, or choose another platform with --platform.`,
      },
    );
  }
}

function networkOf(request: CreateVmRequest, template: VmTemplate): 'direct' {
  const network = request.network ?? template.network ?? 'direct';
  if (network === 'direct') return network;
  if (network === 'tailscale') {
    throw new AppError('unsupported', 'Machines on a tailnet come in a later version.', {
      hint: 'Use network = "direct" in the VM template, or --network direct.',
    });
  }
  throw new AppError('usage', `--network must be direct or tailscale, not '${network}'.`);
}

async function identityPath(engine: Engine, given: string): Promise<string> {
  const path = resolve(expandHome(given, engine.files.home));
  if ((await engine.files.info(path))?.kind !== 'file') {
    throw new AppError('usage', `The private key ${path} does not exist.`, { hint: 'Correct --identity.' });
  }
  return path;
}

/** A path counts from where the command is typed; `official`, `build` and addresses stay as they are. */
const imageOf = (engine: Engine, given: string): string =>
  given === 'official' || given === 'build' || /^[a-z][a-z0-9+.-]*:\/\//i.test(given)
    ? given
    : resolve(expandHome(given, engine.files.home));

/** The port that the operator's SSH configuration has for a host, as `ssh HOST` would use. */
async function configuredPort(engine: Engine, host: string): Promise<number | undefined> {
  const { readHostOptions } = await import('../ssh/hostOptions.ts');
  const [port] = (await readHostOptions(engine, await engine.config.load(), { host }))?.get('port') ?? [];
  return port === undefined ? undefined : Number(port);
}

async function adoptionData(engine: Engine, request: CreateVmRequest): Promise<PlatformData> {
  const host =
    request.host ?? (await engine.ask.text({ message: 'Host name or address of the machine', flag: '--host' }));
  if (host === '' || host.startsWith('-') || /\s/.test(host)) {
    throw new AppError('invalid', `'${host}' is not a host name or address.`);
  }
  if (request.hostKey !== undefined && !hostKeyPattern.test(request.hostKey.trim())) {
    throw new AppError('usage', '--host-key takes a public key or its SHA256 fingerprint.', {
      hint: 'On the machine: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    });
  }
  return {
    host,
    port: request.port ?? (await configuredPort(engine, host)) ?? 22,
    ...(request.identity === undefined ? {} : { identity: await identityPath(engine, request.identity) }),
    ...(request.hostKey === undefined ? {} : { hostKey: request.hostKey }),
  };
}

const fixedBy = (vm: Vm): Partial<Record<keyof CreateVmRequest, unknown>> => ({
  platform: vm.platform,
  template: vm.template,
  cpus: vm.cpus,
  memory: vm.memoryGib,
  disk: vm.diskGib,
  adminUsername: vm.adminUser,
  user: vm.adminUser,
  host: vm.platformData.host,
  port: vm.platformData.port,
  identity: vm.platformData.identity,
  hostKey: vm.platformData.hostKey,
  image: vm.platformData.image,
});

const flagOf = (key: string): string => (flagNames as Record<string, string>)[key] ?? `--${key}`;

/** The row goes on with what it was begun with; a flag that says otherwise is refused. */
function checkResume(vm: Vm, request: CreateVmRequest): void {
  for (const [key, value] of Object.entries(fixedBy(vm))) {
    const given = request[key as keyof CreateVmRequest];
    if (given !== undefined && value !== undefined && given !== value) {
      throw new AppError(
        'refused',
        `VM '${vm.name}' was begun with ${flagOf(key)} ${String(value)}, not ${String(given)}.`,
        { hint: `Go on without the flag, or delete it first: agentworks vm delete ${vm.name}` },
      );
    }
  }
}

/** Nothing is made yet, so what the machine is made from or where it is found may still be corrected. */
async function resumed(engine: Engine, vm: Vm, request: CreateVmRequest): Promise<Vm> {
  checkPlatform(vm.platform, request);
  if (vm.provisioning === 'complete') {
    checkResume(vm, request);
    return vm;
  }
  if (vm.origin === 'adopted') {
    const { host: _host, port: _port, user: _user, ...fixed } = request;
    checkResume(vm, fixed);
    const { host, port, identity, hostKey } = vm.platformData;
    const before = { identity, hostKey } as Pick<PlatformData, 'identity' | 'hostKey'>;
    const given = await adoptionData(engine, {
      ...request,
      host: request.host ?? String(host),
      port: request.port ?? Number(port),
    });
    const isSameHost = given.host === host && given.port === port;
    return {
      ...vm,
      adminUser: request.user ?? vm.adminUser,
      hostKeys: isSameHost ? vm.hostKeys : [],
      platformData: { ...vm.platformData, ...before, ...given },
    };
  }
  checkResume(vm, { ...request, image: undefined });
  if (request.image === undefined) return vm;
  const image = imageOf(engine, request.image);
  // The platform records the folder as soon as it has made something from an image.
  if (vm.platformData.directory !== undefined) checkResume(vm, { image });
  return { ...vm, platformData: { ...vm.platformData, image } };
}

function checkExisting(vm: Vm): void {
  if (vm.provisioning === 'deleting') {
    throw new AppError('refused', `VM '${vm.name}' is being deleted.`, {
      hint: `Finish it: agentworks vm delete ${vm.name}`,
    });
  }
  if (vm.provisioning === 'complete' && (vm.init === 'complete' || vm.init === 'partial')) {
    throw new AppError('exists', `There is a VM '${vm.name}' already.`, { hint: 'Choose another name.' });
  }
}

/** The row that `vm create` is going to make or to go on with. Changes nothing. */
export async function draftVm(engine: Engine, request: CreateVmRequest): Promise<Draft> {
  checkSizes(request);
  const config = await engine.config.load();
  if (request.name !== undefined) checkName('vm', request.name);
  const rows = await engine.database.read((r) => listVms(r));
  const taken = rows.map((vm) => vm.name);
  const name =
    request.name ??
    (await engine.ask.text({
      message: 'VM name',
      initial: suggestName('vm', taken),
      flag: '--name',
      validate: (value) =>
        nameProblem('vm', value) ?? (taken.includes(value) ? `There is a VM '${value}' already.` : undefined),
    }));
  checkName('vm', name);
  const existing = await engine.database.read((r) => findVm(r, name));
  if (existing !== undefined) {
    checkExisting(existing);
    return {
      vm: await resumed(engine, existing, request),
      template: await engine.config.vmTemplate(existing.template),
      config,
      isResumed: true,
    };
  }
  const template = await engine.config.vmTemplate(request.template);
  const platform = request.platform ?? (request.host === undefined ? (config.defaults.platform ?? 'qemu') : 'ssh');
  checkPlatform(platform, request);
  const network = networkOf(request, template);
  const isAdopted = platform === 'ssh';
  const adminUser = (isAdopted ? request.user : request.adminUsername) ?? config.admin.username;
  if (!adminPattern.test(adminUser)) {
    throw new AppError('invalid', `'${adminUser}' is not a Linux user name.`, {
      hint: 'Use lower-case letters, digits, - and _, at most 32 characters, beginning with a letter.',
    });
  }
  const vm: Vm = {
    id: randomId(),
    name,
    platform,
    origin: isAdopted ? 'adopted' : 'created',
    network,
    template: template.name,
    adminUser,
    provisioning: 'pending',
    init: 'pending',
    address: undefined,
    hostKeys: [],
    connectTimeoutMs: 15_000,
    cpus: isAdopted ? undefined : (request.cpus ?? template.cpus),
    memoryGib: isAdopted ? undefined : (request.memory ?? template.memory),
    diskGib: isAdopted ? undefined : (request.disk ?? template.disk),
    swapGib: isAdopted ? undefined : template.swap,
    vmHost: request.vmHost,
    platformData: isAdopted
      ? await adoptionData(engine, request)
      : request.image === undefined
        ? {}
        : { image: imageOf(engine, request.image) },
    createdAt: timestamp(engine.clock.now()),
    lastSeenAt: undefined,
  };
  return { vm, template, config, isResumed: false };
}
