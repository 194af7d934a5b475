import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { randomId } from '../names.ts';
import { timestamp } from '../ports/clock.ts';
import { sizeText } from '../text.ts';
import type { Vm } from '../vm/model.ts';
import { folderName, listSalvages, manifestName, removeFolder, type Salvage, salvageRoot } from './folder.ts';
import { treeBytesOf } from './look.ts';
import type { Manifest, Member, SalvageKind, Target, TreeReport } from './model.ts';
import { decoded, fieldsOf, numberOf, parseTree } from './report.ts';
import { limits } from './request.ts';
import { collect } from './stream.ts';

export interface SaveRequest {
  kind: SalvageKind;
  name: string;
  verb: string;
  vm: Vm;
  targets: readonly Target[];
  /** What the look found; its size is compared with the free space first. */
  expectedBytes: number;
}

const endings = {
  tree: 'files.tar',
  git: 'git.tar',
  bundle: 'bundle',
  'index-list': 'index',
  changed: 'changed',
  deleted: 'deleted',
  'packed-refs': 'refs',
  shallow: 'shallow',
  log: 'log',
  screen: 'screen',
} as const satisfies Record<Member['type'], string>;

const isType = (value: string): value is Member['type'] => Object.hasOwn(endings, value);

/** Where members go. The names are ours: nothing that a machine says becomes a path. */
class MemberFiles {
  readonly #targets: readonly Target[];
  readonly #repositories = new Map<string, string[]>();

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
  }

  place(data: unknown): Pick<Member, 'file' | 'type' | 'kind' | 'name' | 'path'> {
    const fields = fieldsOf(data);
    const [type, kind, name, path] = [fields.type, fields.kind, fields.name, fields.path].map(decoded);
    const target = this.#targets.find((one) => one.kind === kind && one.name === name);
    if (type === undefined || !isType(type) || target === undefined)
      throw new Error('It sends what was not asked for.');
    const folder = `${target.kind}-${target.name.replace(/[^A-Za-z0-9_.-]/g, '_')}`;
    const base = { type, kind: target.kind, name: target.name, path: path ?? '' };
    if (type === 'tree' || type === 'log' || type === 'screen') return { ...base, file: `${folder}/${endings[type]}` };
    const known = this.#repositories.get(folder) ?? [];
    if (!known.includes(base.path)) this.#repositories.set(folder, [...known, base.path]);
    const number = (this.#repositories.get(folder) ?? []).indexOf(base.path) + 1;
    return { ...base, file: `${folder}/repository-${number}.${endings[type]}` };
  }
}

interface OpenMember {
  place: ReturnType<MemberFiles['place']>;
  handle: FileHandle;
  hash: ReturnType<typeof createHash>;
  bytes: number;
}

/** Takes frames into files of one folder. */
class SalvageWriter {
  readonly members: Member[] = [];
  readonly trees: TreeReport[] = [];
  bytes = 0;
  readonly #path: string;
  readonly #files: MemberFiles;
  #open: OpenMember | undefined;

  constructor(path: string, targets: readonly Target[]) {
    this.#path = path;
    this.#files = new MemberFiles(targets);
  }

