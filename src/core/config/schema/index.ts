import { aptPackageKeys, aptSourceKeys, installCommandKeys, removedTest } from './catalogEntries.ts';
import * as operator from './operator.ts';
import { credentialName, templateName } from './patterns.ts';
import * as templates from './templates.ts';
import type { SchemaNode, SectionSchema, ValueSchema } from './types.ts';

const section = (
  doc: string,
  children: SectionSchema['children'],
  more: Partial<SectionSchema> = {},
): SectionSchema => ({ kind: 'section', doc, children, ...more });

const platforms = 'Operator and platforms';

/** Everything that `config.toml` may hold, described once, in the order of the sample file. */
export const configSchema: SectionSchema = section('The configuration file of Agentworks.', {
  operator: section('Who you are on the machines: SSH keys and aliases.', operator.operatorKeys, {
    group: platforms,
    isShown: true,
  }),
  user: {
    kind: 'alias',
    target: 'operator',
    doc: 'Old name of `[operator]`.',
  },
  paths: section(
    'Where things are kept.',
    { ...operator.pathsKeys, code_workspaces: operator.codeWorkspaces },
    { group: platforms, isShown: true },
  ),
  defaults: section(
    'What `vm create` assumes.',
    { ...operator.defaultsKeys, git_credentials: operator.movedGitCredentials },
    { group: platforms, isShown: true },
  ),
  git_credentials: {
    kind: 'collection',
    group: platforms,
    doc: 'Git services whose tokens users on a VM may get. Tokens come from `GIT_CREDENTIALS_<NAME>` or a prompt, never from this file.',
    entryName: 'NAME',
    names: credentialName,
    entry: section('One git service.', operator.credentialKeys),
    sampleEntry: 'github',
  },
  qemu: section('Machines made with QEMU on this machine.', operator.qemuKeys, { group: platforms }),
  ssh: section('Machines that exist already and are adopted over SSH.', operator.sshKeys, { group: platforms }),
  azure: section('Machines on Azure.', operator.azureKeys, { group: platforms }),
  proxmox: section('Machines on a Proxmox VE cluster.', operator.proxmoxKeys, { group: platforms }),
  vm_templates: {
    kind: 'collection',
    group: 'Templates',
    template: 'vm',
    doc: 'What VMs are made of. `default` is used without `--template`.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One VM template.', templates.vmTemplateKeys),
    sampleEntry: 'default',
  },
  admin: section('The admin user of VMs.', {
    config: section('The admin user of VMs. Not a template: there is one.', templates.adminKeys, {
      group: 'Templates',
    }),
  }),
  agent_templates: {
    kind: 'collection',
    group: 'Templates',
    template: 'agent',
    doc: 'What agents get. Agents have nothing that their template does not name.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One agent template.', { ...templates.agentTemplateKeys, ...templates.idleAgentKeys }),
    sampleEntry: 'default',
  },
  workspace_templates: {
    kind: 'collection',
    group: 'Templates',
    template: 'workspace',
    doc: 'What workspaces start with.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One workspace template.', templates.workspaceTemplateKeys),
    sampleEntry: 'default',
  },
  session_templates: {
    kind: 'collection',
    group: 'Templates',
    template: 'session',
    doc: 'What sessions run.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One session template.', templates.sessionTemplateKeys),
    sampleEntry: 'default',
  },
  session: section('Sessions.', {
    config: section('What counts for every session.', operator.sessionKeys, { group: 'Templates' }),
  }),
  salvage: section('What is saved before something is deleted.', operator.salvageKeys, { group: 'Templates' }),
  apt_sources: {
    kind: 'collection',
    group: 'Catalog',
    doc: 'Package sources for `apt_packages`. An entry with the name of a built-in one replaces it whole.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One package source.', aptSourceKeys),
    sampleEntry: 'example',
  },
  apt_packages: {
    kind: 'collection',
    group: 'Catalog',
    doc: 'Package sets for `vm_templates.*.apt_packages`.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One package set.', aptPackageKeys),
    sampleEntry: 'example',
  },
  system_install_commands: {
    kind: 'collection',
    group: 'Catalog',
    doc: 'Commands for `vm_templates.*.system_install_commands`, run by the admin.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One install command.', { ...installCommandKeys, test: removedTest }),
    sampleEntry: 'example',
  },
  user_install_commands: {
    kind: 'collection',
    group: 'Catalog',
    doc: 'Commands for `user_install_commands` of the admin and of agent templates.',
    entryName: 'NAME',
    names: templateName,
    entry: section('One install command.', { ...installCommandKeys, test: removedTest }),
    sampleEntry: 'example',
  },
  dotfiles: {
    kind: 'removed',
    severity: 'error',
    says: '[dotfiles] is no longer read',
    replacement:
      'Set dotfiles_source, dotfiles_destination and dotfiles_install_cmd in [admin.config] or an [agent_templates.*] entry; an old repo becomes "git::<address>", and leaving dotfiles_source out means none.',
  },
  vm: section('', {
    config: {
      kind: 'removed',
      severity: 'error',
      says: '[vm.config] is no longer read',
      replacement: 'Move its keys to [vm_templates.default]; admin_* and mise_* keys go to [admin.config].',
    },
  }),
  agent: section('', {
    config: {
      kind: 'removed',
      severity: 'error',
      says: '[agent.config] is no longer read',
      replacement: 'Move its keys to [agent_templates.default].',
    },
  }),
  mise_packages: {
    kind: 'removed',
    severity: 'warning',
    says: '[mise_packages] is not read',
    replacement:
      'List tools under mise_packages in [admin.config] or an [agent_templates.*] entry, with mise_lockfile beside it.',
  },
  task_templates: {
    kind: 'removed',
    severity: 'warning',
    says: '[task_templates] is not read',
    replacement: 'Tasks are sessions now: use [session_templates.*].',
  },
  tasks: {
    kind: 'removed',
    severity: 'warning',
    says: '[tasks] is not read',
    replacement: 'Tasks are sessions now: use [session_templates.*].',
  },
});

