import type { Command } from '../command.ts';
import { textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

const shown = (value: unknown): string => (value === undefined ? '(unset)' : JSON.stringify(value));

export const agentDiff: Command = {
  id: 'agent.diff',
  title: 'Compare agent with configuration',
  summary: 'Show what reinit would change, and why',
  params: [agentArgument],
  needs: ['config', 'state'],
  effect: 'read',
  async run(engine, params, io) {
    const { diffAgent } = await import('../../agent/service.ts');
    const diff = await diffAgent(engine, textOf(params, 'name') ?? '', io);
    const { drift } = diff;
    return {
      type: 'record',
      title: `Agent ${diff.agent}`,
      sections: [
        {
          title: diff.appliedAt === undefined ? 'Configuration' : `Configuration since ${diff.appliedAt}`,
          lines: diff.configuration.map(({ key, before, after }) => `${key}: ${shown(before)} -> ${shown(after)}`),
          empty: diff.appliedAt === undefined ? '(never applied by this program)' : '(unchanged)',
        },
        drift.status === 'unknown'
          ? { title: 'On the machine', lines: [], empty: `(not known: ${drift.reason})` }
          : {
              title: 'On the machine',
              lines: drift.steps.map(
                (step) => `${step.title}  (${step.status === 'depends' ? 'checked after that' : 'would change'})`,
              ),
              empty: '(everything is as it should be)',
            },
        ...(diff.warnings.length > 0 ? [{ title: 'Warnings', lines: diff.warnings }] : []),
      ],
      data: diff,
    };
  },
};
