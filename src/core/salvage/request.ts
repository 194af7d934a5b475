import type { Vm } from '../vm/model.ts';
import type { Target } from './model.ts';

const mib = 2 ** 20;

/** Limits of a salvage. A tree's comes from the configuration. */
export const limits = {
  /** Of one file or folder that Git ignores; larger ones are named, not kept. */
  ignoredEachBytes: 16 * mib,
  /** Of all of them in one tree. */
  ignoredAllBytes: 128 * mib,
  /** Repositories of one tree that Git looks at; the folders of further ones are kept as they are. */
  repositories: 100,
  /** One repository, to look at. */
  gitSeconds: 20,
  /** All repositories of a tree that do not end by themselves. */
  gitTotalSeconds: 40,
  bundleSeconds: 3600,
  /** The whole look. */
  surveySeconds: 240,
  takeSeconds: 6 * 3600,
} as const;

/** Names of folders that a command makes again; whatever their size, they are named and not kept. */
const regenerable =
  'node_modules .venv venv __pycache__ .pytest_cache .mypy_cache .ruff_cache .tox .gradle target .next .nuxt .turbo .parcel-cache bower_components';

/** Below an agent's home: caches and tools that are installed again. */
const caches =
  '.cache .npm .local/share/mise .local/share/pnpm .local/state/mise .cargo/registry .cargo/git .rustup .vscode-server .vscode-remote .cursor-server .windsurf-server .bun .deno .nvm .pyenv .rbenv .sdkman .gradle .m2/repository go/pkg .local/share/virtualenv .local/share/uv .local/pipx .dotnet .nuget';

/** Put there by us or by the system; kept, but no reason for a salvage. */
const baseline =
  '.bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zprofile .zshenv .gitconfig .agentworks-profile.sh .agentworks-rc.sh .config/fish .config/git .config/mise .local/state/agentworks .bash_history .zsh_history';

/** The operator's own tokens, which are not lost with the VM. */
const secrets = '.git-credentials .local/state/agentworks/credentials';

const fieldsOf = (target: Target): string[] =>
  target.kind === 'session'
    ? [target.kind, target.name, target.socket ?? '', target.account, '', target.log ?? '']
    : [target.kind, target.name, target.path, target.account, target.group, ''];

/** Stdin of the collector. */
export function collectorInput(
  vm: Vm,
  mode: 'survey' | 'take',
  nonce: string,
  targets: readonly Target[],
  treeBytes: number,
): Buffer {
  const options = {
    ignoredEach: limits.ignoredEachBytes,
    ignoredAll: limits.ignoredAllBytes,
    repositories: limits.repositories,
    gitSeconds: limits.gitSeconds,
    gitTotalSeconds: limits.gitTotalSeconds,
    bundleSeconds: limits.bundleSeconds,
    treeBytes,
    regenerable,
    caches,
    baseline,
    secrets,
  };
  const fields = [
    nonce,
    mode,
    // On a machine of the reference the admin worked in workspaces; such files are read as the admin.
    vm.origin === 'imported' ? vm.adminUser : '',
    String(Object.keys(options).length),
    ...Object.entries(options).flatMap(([key, value]) => [key, String(value)]),
    ...targets.flatMap(fieldsOf),
  ];
  return Buffer.from(fields.map((field) => `${field}\0`).join(''));
}