/** The description at a key path; `vm_templates.dev.cpus` finds the key of the entry. Aliases are followed. */
export function schemaAt(path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode = configSchema;
  for (const name of path) {
    if (node.kind === 'collection') node = node.entry;
    else if (node.kind === 'section') {
      const child: SchemaNode | undefined = Object.hasOwn(node.children, name) ? node.children[name] : undefined;
      const target: SchemaNode | undefined = child?.kind === 'alias' ? configSchema.children[child.target] : child;
      if (target === undefined) return undefined;
      node = target;
    } else return undefined;
  }
  return node;
}

export interface SchemaSection {
  /** `['vm_templates', 'NAME']` for entries of a collection. */
  path: string[];
  section: SectionSchema;
  collection: Extract<SchemaNode, { kind: 'collection' }> | undefined;
  group: string;
}

/** Every section that has keys, in file order. */
export function* schemaSections(node: SectionSchema = configSchema, path: string[] = []): Generator<SchemaSection> {
  for (const [name, child] of Object.entries(node.children)) {
    const here = [...path, name];
    if (child.kind === 'collection') {
      yield { path: [...here, child.entryName], section: child.entry, collection: child, group: child.group };
    } else if (child.kind === 'section') {
      if (child.group !== undefined) yield { path: here, section: child, collection: undefined, group: child.group };
      yield* schemaSections(child, here);
    }
  }
}

const required = new WeakMap<SectionSchema, [name: string, schema: ValueSchema][]>();

/** Keys that a section must have; looked up for every entry of a collection. */
export function requiredKeys(schema: SectionSchema): [name: string, schema: ValueSchema][] {
  const known =
    required.get(schema) ??
    Object.entries(schema.children).flatMap(([name, child]): [string, ValueSchema][] =>
      child.kind === 'value' && child.isRequired === true ? [[name, child]] : [],
    );
  required.set(schema, known);
  return known;
}
