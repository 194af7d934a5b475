import { type Command, commonParams } from '../command.ts';
import { hostChangesOf, hostChangesParam, isSet, textOf, vmArgument } from './params.ts';

export const vmReinit: Command = {
  id: 'vm.reinit',
  title: 'Reinitialize VM',
  summary: 'Bring a VM to what the configuration says today',
  description:
    'Every step is checked first; what holds already is left alone. Git tokens on the machine are kept; only missing ones are asked for.',
  params: [
    vmArgument,
    { type: 'flag', position: 'option', name: 'rotate-tokens', help: 'Ask for every Git token again' },
    hostChangesParam,
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const name = textOf(params, 'name') ?? '';
    const { planReinit, reinitVm } = await import('../../vm/service.ts');
    if (isSet(params, 'dryRun')) {
      const [{ plan, warnings }, { planOutput }] = await Promise.all([
        planReinit(engine, name, io),
        import('./planOutput.ts'),
      ]);
      return planOutput(plan, warnings);
    }
    const request = { name, rotateTokens: isSet(params, 'rotateTokens'), hostChanges: hostChangesOf(params) };
    const { init, warnings, result } = await reinitVm(engine, request, io);
    const changed = result.steps.filter((step) => step.status === 'changed').length;
    return {
      type: 'message',
      text: init === 'partial' ? `VM '${name}' reinitialized with warnings, see above` : `VM '${name}' reinitialized`,
      details: [
        changed === 0 ? 'Nothing had to be changed' : `${changed} of ${result.steps.length} steps changed something`,
        ...(init === 'partial' && result.logPath !== undefined ? [`Log: ${result.logPath}`] : []),
      ],
      data: { name, init, warnings, steps: result.steps, operation: result.operationId, log: result.logPath ?? null },
    };
  },
};
