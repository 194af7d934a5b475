import { nameProblem } from '../../names.ts';
import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';

export const agentCreate: Command = {
  id: 'agent.create',
  summary: 'Create an agent: an unprivileged Linux user on a VM',
  description:
    'The user gets a home that nobody else can read, no sudo and no password, and the environment of its template. It can enter workspaces that it is granted, and no others. A create that fails or is cancelled leaves nothing behind.',
  examples: [
    'agentworks agent create --name coder --vm dev',
    'agentworks agent create --name coder --grant-all-workspaces',
  ],
  params: [
    {
      type: 'text',
      position: 'option',
      name: 'name',
      help: 'Name of the agent',
      source: { kind: 'new', of: 'agent' },
      isAsked: true,
      validate: (value) => nameProblem('agent', value),
    },
    { type: 'text', position: 'option', name: 'vm', help: 'VM to make it on', source: { kind: 'vm' }, isAsked: true },
    {
      type: 'text',
      position: 'option',
      name: 'template',
      help: 'Agent template',
      defaultText: 'default',
      source: { kind: 'agentTemplate' },
      isAsked: true,
    },
    {
      type: 'flag',
      position: 'option',
      name: 'grant-all-workspaces',
      help: 'Let it into every workspace of the VM, those to come included',
    },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const { createAgent, planAgent } = await import('../../agent/service.ts');
    const request = {
      name: textOf(params, 'name'),
      vm: textOf(params, 'vm'),
      template: textOf(params, 'template'),
      grantAll: isSet(params, 'grantAllWorkspaces'),
    };
    if (isSet(params, 'dryRun')) {
      const [{ plan, warnings }, { planOutput }] = await Promise.all([
        planAgent(engine, request, io),
        import('../vm/planOutput.ts'),
      ]);
      return planOutput(plan, warnings);
    }
    const { agent, workspaces, warnings, isolation } = await createAgent(engine, request, io);
    return {
      type: 'message',
      text: `Agent '${agent.name}' created on VM '${agent.vmName}'${warnings.length > 0 ? ' with warnings, see above' : ''}`,
      details: [
        `Linux user: ${agent.linuxUser}`,
        workspaces.length > 0
          ? `Workspaces: ${workspaces.join(', ')}`
          : `Let it into a workspace: agentworks agent workspace-grants grant ${agent.name} WORKSPACE`,
        ...(isolation === undefined ? [] : [`Isolation: ${isolation.summary}`]),
      ],
      data: {
        name: agent.name,
        vm: agent.vmName,
        linuxUser: agent.linuxUser,
        uid: agent.uid ?? null,
        template: agent.template,
        grantAll: agent.grantAll,
        workspaces,
        warnings,
        isolation: isolation ?? null,
      },
    };
  },
};
