import type { Command } from '../command.ts';

/** Not `serve`: the name that editors' set-up pages use for such servers. */
export const lspCommands: readonly Command[] = [
  {
    id: 'lsp',
    title: 'Run language server',
    summary: 'Run the language server for config.toml',
    description:
      'Editors start this and talk to it over stdin and stdout; see the guide on editors. It ends when its stdin does.',
    examples: ['agentworks lsp --stdio'],
    params: [
      {
        type: 'flag',
        position: 'option',
        name: 'stdio',
        help: 'Talk over stdin and stdout, the only way there is; taken because editors pass it',
      },
    ],
    needs: [],
    effect: 'read',
    isInteractive: true,
    isForPrograms: true,
    async run(engine, _params, io) {
      if (io.serveLanguage === undefined) {
        const { AppError } = await import('../../errors.ts');
        throw new AppError('unsupported', 'There is no language server in this program.');
      }
      return { type: 'exit', code: await io.serveLanguage(engine) };
    },
  },
];
