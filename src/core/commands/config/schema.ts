import type { Command } from '../command.ts';

export const configSchemaCommand: Command = {
  id: 'config.schema',
  title: 'Show JSON Schema of configuration',
  summary: 'Print the JSON Schema of the configuration file',
  params: [],
  needs: [],
  effect: 'read',
  async run() {
    const { configJsonSchema } = await import('../../config/jsonSchema.ts');
    const schema = configJsonSchema();
    return { type: 'text', text: `${JSON.stringify(schema, undefined, 2)}\n`, data: schema };
  },
};
