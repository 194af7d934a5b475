import type { Command } from '../command.ts';

export const configSample: Command = {
  id: 'config.sample',
  title: 'Show sample configuration',
  summary: 'Print a commented configuration file',
  params: [],
  needs: [],
  effect: 'read',
  async run() {
    const { sampleConfig } = await import('../../config/sample.ts');
    const text = sampleConfig();
    return { type: 'text', text, data: { text } };
  },
};
