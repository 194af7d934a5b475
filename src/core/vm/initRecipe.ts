import { configDigest } from '../config/digest.ts';
import type { Config, VmTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { installCommandSteps, selectCommands } from '../environment/installCommands.ts';
import { shellPackage } from '../environment/shell.ts';
import { environmentSteps } from '../environment/steps.ts';
import { AppError } from '../errors.ts';
import type { Recipe, Step } from '../remote/recipe.ts';
import { cronStep, usePtyStep } from './init/accounts.ts';
import { adminHomeStep, authorizedKeysStep } from './init/authorizedKeys.ts';
import { diskReserveStep } from './init/diskReserve.ts';
import { foldersStep, idCounterStep, workspacesFolderStep } from './init/folders.ts';
import { hidepidStep } from './init/hidepid.ts';
import { miseStep } from './init/mise.ts';
import { nosuidStep } from './init/nosuid.ts';
import {
  aptPackagesStep,
  aptSourceStep,
  aptUpdateStep,
  basePackagesStep,
  downloadPackagesStep,
  selectApt,
} from './init/packages.ts';
import { sshdStep } from './init/sshd.ts';
import { swapStep } from './init/swap.ts';
import type { Vm } from './model.ts';
import { resolvedVm } from './resolved.ts';
import { workspacesFolder } from './workspacesFolder.ts';

export interface InitRequest {
  engine: Pick<Engine, 'files'>;
  vm: Pick<Vm, 'name' | 'platform' | 'origin' | 'adminUser' | 'swapGib' | 'platformData'>;
  config: Config;
  template: VmTemplate;
  /** The operator's public keys, validated. */
  keys: readonly string[];
  /** Git tokens by credential name; missing ones keep what the machine has. */
  tokens: Readonly<Record<string, string>>;
  /** False: an adopted machine whose owner did not want changes that concern everybody on it. */
  hostChanges: boolean;
}

export interface InitRecipe {
  recipe: Recipe;
  /** What the configuration asks for and this version does not do. */
  warnings: string[];
}

/** What concerns every user of a machine, in words for the question that an adopted host's owner is asked. */
export const hostChangeList = (workspaces: string): string[] => [
  'Hide processes from other accounts (hidepid on /proc, an exempt group for logind and polkit)',
  `Ignore set-uid programs in /home, ${workspaces}, /tmp, /var/tmp and /dev/shm (bind mounts in /etc/fstab)`,
  'Add an sshd drop-in that reads the keys of agt--* and op--* accounts from /etc/agentworks/keys',
  'Require use_pty in sudo, limit cron and at to root, the admin and present users, close the admin’s home',
];

/** Undoing on a machine of ours costs nothing; on an adopted one these are done with consent only. */
const hostWideSteps = (workspaces: string, adminUser: string): Step[] => [
  hidepidStep,
  nosuidStep(workspaces),
  sshdStep,
  usePtyStep,
  cronStep(adminUser),
  adminHomeStep,
];

const adminHome = (vm: InitRequest['vm']): string =>
  typeof vm.platformData.adminHome === 'string' ? vm.platformData.adminHome : `/home/${vm.adminUser}`;

function laterVersions(template: VmTemplate): string[] {
  return [
    ...(template.snap.length > 0 ? [`Snap packages (${template.snap.join(', ')})`] : []),
    ...(template.nerfBuildClaudePlugin ? ['The nerf tools (nerf_build_claude_plugin)'] : []),
  ].map((what) => `${what} come in a later version and are left out.`);
}

async function firewallSteps(platform: string): Promise<Step[]> {
  if (platform !== 'qemu') return [];
  const { guestFirewallSteps } = await import('../platforms/qemu/firewall.ts');
  return guestFirewallSteps();
}

/**
 * Everything that initialization does, for create and reinit alike. Reads and checks all that the configuration
 * names (catalog entries, folders, lockfile) and throws `config` before anything is made.
 */
export async function initRecipe(request: InitRequest): Promise<InitRecipe> {
  const { engine, vm, config, template, keys } = request;
  if (keys.length === 0) {
    throw new AppError('config', 'No public key of the operator is configured.', {
      hint: `Set operator.ssh_public_key in ${config.path}.`,
    });
  }
  const isAdopted = vm.origin === 'adopted';
  const workspaces = workspacesFolder(config);
  const { sources, packages } = selectApt(config.catalog, template);
  const system = selectCommands(
    config.catalog.systemInstallCommands,
    template.systemInstallCommands,
    `vm_templates.${template.name}.system_install_commands`,
  );
  const admin = { linuxUser: vm.adminUser, home: adminHome(vm), as: 'admin', isAdmin: true } as const;
  const environment = await environmentSteps({
    user: admin,
    environment: config.admin,
    config,
    tokens: request.tokens,
    engine,
    systemPath: system.flatMap((entry) => entry.path),
  });
  const sourceSteps = sources.map(aptSourceStep);
  const downloads = sources.length > 0 || system.length > 0 || config.admin.userInstallCommands.length > 0;
  const swap = isAdopted ? 0 : (vm.swapGib ?? template.swap);
  const steps: Step[] = [
    basePackagesStep([shellPackage(config.admin.shell)]),
    foldersStep,
    idCounterStep,
    workspacesFolderStep(workspaces),
    authorizedKeysStep(keys, isAdopted),
    ...(request.hostChanges ? hostWideSteps(workspaces, vm.adminUser) : []),
    ...(await firewallSteps(vm.platform)),
    ...(isAdopted ? [] : [diskReserveStep]),
    ...(swap > 0 ? [swapStep(swap)] : []),
    ...(downloads ? [downloadPackagesStep()] : []),
    ...sourceSteps,
    ...(sourceSteps.length > 0 ? [aptUpdateStep(sourceSteps.map((step) => step.id))] : []),
    ...(packages.length > 0 ? [aptPackagesStep(packages)] : []),
    ...(template.mise ? [miseStep(config.catalog)] : []),
    ...installCommandSteps('system', system, admin),
    ...environment.steps,
  ];
  return {
    recipe: {
      operation: 'vm-init',
      title: `Initialize VM ${vm.name}`,
      steps,
      secrets: environment.secrets,
      payloads: environment.payloads,
      subject: {
        kind: 'vm',
        name: vm.name,
        template: template.name,
        resolved: resolvedVm({ config, template, keys, workspaces }),
        configDigest: configDigest(config),
      },
    },
    warnings: [...laterVersions(template), ...environment.warnings],
  };
}
