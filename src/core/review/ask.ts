import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import { containedScript, noSuchAccount } from '../remote/contained.ts';
import type { Script } from '../remote/quote.ts';
import { stripControls } from '../text.ts';
import { requireReachableVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { powerOf } from '../vm/power.ts';
import { requireVmWorkspace } from '../workspace/lookup.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { hasOperator } from '../workspace/operator.ts';

const unpack = promisify(gunzip);

/** A workspace whose machine can be asked by its operator account. Throws with the next step; starts nothing. */
export async function readableWorkspace(engine: Engine, name: string): Promise<{ workspace: VmWorkspace; vm: Vm }> {
  const workspace = await requireVmWorkspace(engine, name);
  const vm = await requireReachableVm(engine, workspace.vmName);
  if (!hasOperator(vm, name)) throw noOperator(name);
  if ((await powerOf(engine, vm)).status === 'stopped') {
    throw new AppError('unreachable', `VM '${vm.name}' is stopped.`, {
      hint: `Start it: agentworks vm start ${vm.name}`,
      data: { vm: vm.name },
    });
  }
  return { workspace, vm };
}

/** Without the account nobody can look, and nobody with more rights may. */
const noOperator = (name: string): AppError =>
  new AppError('refused', `Workspace '${name}' has no operator account yet, as which it is looked at.`, {
    hint: `Make it: agentworks workspace repair ${name}`,
    data: { workspace: name },
  });

export interface Question {
  script: Script;
  args: readonly (string | number)[];
  seconds: number;
  mostBytes: number;
}

export interface Answer {
  code: number;
  bytes: Buffer;
  /** The last line that was complained, harmless. */
  complaint: string;
}

export const lastLine = (text: string): string => stripControls(text.trim().split('\n').at(-1) ?? '').slice(0, 200);

/** Has the operator account of a workspace look at what is there; one round trip. Non-zero exits are answers. */
export async function askOperator(
  engine: Engine,
  vm: Vm,
  workspace: Pick<VmWorkspace, 'name'>,
  { script, args, seconds, mostBytes }: Question,
  context: OperationContext,
): Promise<Answer> {
  const { name } = workspace;
  const result = await engine.machines.query(
    vm,
    containedScript({ account: operatorUser(name), seconds, script, args, mostBytes }),
    { as: 'root', timeoutMs: (seconds + 10) * 1000 },
    context,
  );
  if (result.code === noSuchAccount) throw noOperator(name);
  const late = result.code === 137 || result.code === 124;
  if (late) {
    throw new AppError('timeout', `Workspace '${name}' could not be looked at within ${seconds} s.`, {
      hint: 'Something large or endless may be in its way: look yourself, in a shell of the workspace.',
      data: { workspace: name },
    });
  }
  const packed = Buffer.from(result.stdout, 'base64');
  // More than was asked for is no answer of ours.
  const bytes = await unpack(packed, { maxOutputLength: mostBytes + 1 }).catch(() => Buffer.alloc(0));
  return { code: result.code, bytes, complaint: lastLine(result.stderr) };
}

/** The answer is not what was asked for. */
export const noAnswer = (name: string, what: string, complaint: string): AppError =>
  new AppError('remote-failed', `${what} of workspace '${name}' could not be read.`, {
    hint: complaint === '' ? 'Look yourself, in a shell of the workspace.' : `It said: ${complaint}`,
    data: { workspace: name },
  });
