import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { type Answer, askOperator, noAnswer, readableWorkspace } from './ask.ts';
import { noFolder } from './changesScript.ts';
import { blobScript, fileScript, inTheWay, missing, notAllowed } from './filesScript.ts';

export interface FileFacts {
  /** `other`: a pipe, a socket, a device; it is not opened. */
  kind: 'file' | 'folder' | 'link' | 'other';
  size: number;
  modifiedMs: number;
}

/** What is at a path of a workspace. */
export type Found =
  | (FileFacts & { kind: 'file' /** Undefined: more than was asked for. */; bytes: Uint8Array | undefined })
  | (FileFacts & { kind: 'folder'; entries: (FileFacts & { name: string })[] })
  | (FileFacts & { kind: 'link'; target: string })
  | (FileFacts & { kind: 'other' });

/** Of one file, unless the caller says otherwise. */
export const mostFileBytes = 5 * 2 ** 20;

const seconds = 20;
/** Names and facts of a large folder. */
const mostListBytes = 8 * 2 ** 20;

const kinds = new Set<string>(['file', 'folder', 'link', 'other'] satisfies FileFacts['kind'][]);

function factsOf(fields: readonly string[]): FileFacts {
  const [kind = '', size = '', seconds = ''] = fields;
  return {
    kind: kinds.has(kind) ? (kind as FileFacts['kind']) : 'other',
    size: Number(size) || 0,
    modifiedMs: (Number(seconds) || 0) * 1000,
  };
}

/** Where the field of that number ends; -1: there are not so many. */
function endOf(bytes: Buffer, count: number): number {
  let at = -1;
  for (let left = count; left > 0; left--) {
    at = bytes.indexOf(0, at + 1);
    if (at < 0) return -1;
  }
  return at;
}

function foundOf(bytes: Buffer, mostBytes: number): Found | undefined {
  const end = endOf(bytes, 4);
  if (end < 0) return undefined;
  const facts = factsOf(bytes.subarray(0, end).toString('utf8').split('\0'));
  const rest = bytes.subarray(end + 1);
  switch (facts.kind) {
    case 'file':
      return { ...facts, kind: 'file', bytes: facts.size > mostBytes ? undefined : rest };
    case 'link':
      return { ...facts, kind: 'link', target: rest.toString('utf8') };
    case 'folder': {
      const fields = rest.toString('utf8').split('\0');
      const entries: (FileFacts & { name: string })[] = [];
      for (let i = 0; i + 4 < fields.length; i += 5) {
        entries.push({ name: fields[i] ?? '', ...factsOf(fields.slice(i + 1, i + 4)) });
      }
      return { ...facts, kind: 'folder', entries };
    }
    case 'other':
      return { ...facts, kind: 'other' };
  }
}

/** Throws for an exit code that says what is wrong with the path. */
function refuse(name: string, path: string, answer: Answer): void {
  const data = { workspace: name, path };
  switch (answer.code) {
    case 0:
      return;
    case noFolder:
    case missing:
      throw new AppError('not-found', `There is no ${path} in workspace '${name}'.`, { data });
    case inTheWay:
      throw new AppError('refused', `${path} in workspace '${name}' leads through a link, and none is followed.`, {
        data,
      });
    case notAllowed:
      throw new AppError('refused', `The operator account of workspace '${name}' may not read ${path}.`, { data });
    default:
      throw noAnswer(name, path, answer.complaint);
  }
}

/**
 * What is at a path below a workspace: the bytes of a file, the names in a folder, where a link leads. As the workspace's
 * operator account; no link is followed, no pipe opened, nothing started. `mostBytes` -1: facts only.
 */
export async function lookAt(
  engine: Engine,
  request: { workspace: string; path: string; mostBytes?: number },
  context: OperationContext,
): Promise<Found> {
  const { path, mostBytes = mostFileBytes } = request;
  const { workspace, vm } = await readableWorkspace(engine, request.workspace);
  const answer = await askOperator(
    engine,
    vm,
    workspace,
    {
      script: fileScript,
      args: [workspace.path, path, mostBytes],
      seconds,
      mostBytes: Math.max(mostListBytes, mostBytes + 1024),
    },
    context,
  );
  refuse(workspace.name, path, answer);
  const found = foundOf(answer.bytes, mostBytes);
  if (found === undefined) throw noAnswer(workspace.name, path, answer.complaint);
  return found;
}

/** A file as it was committed, by its id; `bytes` undefined: more than was asked for. */
export async function readBlob(
  engine: Engine,
  request: { workspace: string; repository: string; id: string; path: string; mostBytes?: number },
  context: OperationContext,
): Promise<{ size: number; bytes: Uint8Array | undefined }> {
  const { repository, id, path, mostBytes = mostFileBytes } = request;
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) throw new AppError('invalid', `'${id}' is not the id of a file.`);
  const { workspace, vm } = await readableWorkspace(engine, request.workspace);
  const question = {
    script: blobScript,
    args: [workspace.path, repository, id, mostBytes],
    seconds,
    mostBytes: mostBytes + 64,
  };
  const answer = await askOperator(engine, vm, workspace, question, context);
  refuse(workspace.name, path, answer);
  const end = answer.bytes.indexOf(0);
  const size = Number(answer.bytes.subarray(0, Math.max(0, end)).toString('latin1'));
  if (end < 0 || !Number.isSafeInteger(size)) throw noAnswer(workspace.name, path, answer.complaint);
  return { size, bytes: size > mostBytes ? undefined : answer.bytes.subarray(end + 1) };
}