  async begin(data: unknown): Promise<void> {
    if (this.#open !== undefined) throw new Error('A part was not ended.');
    const place = this.#files.place(data);
    const path = join(this.#path, place.file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    this.#open = { place, handle: await open(path, 'wx', 0o600), hash: createHash('sha256'), bytes: 0 };
  }

  async add(bytes: Uint8Array): Promise<void> {
    if (this.#open === undefined) throw new Error('Bytes came outside of a part.');
    await this.#open.handle.writeFile(bytes);
    this.#open.hash.update(bytes);
    this.#open.bytes += bytes.length;
    this.bytes += bytes.length;
  }

  async end(data: unknown): Promise<void> {
    const one = this.#open;
    if (one === undefined) throw new Error('A part was ended twice.');
    await one.handle.sync();
    await one.handle.close();
    this.#open = undefined;
    const fields = fieldsOf(data);
    const sha256 = one.hash.digest('hex');
    const path = join(this.#path, one.place.file);
    // A bundle that Git could not make is followed by the repository's folder as it is.
    if (one.place.type === 'bundle' && fields.code !== 0) return removeFolder(path);
    if (fields.code !== 0)
      throw new Error(`${one.place.name} could not be read: ${decoded(fields.failed) || 'no reason given'}`);
    if (numberOf(fields.bytes) !== one.bytes || fields.sha256 !== sha256)
      throw new Error('What arrived is not what was sent.');
    this.members.push({ ...one.place, bytes: one.bytes, sha256 });
  }

  async close(): Promise<void> {
    await this.#open?.handle.close().catch(() => undefined);
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** An archive of nothing has two blocks. */
const isEmpty = (one: Member): boolean =>
  one.bytes === 0 || ((one.type === 'tree' || one.type === 'git') && one.bytes <= 1024);

const sameContent = (a: readonly Member[], b: readonly Member[]): boolean =>
  a.length === b.length && a.every((one) => b.some((other) => other.file === one.file && other.sha256 === one.sha256));

/** What an ended program left half written; the work is still where it was. */
async function removeUnfinished(engine: Engine, { kind, name }: SaveRequest): Promise<void> {
  const ending = folderName({ at: '', kind, name, id: '' });
  for (const one of await listSalvages(engine)) {
    if (one.status === 'unfinished' && one.folder.slice(16, -8) === ending) await removeFolder(one.path);
  }
}

async function checkSpace(root: string, request: SaveRequest): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(root);
  const free = bavail * bsize;
  if (free >= request.expectedBytes) return;
  throw new AppError(
    'disk-full',
    `It needs ${sizeText(request.expectedBytes)}, and ${sizeText(free)} are free in ${root}.`,
  );
}

/**
 * Writes the salvage; undefined when there was nothing to write. Throws when it cannot be whole: what it would have
 * protected must then be left alone. A part of one is never left behind.
 */
export async function save(
  engine: Engine,
  request: SaveRequest,
  context: OperationContext,
): Promise<Extract<Salvage, { manifest: Manifest }> | undefined> {
  const { kind, name, verb, vm, targets } = request;
  const root = salvageRoot(engine);
  const header = { kind, name, id: randomId(4), at: timestamp(engine.clock.now()) };
  const folder = folderName(header);
  const path = join(root, folder);
  const writer = new SalvageWriter(path, targets);
  const title = `Save the work in ${kind} '${name}'`;
  const report = (status: 'running' | 'done' | 'failed'): void =>
    context.report({ type: 'progress', id: folder, title, unit: 'bytes', done: writer.bytes, status });
  try {
    await removeUnfinished(engine, request);
    await checkSpace(root, request);
    await mkdir(path, { mode: 0o700 });
    report('running');
    let reportedAt = Date.now();
    const collecting = {
      mode: 'take' as const,
      targets,
      treeBytes: await treeBytesOf(engine),
      seconds: limits.takeSeconds,
      stallMs: 600_000,
    };
    for await (const frame of collect(engine, vm, collecting, context)) {
      if (frame.type === 'bytes') await writer.add(frame.bytes);
      else if (frame.type === 'member') await writer.begin(frame.data);
      else if (frame.type === 'end') await writer.end(frame.data);
      else {
        const tree = parseTree(frame.data);
        if (tree !== undefined) writer.trees.push(tree);
      }
      if (Date.now() - reportedAt < 250) continue;
      reportedAt = Date.now();
      report('running');
    }
    const members = writer.members.filter((one) => !isEmpty(one));
    for (const one of writer.members) if (isEmpty(one)) await removeFolder(join(path, one.file));
    const earlier = (await listSalvages(engine)).find(
      (one): one is Extract<Salvage, { manifest: Manifest }> =>
        one.status === 'complete' &&
        one.manifest.kind === kind &&
        one.manifest.name === name &&
        one.manifest.vm.id === vm.id &&
        sameContent(one.manifest.members, members),
    );
    report('done');
    if (members.length === 0 || earlier !== undefined) {
      await removeFolder(path);
      return members.length === 0 ? undefined : earlier;
    }
    const manifest: Manifest = {
      version: 1,
      ...header,
      verb,
      vm: { name: vm.name, id: vm.id },
      trees: writer.trees,
      members,
    };
    for (const below of new Set(members.map((one) => dirname(join(path, one.file))))) await syncFolder(below);
    await engine.files.write(join(path, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
    await syncFolder(root);
    return { status: 'complete', folder, path, manifest, bytes: writer.bytes };
  } catch (error) {
    report('failed');
    await writer.close();
    await removeFolder(path).catch(() => undefined);
    throw failed(request, root, error, context);
  }
}

function failed(request: SaveRequest, root: string, error: unknown, context: OperationContext): AppError {
  if (context.signal.aborted) return new AppError('aborted', 'Cancelled. Nothing was deleted.', { cause: error });
  const failure = toAppError(error);
  const code = failure.code === 'internal' ? 'remote-failed' : failure.code;
  const what = `The work in ${request.kind} '${request.name}' could not be saved: ${failure.message}`;
  return new AppError(code, `${what.replace(/\.?$/, '.')} Nothing was deleted.`, {
    hint: code === 'disk-full' ? `Free some space in ${root} and run the same command again.` : failure.hint,
    cause: error,
    data: { ...failure.data, salvageRoot: root },
  });
}
