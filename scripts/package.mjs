// Packs the extension (for the Marketplace and Open VSX) and the command line tool (for npm) from staged folders that
// hold what scripts/lib/shipped.mjs allows, and prints what each part takes.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { main, must, root } from './lib/setup.mjs';
import {
  cliFiles,
  cliManifest,
  extensionManifest,
  isPicture,
  texts,
  thirdPartyNotices,
  vsixFiles,
} from './lib/shipped.mjs';
import { shownTexts } from './lib/shownTexts.mjs';
import { zipMembers } from './lib/zip.mjs';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    only: { type: 'string' },
    quiet: { type: 'boolean' },
    // Of the package, not of the program in it: for trying an upgrade.
    version: { type: 'string' },
  },
});
const out = resolve(values.out ?? join(root, 'dist'));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
manifest.version = values.version ?? manifest.version;
const stdio = values.quiet ? ['ignore', 'ignore', 'inherit'] : 'inherit';
const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;

function stage(directory, files, packageJson, notices) {
  for (const name of files) {
    const to = join(directory, name);
    mkdirSync(dirname(to), { recursive: true });
    if (name === 'package.json') writeFileSync(to, packageJson);
    else if (name === 'THIRD-PARTY-NOTICES.txt') writeFileSync(to, notices);
    else if (name === texts) writeFileSync(to, JSON.stringify(shownTexts(), undefined, 2));
    else copyFileSync(join(root, name), to);
  }
}

/** By convention of the Marketplace an odd minor version is a pre-release. */
const isPreRelease = () => Number(manifest.version.split('.')[1]) % 2 === 1;

async function packExtension(directory, notices) {
  stage(directory, vsixFiles(), extensionManifest(manifest), notices);
  const path = join(out, `${manifest.name}-${manifest.version}.vsix`);
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const options = ['--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository', '--out', path];
  await must(
    'Packing the extension',
    process.execPath,
    [vsce, 'package', ...options, ...(isPreRelease() ? ['--pre-release'] : [])],
    {
      cwd: directory,
      stdio,
    },
  );
  return path;
}

async function packCli(directory, notices) {
  stage(directory, cliFiles, cliManifest(manifest), notices);
  await must(
    'Packing the command line tool',
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', out],
    {
      cwd: directory,
      stdio,
    },
  );
  return join(out, `${manifest.name}-${manifest.version}.tgz`);
}

/** What each file takes of the vsix, and each package of what is bundled. */
function shares(vsix, meta) {
  const members = zipMembers(vsix).sort((a, b) => b.packedSize - a.packedSize);
  const sum = (list) => list.reduce((total, one) => total + one.packedSize, 0);
  const lines = members.map(({ name, packedSize, size }) => `${kib(packedSize)} of ${kib(size)}  ${name}`);
  const parts = new Map();
  for (const { inputs } of Object.values(meta.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const part = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split('/').slice(0, 2).join('/');
      parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
    }
  }
  const bundled = [...parts].sort(([, a], [, b]) => b - a);
  const shown = bundled.slice(0, 20);
  const rest = bundled.slice(20).reduce((total, [, bytes]) => total + bytes, 0);
  return [
    'In the vsix, packed:',
    ...lines,
    `${kib(sum(members.filter(({ name }) => !isPicture(name))))}  without pictures`,
    `${kib(sum(members))}  in all`,
    '',
    'In the bundle, before it is packed:',
    ...shown.map(([part, bytes]) => `${kib(bytes)}  ${part}`),
    `${kib(rest)}  ${bundled.length - shown.length} others`,
  ].join('\n');
}

await main(async () => {
  mkdirSync(out, { recursive: true });
  await must('The build', process.execPath, [join(root, 'esbuild.mjs')], { stdio });
  const meta = JSON.parse(readFileSync(join(root, 'dist', 'meta.json'), 'utf8'));
  const notices = thirdPartyNotices(meta);
  const staging = mkdtempSync(join(tmpdir(), 'agentworks-package-'));
  try {
    const made = [];
    if (values.only !== 'cli') made.push(await packExtension(join(staging, 'extension'), notices));
    if (values.only !== 'extension') made.push(await packCli(join(staging, 'cli'), notices));
    const [vsix = ''] = made;
    if (vsix.endsWith('.vsix') && !values.quiet) console.log(shares(vsix, meta));
    for (const path of made) console.log(path);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
});
