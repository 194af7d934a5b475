import { nameProblem } from '../../names.ts';
import { type Command, commonParams, type ParamValues } from '../command.ts';
import { camelCase } from '../tree.ts';
import { isSet, text, usage } from './params.ts';

function checkFlags(params: ParamValues): void {
  if (isSet(params, 'admin') && text(params, 'agent') !== undefined)
    throw usage('--admin and --agent exclude each other.');
  if (isSet(params, 'newWorkspace') && text(params, 'workspace') !== undefined) {
    throw usage('--workspace and --new-workspace exclude each other.');
  }
  if (isSet(params, 'newWorkspace')) return;
  for (const { name, needs } of sessionCreate.params) {
    if (needs !== undefined && text(params, camelCase(name)) !== undefined) throw usage(`--${name} needs --${needs}.`);
  }
}

export const sessionCreate: Command = {
  id: 'session.create',
  summary: 'Start a session in a workspace',
  description:
    'A session is one command in a terminal that goes on when nobody looks. It runs as an agent, or with `--admin` as the operator account of the workspace. Everything is checked before anything is touched, and taken back when it fails.\n\nThe command sees `AGENTWORKS_SESSION`, `AGENTWORKS_WORKSPACE`, `AGENTWORKS_WORKSPACE_PATH`, `AGENTWORKS_VM` and, for an agent, `AGENTWORKS_AGENT`.',
  examples: [
    'agentworks session create --name fix --workspace shop --agent claude --template claude',
    'agentworks session create --new-workspace --workspace-template shop --agent claude',
  ],
  params: [
    {
      type: 'text',
      position: 'option',
      name: 'name',
      help: 'Name of the session',
      source: { kind: 'new', of: 'session' },
      isAsked: true,
      validate: (value) => nameProblem('session', value),
    },
    {
      type: 'text',
      position: 'option',
      name: 'workspace',
      help: 'Workspace it runs in',
      source: { kind: 'workspace' },
      isAsked: true,
    },
    {
      type: 'text',
      position: 'option',
      name: 'template',
      help: 'Session template',
      source: { kind: 'sessionTemplate' },
      isAsked: true,
      defaultText: 'default',
    },
    { type: 'flag', position: 'option', name: 'admin', help: "Run as the workspace's operator account" },
    { type: 'text', position: 'option', name: 'agent', help: 'Run as this agent', source: { kind: 'agent' } },
    { type: 'flag', position: 'option', name: 'new-workspace', help: 'Create the workspace first' },
    {
      type: 'text',
      position: 'option',
      name: 'workspace-name',
      help: 'Name of the new workspace',
      validate: (value) => nameProblem('workspace', value),
      defaultText: 'ws-<session>',
      needs: 'new-workspace',
    },
    {
      type: 'text',
      position: 'option',
      name: 'workspace-template',
      help: 'Template of the new workspace',
      source: { kind: 'workspaceTemplate' },
      needs: 'new-workspace',
    },
    {
      type: 'text',
      position: 'option',
      name: 'vm',
      help: 'VM of the new workspace',
      source: { kind: 'vm' },
      needs: 'new-workspace',
    },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    checkFlags(params);
    const [{ createSession }, { planCreate, previewCreate }, { endedAtOnce }] = await Promise.all([
      import('../../session/create.ts'),
      import('../../session/createPlan.ts'),
      import('../../session/start.ts'),
    ]);
    const plan = await planCreate(
      engine,
      {
        name: text(params, 'name'),
        workspace: text(params, 'workspace'),
        template: text(params, 'template'),
        isAdmin: isSet(params, 'admin'),
        agent: text(params, 'agent'),
        newWorkspace: isSet(params, 'newWorkspace')
          ? {
              name: text(params, 'workspaceName'),
              template: text(params, 'workspaceTemplate'),
              vm: text(params, 'vm'),
            }
          : undefined,
      },
      io,
    );
    if (isSet(params, 'dryRun')) {
      const { planOutput } = await import('../vm/planOutput.ts');
      return planOutput(await previewCreate(engine, plan, io), []);
    }
    const { session, started } = await createSession(engine, plan, { isAgreed: isSet(params, 'yes') }, io);
    if (started.end !== undefined && started.end.code !== 0) throw endedAtOnce(session.name, started.end);
    const mode = plan.agent === undefined ? 'admin' : `agent '${plan.agent.name}'`;
    const where = `in workspace '${session.workspaceName}' on VM '${plan.vm.name}' as ${mode} (template '${session.template}')`;
    const hasEnded = started.end !== undefined;
    return {
      type: 'message',
      text: hasEnded
        ? `Session '${session.name}' was started ${where}; its command has ended already, with exit code 0.`
        : `Session '${session.name}' runs ${where}.`,
      details: [
        hasEnded
          ? `What it printed: agentworks session logs ${session.name}`
          : `Attach: agentworks session attach ${session.name}`,
      ],
      data: {
        name: session.name,
        workspace: session.workspaceName,
        vm: plan.vm.name,
        template: session.template,
        mode: session.mode,
        agent: session.agentName ?? null,
        account: session.account,
        status: started.end === undefined ? 'running' : 'exited',
        exitCode: started.end?.code ?? null,
        createdWorkspace: session.createdWorkspace,
      },
    };
  },
};
