import type { BoundFile, BoundSection } from '../bind.ts';
import { builtInFile, catalogKinds, catalogLabels } from '../catalog/catalog.ts';
import { keyPath } from '../problems.ts';
import type { CatalogKind } from '../schema/types.ts';

const tests = ['test_exec', 'test_file', 'test_dir'] as const;

/** Rules between the keys of one entry: catalog, credentials, operator, QEMU. */
export function checkEntries(file: BoundFile): void {
  for (const kind of catalogKinds) {
    for (const [name, entry] of file.collections.get(kind) ?? []) {
      if (kind === 'apt_sources') checkAptSource(file, entry);
      if (kind.endsWith('_install_commands')) checkTests(file, entry);
      const builtIn = builtInFile().collections.get(kind)?.get(name);
      if (builtIn !== undefined) checkOverride(file, kind, entry, builtIn);
    }
  }
  checkCredentials(file);
  checkOperator(file);
  checkQemuImage(file);
}

function checkAptSource({ problems }: BoundFile, entry: BoundSection): void {
  const fileName = entry.values.get('source_file');
  if (typeof fileName?.value === 'string' && !/\.(?:list|sources)$/.test(fileName.value)) {
    const path = [...entry.path, 'source_file'];
    problems.warn('catalog-source', fileName.at, path, `${keyPath(path)}: apt does not read '${fileName.value}'`, {
      hint: "Let it end in '.list' or '.sources'.",
    });
  }
  const line = entry.values.get('source');
  if (typeof line?.value !== 'string') return;
  const path = [...entry.path, 'source'];
  if (/[\n\r]/.test(line.value)) {
    problems.error('not-allowed', line.at, path, `${keyPath(path)} must be one line`);
  } else if (!/^deb(?:-src)?\s/.test(line.value)) {
    problems.warn('catalog-source', line.at, path, `${keyPath(path)} does not begin with 'deb '`);
  } else if (/\btrusted=yes\b/.test(line.value)) {
    problems.warn('catalog-source', line.at, path, `${keyPath(path)} takes packages without checking signatures`);
  }
}

function checkTests({ problems }: BoundFile, entry: BoundSection): void {
  const set = tests.filter((test) => entry.values.has(test));
  if (set.length < 2) return;
  const [, second = 'test_exec'] = set;
  problems.error(
    'not-allowed',
    entry.values.get(second)?.key ?? entry.at,
    [...entry.path, second],
    `${keyPath(entry.path)} has ${set.join(' and ')}; at most one may be set`,
  );
}

function checkOverride(file: BoundFile, kind: CatalogKind, entry: BoundSection, builtIn: BoundSection): void {
  const lost: string[] = [];
  const hasTest = (section: BoundSection) => tests.some((test) => section.values.has(test));
  if (hasTest(builtIn) && !hasTest(entry)) lost.push('test');
  if (builtIn.values.has('path') && !entry.values.has('path')) lost.push('path');
  if (lost.length === 0) return;
  const name = keyPath(entry.path);
  file.problems.warn(
    'catalog-override',
    entry.at,
    entry.path,
    `${name} replaces a built-in entry whole and loses its ${lost.join(' and ')}`,
    {
      hint: `\`agentworks installer describe ${entry.path[1] ?? ''} --type ${catalogLabels[kind]}\` shows what it replaces.`,
    },
  );
}

function checkCredentials({ collections, problems }: BoundFile): void {
  for (const entry of collections.get('git_credentials')?.values() ?? []) {
    const type = entry.values.get('type')?.value;
    const org = entry.values.get('org');
    const path = [...entry.path, 'org'];
    if (type === 'azdo' && (org === undefined || org.value === '')) {
      problems.error('missing-key', org?.at ?? entry.at, path, `${keyPath(path)} is required for azdo`);
    } else if (type === 'azdo' && typeof org?.value === 'string' && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(org.value)) {
      problems.error('not-allowed', org.at, path, `${keyPath(path)}: '${org.value}' is not an organization name`);
    } else if (type === 'github' && org !== undefined) {
      problems.warn('no-effect', org.key, path, `${keyPath(path)} has no effect for github`);
    }
  }
}

function checkOperator({ sections, problems }: BoundFile): void {
  const section = sections.get('operator');
  const keys = ['ssh_public_key', 'ssh_private_key'] as const;
  const set = keys.filter((key) => section?.values.has(key));
  const at = section?.at ?? { start: 0, end: 0 };
  const name = section?.path[0] ?? 'operator';
  if (set.length === 0 && !keys.some((key) => problems.hasFor([name, key]))) {
    problems.add('info', 'no-keys', at, [name], `[${name}] names no SSH keys, so only local workspaces work`, {
      hint: 'Set ssh_public_key and ssh_private_key before the first VM.',
    });
  } else if (set.length === 1) {
    const missing = keys.find((key) => !set.includes(key)) ?? keys[0];
    if (problems.hasFor([name, missing])) return;
    problems.error('missing-key', at, [name, missing], `${name}.${missing} is required, since ${set[0]} is set`);
  }
}

function checkQemuImage({ sections, problems }: BoundFile): void {
  const qemu = sections.get('qemu');
  const image = qemu?.values.get('image');
  if (typeof image?.value !== 'string') return;
  const path = ['qemu', 'image'];
  if (/^http:\/\//.test(image.value)) {
    problems.error('bad-url', image.at, path, 'qemu.image must not be fetched without encryption', {
      hint: "Use 'https://', or a path.",
    });
  } else if (/^https:\/\//.test(image.value) && qemu?.values.has('image_sha256') !== true) {
    problems.warn('catalog-source', image.at, path, 'qemu.image is fetched, and nothing says what it must be', {
      hint: 'Set qemu.image_sha256.',
    });
  }
}
