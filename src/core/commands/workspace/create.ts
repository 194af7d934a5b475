import { nameProblem } from '../../names.ts';
import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';

export const workspaceCreate: Command = {
  id: 'workspace.create',
  summary: 'Create a workspace on a VM, or on this machine',
  description:
    'On a VM: a folder with a Linux group of its own, an operator account that can enter it and nothing else, and a clone when there is a repository. `--repo` is an HTTPS URL, or the path of a Git repository on this machine, whose commits travel over the connection. Agents that get every workspace are let in.\n\nA create that fails or is cancelled leaves nothing behind; the same command can be run again.',
  examples: [
    'agentworks workspace create --name web --vm dev --repo https://github.com/acme/web.git --branch main',
    'agentworks workspace create --name web --repo ~/src/web',
    'agentworks workspace create --name notes --local',
  ],
  params: [
    {
      type: 'text',
      position: 'option',
      name: 'name',
      help: 'Name of the workspace',
      source: { kind: 'new', of: 'workspace' },
      isAsked: true,
      validate: (value) => nameProblem('workspace', value),
    },
    { type: 'text', position: 'option', name: 'vm', help: 'VM to make it on', source: { kind: 'vm' }, isAsked: true },
    { type: 'flag', position: 'option', name: 'local', help: 'Make it on this machine' },
    {
      type: 'text',
      position: 'option',
      name: 'template',
      help: 'Workspace template',
      defaultText: 'default',
      source: { kind: 'workspaceTemplate' },
      isAsked: true,
    },
    {
      type: 'text',
      position: 'option',
      name: 'repo',
      help: 'HTTPS URL or local path of a repository; instead of the template’s',
      source: { kind: 'path' },
      isAsked: true,
    },
    { type: 'text', position: 'option', name: 'branch', help: 'Branch or tag to check out' },
    { type: 'flag', position: 'option', name: 'open-vscode', help: 'Open it in VS Code' },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const service = await import('../../workspace/service.ts');
    const { workspaceData } = await import('../../workspace/view.ts');
    const request = {
      name: textOf(params, 'name'),
      vm: textOf(params, 'vm'),
      isLocal: isSet(params, 'local'),
      template: textOf(params, 'template'),
      repo: textOf(params, 'repo'),
      branch: textOf(params, 'branch'),
    };
    if (isSet(params, 'dryRun')) {
      if (request.isLocal) {
        const { workspace } = await service.planLocal(engine, request, io);
        return {
          type: 'message',
          text: `Would make ${workspace.path}${workspace.repo === undefined ? '' : `, cloned from ${workspace.repo}`}`,
          data: { workspace: workspaceData(workspace) },
        };
      }
      const { planOutput } = await import('../vm/planOutput.ts');
      return planOutput(await service.planWorkspace(engine, request, io), []);
    }
    const made = await service.createWorkspace(engine, request, io);
    const { name, path, vmName } = made.workspace;
    if (isSet(params, 'openVscode')) {
      const { openInEditor } = await import('../../workspace/editor.ts');
      await openInEditor(engine, [made.codeWorkspace ?? path], io);
    }
    return {
      type: 'message',
      text: `Workspace '${name}' created${vmName === undefined ? '' : ` on VM '${vmName}'`}: ${path}`,
      details: [
        ...(made.agents.length > 0 ? [`Agents with access: ${made.agents.join(', ')}`] : []),
        ...(made.codeWorkspace === undefined ? [] : [`VS Code: ${made.codeWorkspace}`]),
        ...(vmName === undefined ? [] : [`Next: agentworks session create --workspace ${name}`]),
      ],
      data: {
        workspace: workspaceData(made.workspace),
        agents: made.agents,
        codeWorkspace: made.codeWorkspace ?? null,
        warnings: made.warnings,
      },
    };
  },
};
