import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** What ships, and nothing else: files, and folders with the kinds of files that are taken from them. */
const common = ['README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD-PARTY-NOTICES.txt', 'docs/reference/problems.md'];
export const cliFiles = ['package.json', 'dist/agentworks.cjs', 'dist/agentworks.chunks', ...common];
/** Where translations start from; written as it is packed. */
export const texts = 'l10n/bundle.l10n.json';
const extensionFiles = ['package.nls.json', texts, 'dist/extension.cjs', 'dist/front.cjs', ...cliFiles];
const extensionFolders = { media: /\.(svg|png|md)$/, syntaxes: /\.json$/ };

export const isPicture = (name) => /\.(png|jpe?g|gif)$/.test(name);

/** Paths from the repository's root. */
export const vsixFiles = () => [
  ...extensionFiles,
  ...Object.entries(extensionFolders).flatMap(([folder, kind]) =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true })
          .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
          .filter((name) => kind.test(name))
          .sort()
      : [],
  ),
];

const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;

/** package.json of the extension: without what only its development needs. */
export function extensionManifest(manifest) {
  const { scripts: _, devDependencies: __, private: ___, bin: ____, ...shipped } = manifest;
  // The staged folder holds nothing else.
  return json({ ...shipped, files: ['**'] });
}

/** package.json of the command line tool alone. */
export function cliManifest({ name, version, description, license, type, engines, bin }) {
  return json({ name, version, description, license, type, engines: { node: engines.node }, bin, files: cliFiles });
}

/** The packages whose code is in the bundle, from esbuild's account of it, by folder. */
export function bundledPackages(meta) {
  const folders = Object.keys(meta.inputs).flatMap(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

/** The licences of everything that is bundled, as they ask for. Throws for a package without one. */
export function thirdPartyNotices(meta) {
  const texts = bundledPackages(meta).map((folder) => {
    const path = join(root, folder);
    const { name, version, author, ...said } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    // Older packages have a list.
    const license = said.license ?? said.licenses?.map(({ type }) => type).join(' or ');
    if (typeof license !== 'string') throw new Error(`${name} does not say its licence`);
    const file = readdirSync(path).find((one) => /^licen[cs]e(\.(md|txt))?$/i.test(one));
    const by = typeof author === 'string' ? author : author?.name;
    const text =
      file === undefined
        ? `Licence: ${license}${by === undefined ? '' : `\nBy: ${by}`}`
        : readFileSync(join(path, file), 'utf8').trim();
    return `${name} ${version} (${license})\n${'-'.repeat(60)}\n${text}\n`;
  });
  return `Agentworks contains code of these packages.\n\n${texts.join('\n\n')}`;
}
