import { type Command, commonParams } from '../command.ts';

export const syncVscodeWorkspaces: Command = {
  id: 'config.sync-vscode-workspaces',
  title: 'Rewrite .code-workspace files',
  summary: 'Rewrite the .code-workspace files of all workspaces on VMs',
  description:
    'Our folder entry and `remoteAuthority` are brought up to date, your settings and other folders stay. Files of ' +
    'workspaces that are gone are removed if we wrote them. No machine is contacted.',
  examples: ['agentworks config sync-vscode-workspaces --dry-run'],
  params: [commonParams.dryRun, commonParams.yes],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const { syncCodeWorkspaces } = await import('../../workspace/syncCodeWorkspaces.ts');
    const isDryRun = params.dryRun === true;
    const sync = await syncCodeWorkspaces(engine, { isDryRun }, io);
    for (const name of sync.asAdmin) {
      io.report({
        type: 'warning',
        text: `The window of workspace '${name}' opens as the admin, who obeys what agents left in its folder.`,
        hint: `Make its operator account: agentworks workspace repair ${name}`,
      });
    }
    const data = { ...sync, isDryRun };
    if (sync.files.length === 0 && sync.removed.length === 0) {
      return { type: 'message', text: 'There is no workspace on a VM.', data };
    }
    const count = sync.files.filter((file) => file.status === 'written').length;
    const words = {
      written: isDryRun ? ' (would be written)' : '',
      unchanged: ' (unchanged)',
      left: ' (left as it is)',
    };
    return {
      type: 'message',
      text: `${isDryRun ? 'Would write' : 'Wrote'} ${count} of ${sync.files.length} files in ${sync.folder}.`,
      details: [
        ...sync.files.map((file) => `${file.workspace} -> ${file.path}${words[file.status]}`),
        ...sync.removed.map((path) => `${path} (${isDryRun ? 'would be removed' : 'removed'}: its workspace is gone)`),
      ],
      data,
    };
  },
};
