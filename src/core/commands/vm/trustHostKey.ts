import type { HostKeyChange } from '../../ssh/trustHostKey.ts';
import { type Command, commonParams } from '../command.ts';
import { isSet, textOf, vmArgument } from './params.ts';

const titles: Record<HostKeyChange['status'], (name: string) => string> = {
  unchanged: (name) => `VM '${name}' shows the host key that is trusted already`,
  changed: (name) => `VM '${name}' is trusted with its new host key`,
  'would-change': (name) => `VM '${name}' shows another host key than the trusted one`,
};

export const vmTrustHostKey: Command = {
  id: 'vm.trust-host-key',
  title: 'Trust host key of VM',
  summary: 'Trust the host key that a VM shows now, after you have compared it',
  description:
    'For a machine that was made again, or whose keys were changed on purpose. Shows the fingerprint that was trusted ' +
    'and the one that the machine shows, and asks; nothing is sent to the machine but the question for its key.\n\n' +
    'Without a terminal the fingerprint that you expect is the answer: `--host-key`. `--yes` alone trusts nothing.',
  examples: [
    'agentworks vm trust-host-key lab --dry-run',
    'agentworks vm trust-host-key lab --host-key SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ],
  params: [
    vmArgument,
    { type: 'text', position: 'option', name: 'host-key', help: 'Fingerprint or public key that you expect' },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const { trustHostKey } = await import('../../ssh/trustHostKey.ts');
    const name = textOf(params, 'name') ?? '';
    const hostKey = textOf(params, 'hostKey');
    const isDryRun = isSet(params, 'dryRun');
    if (isSet(params, 'yes') && hostKey === undefined && !isDryRun) {
      const { AppError } = await import('../../errors.ts');
      throw new AppError('needs-input', '--yes does not trust a host key; --host-key is required with it.', {
        hint: `See both fingerprints: agentworks vm trust-host-key ${name} --dry-run`,
      });
    }
    const change = await trustHostKey(engine, { name, hostKey, isDryRun }, io);
    return {
      type: 'message',
      text: titles[change.status](name),
      details: [`Until now: ${change.pinned.join(', ') || 'none'}`, `It shows:  ${change.offered} (${change.type})`],
      data: { vm: name, ...change },
    };
  },
};
