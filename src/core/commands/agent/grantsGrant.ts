import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument, workspacesArgument, workspacesGiven } from './params.ts';

export const agentGrantsGrant: Command = {
  id: 'agent.workspace-grants.grant',
  title: 'Grant workspaces to agent',
  summary: 'Let an agent into workspaces',
  params: [
    agentArgument,
    workspacesArgument,
    { type: 'flag', position: 'option', name: 'all', help: 'Every workspace of its VM, those to come included' },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const [{ grantAccess, planGrant }, { partial, reportSkipped }] = await Promise.all([
      import('../../agent/service.ts'),
      import('./grantOutput.ts'),
    ]);
    const request = {
      name: textOf(params, 'name') ?? '',
      workspaces: workspacesGiven(params),
      isAll: isSet(params, 'all'),
    };
    if (isSet(params, 'dryRun')) {
      const { plan, skipped } = await planGrant(engine, request, io);
      reportSkipped(io.report, skipped);
      if (plan === undefined) return { type: 'message', text: 'Nothing would change', data: { skipped } };
      return (await import('../vm/planOutput.ts')).planOutput(plan, []);
    }
    const { agent, granted, skipped } = await grantAccess(engine, request, io);
    reportSkipped(io.report, skipped);
    const data = { name: agent.name, granted, skipped, grantAll: request.isAll || agent.grantAll };
    const text = granted.length === 0 ? '' : `Granted: ${granted.join(', ')}`;
    if (skipped.length > 0)
      throw partial(
        text,
        skipped.map((one) => one.workspace),
        data,
      );
    const all = request.isAll ? [`Agent '${agent.name}' gets every workspace of VM '${agent.vmName}' from now on`] : [];
    return { type: 'message', text: text === '' ? 'There is no workspace yet' : text, details: all, data };
  },
};
