// Runs one vitest project with what it needs; used by the tests and by the long runs.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureEditorHost } from './editorHost.mjs';
import { installPrograms, root, run, SetupError } from './setup.mjs';

export const bin = (name) => join(root, 'node_modules', '.bin', name);
export const minutes = (ms) => `${(ms / 60_000).toFixed(1)} min`;

export const hostPrograms = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  nft: 'nftables',
  ssh: 'openssh-client',
  tmux: 'tmux',
  zsh: 'zsh',
  fish: 'fish',
  dash: 'dash',
  git: 'git',
  gpg: 'gnupg',
  'apt-ftparchive': 'apt-utils',
};
export const vmPrograms = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  mmdebstrap: 'mmdebstrap',
  newuidmap: 'uidmap',
  cpio: 'cpio',
  mke2fs: 'e2fsprogs',
  ssh: 'openssh-client',
  git: 'git',
  tmux: 'tmux',
};

/** Why a level cannot run here, or undefined. */
const obstacles = {
  host: async () => {
    if (process.platform !== 'linux') return 'light hosts are Linux containers';
    if (process.getuid?.() !== 0) return 'light hosts (systemd-nspawn, network namespaces) need root';
    const missing = await installPrograms(hostPrograms);
    return missing.length === 0 ? undefined : `these programs are missing: ${missing.join(', ')}`;
  },
  editor: async () => {
    const lacking = await obstacles.host();
    if (lacking !== undefined) return lacking;
    try {
      await ensureEditorHost();
      return undefined;
    } catch (error) {
      if (error instanceof SetupError) return error.message;
      throw error;
    }
  },
  vm: async () => {
    if (process.platform !== 'linux' || process.arch !== 'x64') return 'the test image is built on Linux x86-64 only';
    const missing = await installPrograms(vmPrograms);
    return missing.length === 0 ? undefined : `these programs are missing: ${missing.join(', ')}`;
  },
};

/** What failed in vitest's JSON report, each with its message: tests, and files that did not load. */
function failuresOf(report) {
  return report.testResults.flatMap((file) => {
    const path = relative(root, file.name);
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    if (tests.length === 0) return file.status === 'failed' ? [`${path}\n${file.message}`] : [];
    return tests.map((test) => `${path} > ${test.fullName}\n${test.failureMessages.join('\n')}`);
  });
}

/** Says again at the end what failed in any level; each prints more than somebody reads back. */
export function printFailures(rows) {
  for (const failure of rows.flatMap((row) => row.failures ?? []))
    console.log(
      `\nFAILED ${failure
        .replaceAll(/\n.*node_modules.*/g, '')
        .split('\n')
        .slice(0, 40)
        .join('\n')}`,
    );
}

/** `files` narrows the project; `env` is added to the environment. */
export async function vitest(project, { files = [], env = {} } = {}) {
  const reason = await obstacles[project]?.();
  if (reason !== undefined) {
    console.log(`SKIPPED: the ${project} level does not run here: ${reason}.`);
    return { skippedLevel: reason };
  }
  const folder = mkdtempSync(join(tmpdir(), 'agentworks-test-'));
  const report = join(folder, 'report.json');
  const command = [
    bin('vitest'),
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...files,
  ];
  const options = { env: { ...process.env, ...env } };
  const code =
    project === 'host' || project === 'editor'
      ? await run(process.execPath, ['scripts/hosts.mjs', 'exec', ...command], options)
      : await run(command[0], command.slice(1), options);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(folder, { recursive: true, force: true });
  const failed = counts?.numFailedTests ?? 0;
  return {
    passed: counts?.numPassedTests ?? 0,
    // A file that does not load, or a runner that dies, has no failed test of its own.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0),
    failures: counts === undefined ? [] : failuresOf(counts),
  };
}
