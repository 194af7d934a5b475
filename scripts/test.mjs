// Every level that this machine can run, each with its time against its budget; what cannot run is skipped loudly.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, checkNode, has, installDependencies, installPrograms, main, root, run } from './lib/setup.mjs';

const budgets = { 'set-up': 8, check: 1, unit: 2, host: 10, vm: 12 };
const minutes = (ms) => `${(ms / 60_000).toFixed(1)} min`;
const bin = (name) => join(root, 'node_modules', '.bin', name);

const hostPrograms = {
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
const vmPrograms = {
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
  vm: async () => {
    if (process.platform !== 'linux' || process.arch !== 'x64') return 'the test image is built on Linux x86-64 only';
    const missing = await installPrograms(vmPrograms);
    return missing.length === 0 ? undefined : `these programs are missing: ${missing.join(', ')}`;
  },
};

const results = [];

/** Runs one level and keeps its time and counts. */
async function level(name, work) {
  console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}`);
  const began = Date.now();
  const outcome = await work();
  results.push({ name, ms: Date.now() - began, passed: 0, failed: 0, skipped: 0, ...outcome });
}

async function vitest(project) {
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
  ];
  const code =
    project === 'host'
      ? await run(process.execPath, ['scripts/hosts.mjs', 'exec', ...command])
      : await run(command[0], command.slice(1));
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  rmSync(folder, { recursive: true, force: true });
  const failed = counts?.numFailedTests ?? 0;
  return {
    passed: counts?.numPassedTests ?? 0,
    // A file that does not load, or a runner that dies, has no failed test of its own.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0),
  };
}

async function check() {
  const typecheck = await run(bin('tsc'), ['--noEmit']);
  const lint = await run(bin('biome'), ['check', '.']);
  return { passed: Number(typecheck === 0) + Number(lint === 0), failed: Number(typecheck !== 0) + Number(lint !== 0) };
}

function summary() {
  console.log('\nLevel      time        budget    passed  failed  skipped');
  for (const { name, ms, passed, failed, skipped, skippedLevel } of results) {
    const budget = `${budgets[name]} min`;
    const over = ms > budgets[name] * 60_000 ? '  over budget' : '';
    const note = skippedLevel === undefined ? over : `  SKIPPED: ${skippedLevel}`;
    console.log(
      `${name.padEnd(10)} ${minutes(ms).padEnd(11)} ${budget.padEnd(9)} ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}${note}`,
    );
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

await main(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const levels = positionals.length === 0 ? ['check', 'unit', 'host', 'vm'] : positionals;
  checkNode();
  await level('set-up', async () => {
    await installDependencies();
    await build();
    if (process.getuid?.() === 0) await installPrograms({ ...hostPrograms, ...vmPrograms });
    if (!has('git')) console.log('git is missing; tests that need it will fail.');
    return {};
  });
  for (const name of levels) await level(name, name === 'check' ? check : async () => vitest(name));
  return summary();
});
