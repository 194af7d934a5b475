/** Where an effective value comes from. Lines and columns are 1-based. */
export type Origin =
  | { from: 'file'; path: string; line: number; column: number }
  /** Inherited: the template that sets it, and where. */
  | { from: 'template'; template: string; path: string; line: number; column: number }
  | { from: 'default' };

/** A value with where it came from. */
export interface Effective<T> {
  value: T;
  origin: Origin;
  /** Of a list or map that several templates built: where each item comes from. */
  items?: { name: string; origin: Origin }[] | undefined;
}

export interface Position {
  line: number;
  column: number;
}

export interface ConfigProblem {
  severity: 'error' | 'warning' | 'info';
  /** Stable kebab-case code, documented in docs/reference/problems.md. */
  code: string;
  message: string;
  hint?: string | undefined;
  /** Key path, `vm_templates.dev.cpus`. */
  key: string | undefined;
  path: string;
  start: Position;
  end: Position;
  /**
   * Set when the problem lies inside one template, credential, catalog entry or `admin.config`: an error there only
   * keeps what uses that part from working. Errors without it keep the file from loading.
   */
  part?: string | undefined;
  /** The other place that it is about: first definition, members of a cycle. */
  related?: { message: string; start: Position; end: Position }[] | undefined;
}

/** A plain section with the origin of each value. */
export interface EffectiveSection {
  /** `operator`, `admin.config`… */
  path: string;
  values: Record<string, Effective<unknown>>;
}

export type TemplateKind = 'vm' | 'agent' | 'workspace' | 'session';

/** A resolved VM template. Sizes in GiB. Parents merged: only values somebody set replace others. */
export interface VmTemplate {
  name: string;
  network: 'direct' | 'tailscale' | undefined;
  cpus: number;
  memory: number;
  disk: number;
  azureVmSize: string;
  swap: number;
  apt: string[];
  aptPackages: string[];
  snap: string[];
  systemInstallCommands: string[];
  mise: boolean;
  nerfBuildClaudePlugin: boolean;
  skipNerfDefaults: boolean;
  nerfAddlManifests: string[];
  nerfHomeDir: string;
}

/** What `[admin.config]` and agent templates share. */
export interface UserEnvironment {
  shell: string;
  gitCredentials: string[];
  userInstallCommands: string[];
  dotfilesSource: string | undefined;
  dotfilesDestination: string;
  dotfilesInstallCmd: string;
  miseActivate: boolean;
  misePackages: string[];
  miseLockfile: string | undefined;
  miseAllowUnlocked: boolean;
  miseInstallBefore: string;
  misePruneOnReinit: boolean;
  nerfInstallClaudePlugin: boolean;
  claudeMarketplaces: string[];
  claudePlugins: string[];
}

export interface AdminConfig extends UserEnvironment {
  username: string;
  gitForceSafeDirectory: boolean;
}

/** What everything that runs as one agent may use of its machine. */
export interface AgentLimits {
  /** A size (`4G`), a share of the machine's memory (`75%`), or `infinity`. */
  memoryMax: string;
  memorySwapMax: string;
  /** 100% is one processor. */
  cpuQuota: string | undefined;
  /** Processes and threads. */
  tasksMax: number;
}

export interface AgentTemplate extends UserEnvironment, AgentLimits {
  name: string;
}

export interface WorkspaceTemplate {
  name: string;
  repo: string | undefined;
  tmuxinator: boolean;
}

export interface SessionTemplate {
  name: string;
  command: string;
  restartCommand: string;
  description: string;
  env: Record<string, string>;
}

export type GitCredential =
  | { name: string; type: 'github'; description: string | undefined }
  | { name: string; type: 'azdo'; org: string; description: string | undefined };

export interface AptSource {
  name: string;
  description: string;
  keyUrl: string;
  keyPath: string;
  source: string;
  sourceFile: string;
  keyDearmor: boolean;
}

export interface AptPackage {
  name: string;
  description: string;
  apt: string[];
  aptSources: string[];
}

export interface InstallCommand {
  name: string;
  description: string;
  command: string;
  path: string[];
  test: { kind: 'exec' | 'file' | 'dir'; value: string } | undefined;
}

/** Built-in entries with the operator's own merged over them by name. */
export interface Catalog {
  aptSources: ReadonlyMap<string, AptSource>;
  aptPackages: ReadonlyMap<string, AptPackage>;
  systemInstallCommands: ReadonlyMap<string, InstallCommand>;
  userInstallCommands: ReadonlyMap<string, InstallCommand>;
}

/** The loaded file. Paths are expanded and absolute. */
export interface Config {
  path: string;
  operator: {
    /** Undefined when the file names none (local workspaces only). */
    sshPublicKey: string | undefined;
    sshPrivateKey: string | undefined;
    extraSshPublicKeys: string[];
    sshConfig: string;
    sshConfigDir: boolean;
    sshHostPrefix: string;
    /** `auto`: OpenSSH where only it can do it. */
    sshTransport: 'auto' | 'ssh2' | 'openssh';
  };
  paths: { localWorkspaces: string; vmWorkspaces: string; vscodeWorkspaces: string; backups: string };
  defaults: { platform: string | undefined; vmHost: string | undefined };
  admin: AdminConfig;
  session: { historyLimit: number };
  /** GiB of one tree that a salvage holds. */
  salvage: { treeGib: number };
  gitCredentials: ReadonlyMap<string, GitCredential>;
  azure: { subscriptionId: string; resourceGroup: string; region: string; idleTimeoutHours: number } | undefined;
  proxmox:
    | {
        apiUrl: string;
        node: string;
        tokenId: string;
        templateVmid: number;
        storage: string;
        bridge: string;
        pool: string;
        verifySsl: boolean;
      }
    | undefined;
  qemu: {
    /** `official`, `build`, a path or an `https://` URL. */
    image: string;
    imageSha256: string | undefined;
    /** `auto` verifies kvm, hvf or whpx and falls back to tcg. */
    accelerator: 'auto' | 'kvm' | 'hvf' | 'whpx' | 'tcg';
    binary: string | undefined;
    /** Lowest host port of the range for forwarded SSH ports. */
    portBase: number;
  };
  ssh: {
    /** Host-wide changes (hidepid, nosuid, sshd drop-in): `ask`, `yes`, `no`. */
    hostChanges: 'ask' | 'yes' | 'no';
  };
  catalog: Catalog;
  templateNames: Record<TemplateKind, string[]>;
  /** SHA-256 of everything that was loaded, templates included; comments, order and spelling do not count. */
  digest: string;
  problems: ConfigProblem[];
}
