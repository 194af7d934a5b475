import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentReinit: Command = {
  id: 'agent.reinit',
  title: 'Reinitialize agent',
  summary: 'Bring an agent to what its template and grants say today',
  description:
    'Every step is checked first; what holds already is left alone. Running sessions are not touched. Git tokens on the machine are kept; only missing ones are asked for.',
  params: [
    agentArgument,
    { type: 'flag', position: 'option', name: 'rotate-tokens', help: 'Ask for every Git token again' },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const name = textOf(params, 'name') ?? '';
    const { planReinit, reinitAgent } = await import('../../agent/service.ts');
    if (isSet(params, 'dryRun')) {
      const [{ plan, warnings }, { planOutput }] = await Promise.all([
        planReinit(engine, name, io),
        import('../vm/planOutput.ts'),
      ]);
      return planOutput(plan, warnings);
    }
    const request = { name, rotateTokens: isSet(params, 'rotateTokens') };
    const { result, warnings, isolation } = await reinitAgent(engine, request, io);
    const changed = result.steps.filter((step) => step.status === 'changed').length;
    return {
      type: 'message',
      text: `Agent '${name}' reinitialized${warnings.length > 0 ? ' with warnings, see above' : ''}`,
      details: [
        changed === 0 ? 'Nothing had to be changed' : `${changed} of ${result.steps.length} steps changed something`,
        ...(isolation === undefined ? [] : [`Isolation: ${isolation.summary}`]),
      ],
      data: {
        name,
        warnings,
        steps: result.steps,
        operation: result.operationId,
        log: result.logPath ?? null,
        isolation: isolation ?? null,
      },
    };
  },
};
