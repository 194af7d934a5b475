import type { Command } from '../command.ts';
import type { Section } from '../output.ts';
import { textOf, vmArgument } from './params.ts';

const shown = (value: unknown): string => (value === undefined ? '(unset)' : JSON.stringify(value));

export const vmDiff: Command = {
  id: 'vm.diff',
  title: 'Compare VM with configuration',
  summary: 'Show what reinit would change, and why',
  params: [vmArgument],
  needs: ['config', 'state'],
  effect: 'read',
  async run(engine, params, io) {
    const { diffVm } = await import('../../vm/service.ts');
    const diff = await diffVm(engine, textOf(params, 'name') ?? '', io);
    const drift: Section =
      diff.drift.status === 'unknown'
        ? { title: 'On the machine', lines: [], empty: `(not known: ${diff.drift.reason})` }
        : {
            title: 'On the machine',
            lines: diff.drift.steps.map(
              (step) => `${step.title}  (${step.status === 'depends' ? 'checked after that' : 'would change'})`,
            ),
            empty: '(everything is as it should be)',
          };
    return {
      type: 'record',
      title: `VM ${diff.vm}`,
      sections: [
        {
          title: diff.appliedAt === undefined ? 'Configuration' : `Configuration since ${diff.appliedAt}`,
          lines: diff.configuration.map(({ key, before, after }) => `${key}: ${shown(before)} -> ${shown(after)}`),
          empty: diff.appliedAt === undefined ? '(never applied by this program)' : '(unchanged)',
        },
        drift,
        ...(diff.warnings.length > 0 ? [{ title: 'Warnings', lines: diff.warnings }] : []),
      ],
      data: diff,
    };
  },
};
