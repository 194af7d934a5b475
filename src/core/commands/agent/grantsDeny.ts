import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument, workspacesArgument, workspacesGiven } from './params.ts';

export const agentGrantsDeny: Command = {
  id: 'agent.workspace-grants.deny',
  title: 'Take workspaces from agent',
  summary: 'Take workspaces from an agent',
  description:
    'A running process keeps the access that it began with. So everything of the agent that could still reach the workspace is ended, after asking and naming every session; what cannot be verified stays on record as pending.',
  params: [
    agentArgument,
    workspacesArgument,
    { type: 'flag', position: 'option', name: 'all', help: 'Every workspace; none from now on' },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'destroy',
  async run(engine, params, io) {
    const [{ denyAccess, planDeny }, { partial, reportSkipped }] = await Promise.all([
      import('../../agent/service.ts'),
      import('./grantOutput.ts'),
    ]);
    const request = {
      name: textOf(params, 'name') ?? '',
      workspaces: workspacesGiven(params),
      isAll: isSet(params, 'all'),
      isConfirmed: isSet(params, 'yes'),
    };
    if (isSet(params, 'dryRun')) {
      const { plan, sessions, processes, kept, skipped } = await planDeny(engine, request, io);
      reportSkipped(io.report, skipped);
      const notes = [
        ...(sessions.length > 0 ? [`Sessions that would end: ${sessions.join(', ')}`] : []),
        ...(processes > 0 ? [`${processes} running ${processes === 1 ? 'process' : 'processes'} would end.`] : []),
        ...kept.map((name) => `'${name}' stays open through sessions.`),
      ];
      if (plan === undefined)
        return {
          type: 'message',
          text: 'Nothing would change on the machine',
          details: notes,
          data: { kept, skipped },
        };
      return (await import('../vm/planOutput.ts')).planOutput(plan, notes);
    }
    const { agent, denied, revoked, pending, kept, skipped } = await denyAccess(engine, request, io);
    reportSkipped(io.report, skipped);
    for (const name of kept) {
      io.report({
        type: 'warning',
        text: `Agent '${agent.name}' still reaches '${name}' through its sessions.`,
        hint: 'Delete those sessions to end it.',
      });
    }
    const data = { name: agent.name, denied, revoked, pending, kept, skipped };
    const text = denied.length === 0 ? '' : `Denied: ${denied.join(', ')}`;
    const problems = [...pending.map((one) => `${one.workspace} (pending)`), ...skipped.map((one) => one.workspace)];
    if (problems.length > 0) throw partial(text, problems, data);
    return { type: 'message', text: text === '' ? 'No access had to be taken away on the machine' : text, data };
  },
};
