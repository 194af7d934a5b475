import type { Command } from '../command.ts';

export const configPath: Command = {
  id: 'config.path',
  title: 'Show where configuration is',
  summary: 'Print where the configuration file is',
  params: [],
  needs: [],
  effect: 'read',
  async run(engine) {
    const { path } = engine.config;
    const exists = (await engine.files.info(path)) !== undefined;
    return { type: 'text', text: `${path}\n`, data: { path, exists } };
  },
};
