import type { CommandIo } from '../commands/command.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { command, encoded, insert, type Script, sh } from '../remote/quote.ts';
import { accountLine } from '../remote/slice.ts';
import type { Ended } from '../ssh/interactive.ts';
import { streamOnVm } from '../vm/exec.ts';
import { loginAs } from '../vm/login.ts';
import { ensureRunning, requireUsableVm, upVm } from '../vm/lookup.ts';
import { requireVmWorkspace } from '../workspace/lookup.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import { grantedWorkspaces } from './grants.ts';
import { requireReadyAgent } from './lookup.ts';
import type { Agent } from './model.ts';
import { listGrants } from './rows.ts';

/** The workspace, which the agent must be let into. */
export async function grantedWorkspace(engine: Engine, agent: Agent, name: string): Promise<VmWorkspace> {
  const workspace = await requireVmWorkspace(engine, name);
  const granted = grantedWorkspaces(await engine.database.read((r) => listGrants(r, { agent: agent.name })));
  if (workspace.vmName === agent.vmName && granted.includes(name)) return workspace;
  throw new AppError('refused', `Agent '${agent.name}' may not enter workspace '${name}'.`, {
    hint:
      workspace.vmName === agent.vmName
        ? `Let it in: agentworks agent workspace-grants grant ${agent.name} ${name}`
        : `The workspace is on VM '${workspace.vmName}', the agent on '${agent.vmName}'.`,
  });
}

/** A login shell as the agent itself, by its own login where it has one. `mayStart`: a stopped VM is started. */
export async function shellAsAgent(
  engine: Engine,
  request: { name: string; workspace: string | undefined; mayStart: boolean },
  context: OperationContext,
): Promise<Ended> {
  const agent = await requireReadyAgent(engine, request.name);
  const workspace =
    request.workspace === undefined ? undefined : await grantedWorkspace(engine, agent, request.workspace);
  const vm = await upVm(engine, await requireUsableVm(engine, agent.vmName), request.mayStart, context);
  const enter = workspace === undefined ? sh`` : sh`cd -- ${workspace.path} || exit 126; `;
  const { attachTerminal } = await import('../ssh/interactive.ts');
  const shell = sh`${insert(enter)}exec "\${SHELL:-/bin/bash}" -l`;
  return attachTerminal(engine, vm, await loginAs(engine, vm, agent.linuxUser, shell, context));
}

export interface AgentExecRequest {
  name: string;
  words: readonly string[];
  workspace: string | undefined;
}

/**
 * The command line: the admin's connection drops to the agent, whose login shell runs the words. One argument is the
 * operator's own shell text; several are a program and its arguments. Without a workspace it starts in the home.
 */
export function execScript(linuxUser: string, words: readonly string[], folder: string | undefined): Script {
  const given = words[0] === '--' ? words.slice(1) : words;
  const [first] = given;
  if (first === undefined || given.every((word) => word === '')) {
    throw new AppError('usage', 'No command was given.', { hint: 'For example: agentworks agent exec NAME uptime' });
  }
  if (first.startsWith('-')) {
    throw new AppError('usage', `'${first}' stands behind the name, so it is taken for the command.`, {
      hint: 'Options go before the name: agentworks agent exec --workspace web coder ls',
    });
  }
  const enter = folder === undefined ? sh`cd` : sh`cd -- ${folder} || exit 126`;
  const text = given.length === 1 ? first : command(given);
  const inner = sh`${insert(enter)}
exec "\${SHELL:-/bin/sh}" -l -c ${text}`;
  return accountLine(linuxUser, encoded(inner));
}

/** Runs it with the caller's streams; the command's exit code is returned, whatever it is. */
export async function execAsAgent(engine: Engine, request: AgentExecRequest, io: CommandIo): Promise<number> {
  const agent = await requireReadyAgent(engine, request.name);
  const workspace =
    request.workspace === undefined ? undefined : await grantedWorkspace(engine, agent, request.workspace);
  const script = execScript(agent.linuxUser, request.words, workspace?.path);
  const vm = await ensureRunning(engine, await requireUsableVm(engine, agent.vmName), io);
  return streamOnVm(engine, vm, script, io);
}
