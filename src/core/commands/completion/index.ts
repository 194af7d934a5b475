import { type Command, commonParams } from '../command.ts';

export const completionCommands: readonly Command[] = [
  {
    id: 'completion',
    title: 'Set up shell completion',
    summary: 'Print or install shell completion',
    description:
      'Prints the completion script of a shell, or installs it where that shell looks for it. Without SHELL the shell that runs this command is used.',
    examples: [
      'agentworks completion --install',
      'agentworks completion bash > ~/.local/share/bash-completion/completions/agentworks',
      'agentworks completion zsh --uninstall',
    ],
    params: [
      {
        type: 'text',
        position: 'argument',
        name: 'shell',
        help: 'Shell to complete in',
        source: { kind: 'choices', values: ['bash', 'zsh', 'fish', 'powershell'] },
        defaultText: 'the shell you are in',
      },
      { type: 'flag', position: 'option', name: 'install', help: 'Write the script where the shell finds it' },
      { type: 'flag', position: 'option', name: 'uninstall', help: 'Remove what --install has written' },
      commonParams.dryRun,
      commonParams.yes,
    ],
    needs: [],
    effect: 'write',
    run: async (engine, params) => {
      const { runCompletion } = await import('../../completion/service.ts');
      return runCompletion(engine, params);
    },
  },
];
