import type { GroupOfChecks } from '../model.ts';

/** Does an `Include` that reaches our file stand before the first Host or Match? One after them works only inside that block. */
function hasActiveInclude(text: string): boolean {
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z]+)[\s=]+(.*)$/.exec(line) ?? [];
    if (/^(host|match)$/i.test(keyword)) return false;
    if (/^include$/i.test(keyword) && /agentworks|config\.d[/\\]\*/.test(rest)) return true;
  }
  return false;
}

export const sshConfig: GroupOfChecks = {
  name: 'SSH hosts',
  look: async (engine) => {
    const { config } = await engine.config.check();
    if (config === undefined)
      return [{ name: 'Include line', status: 'info', message: 'not checked: no usable configuration' }];
    const path = config.operator.sshConfig;
    if (!config.operator.sshConfigDir)
      return [{ name: 'Include line', status: 'info', message: 'turned off (operator.ssh_config_dir)' }];
    const text = await engine.files.readText(path);
    if (text !== undefined && hasActiveInclude(text)) return [{ name: 'Include line', status: 'ok', message: path }];
    const hint = 'It is written when a VM is created; until then ssh and editors do not know our host names.';
    return [{ name: 'Include line', status: 'info', message: `none in ${path}`, hint }];
  },
};
