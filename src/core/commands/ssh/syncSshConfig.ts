import { type Command, commonParams } from '../command.ts';

export const syncSshConfig: Command = {
  id: 'config.sync-ssh-config',
  title: 'Rewrite SSH aliases',
  summary: 'Rewrite the SSH aliases of VMs and workspaces',
  description:
    'Writes an entry for every reachable VM (its admin) and for every workspace on it (its operator account), in a ' +
    'file of its own that one Include line of your SSH configuration reaches. No machine is contacted. Other verbs ' +
    'do this by themselves; it is needed after you changed a file or `operator.ssh_host_prefix` by hand. `--remove` is for before you uninstall the program; the next verb that changes a VM would write them again.',
  examples: ['agentworks config sync-ssh-config --check'],
  params: [
    commonParams.dryRun,
    commonParams.yes,
    { type: 'flag', position: 'option', name: 'remove', help: 'Take the aliases and the Include line out again' },
    { type: 'flag', position: 'option', name: 'check', help: 'Like --dry-run, and exit 1 if something would change' },
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const { syncHostsFile } = await import('../../ssh/hostsFile.ts');
    const check = params.check === true || params.dryRun === true;
    const remove = params.remove === true;
    const { aliases, changes } = await syncHostsFile(engine, { check, remove });
    const data = { aliases, upToDate: changes.length === 0, changed: changes.map(({ path }) => path) };
    if (!check && !remove) {
      const { followAliases } = await import('../../ssh/codeWorkspaces.ts');
      await followAliases(engine, io);
    }
    if (changes.length === 0) {
      return { type: 'message', text: `The SSH configuration is up to date (${aliases.length} aliases).`, data };
    }
    if (!check) {
      const text = remove ? 'Took the SSH aliases out.' : `Wrote ${aliases.length} SSH aliases.`;
      return { type: 'message', text, details: data.changed, data };
    }
    const { diffText } = await import('../../ssh/diffText.ts');
    const text = changes.map((change) => diffText(change.path, change.before ?? '', change.after ?? '')).join('');
    return { type: 'text', text, data, exitCode: params.check === true ? 1 : 0 };
  },
};
