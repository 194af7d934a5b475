import type { AgentTemplate, Config } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { environmentSteps } from '../environment/steps.ts';
import { agentUser, operatorUser, workspaceGroup } from '../names.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Recipe, Step } from '../remote/recipe.ts';
import type { Vm } from '../vm/model.ts';
import { configDigestOf } from '../workspace/record.ts';
import { accountSteps, homeOf, removeAccountSteps } from './account.ts';
import { membershipSteps } from './grants.ts';
import { limitWarnings } from './limits.ts';
import { notesOf, refusedStatus, releaseStep, reserveStep } from './reservation.ts';
import { resolvedAgent } from './resolved.ts';
import { idPart } from './stepIds.ts';

export interface AgentRecipeRequest {
  engine: Engine;
  name: string;
  vm: Pick<Vm, 'name' | 'memoryGib'>;
  template: AgentTemplate;
  config: Config;
  keys: readonly string[];
  /** By credential name; a missing one keeps what the machine has. */
  tokens: Readonly<Record<string, string>>;
  /** Workspaces that it may enter. */
  workspaces: readonly string[];
}

const whatIsThere = (user: string): Script => sh`if getent passwd ${user} >/dev/null; then
  echo ${`There already is a Linux user ${user} on the machine, which this program did not make; remove it (userdel), or choose another name.`}
  exit ${refusedStatus}
fi
if getent group ${user} >/dev/null || [ -e ${homeOf(user)} ] || [ -L ${homeOf(user)} ]; then
  echo ${`There already is a group or a home of ${user} on the machine; remove it, or choose another name.`}
  exit ${refusedStatus}
fi`;

/** Groups of workspaces that no grant gives are taken away, whoever added them. */
const noOtherGroupsStep = (user: string, workspaces: readonly string[]): Step => {
  const extra = sh`aw_extra() {
  local group wanted
  for group in $(id -nG ${user}); do
    case "$group" in ws--*) ;; *) continue ;; esac
    for wanted in ${workspaces.map(workspaceGroup)}; do
      if [ "$group" = "$wanted" ]; then continue 2; fi
    done
    printf '%s\n' "$group"
  done
}`;
  return {
    id: 'no-other-groups',
    title: `No workspaces for ${user} beyond its grants`,
    as: 'root',
    needs: ['account'],
    check: {
      script: sh`${insert(extra)}
[ -z "$(aw_extra)" ]`,
    },
    apply: sh`${insert(extra)}
for group in $(aw_extra); do gpasswd -d ${user} "$group" >/dev/null; done`,
  };
};

/** Account, grants and environment; the same for create and reinit. Throws `config` before anything is made. */
async function agentRecipe(
  request: AgentRecipeRequest,
  operation: 'agent-create' | 'agent-reinit',
): Promise<{ recipe: Recipe; warnings: string[] }> {
  const { engine, name, template, config, keys, tokens, workspaces } = request;
  const user = agentUser(name);
  const environment = await environmentSteps({
    user: { linuxUser: user, home: homeOf(user), as: { account: user }, isAdmin: false },
    environment: template,
    config,
    tokens,
    engine,
  });
  return {
    warnings: [...limitWarnings(template, request.vm), ...environment.warnings],
    recipe: {
      operation,
      title: `${operation === 'agent-create' ? 'Create' : 'Reinitialize'} agent ${name}`,
      scope: `agent:${name}`,
      steps: [
        ...accountSteps({ user, shell: template.shell, limits: template, keys, gecos: `Agent ${name}` }),
        ...workspaces.flatMap((workspace) =>
          membershipSteps(user, workspace).map((step) => ({ ...step, isFatal: false, needs: ['account'] })),
        ),
        noOtherGroupsStep(user, workspaces),
        ...environment.steps.map((step) => ({ ...step, needs: ['account', ...(step.needs ?? [])] })),
      ],
      secrets: environment.secrets,
      payloads: environment.payloads,
      subject: {
        kind: 'agent',
        name,
        template: template.name,
        resolved: resolvedAgent(config, template, keys),
        configDigest: await configDigestOf(engine),
      },
    },
  };
}

/** For an agent that is to be made: stops where the user exists already and was not made by this very create. */
export async function createRecipe(
  request: AgentRecipeRequest,
  token: string,
): Promise<{ recipe: Recipe; warnings: string[] }> {
  const { recipe, warnings } = await agentRecipe(request, 'agent-create');
  const user = agentUser(request.name);
  const reserve = reserveStep(
    user,
    `agent:${request.name}`,
    token,
    `Check that the name ${request.name} is free`,
    whatIsThere(user),
  );
  return { recipe: { ...recipe, steps: [reserve, ...recipe.steps, releaseStep(user)] }, warnings };
}

export const reinitRecipe = (request: AgentRecipeRequest): Promise<{ recipe: Recipe; warnings: string[] }> =>
  agentRecipe(request, 'agent-reinit');

const recordsStep = (name: string): Step => {
  const paths = notesOf(agentUser(name), `agent:${name}`);
  return {
    id: 'agent-records-removed',
    title: 'Remove what was noted about it',
    as: 'root',
    check: { script: sh`for path in ${paths}; do [ ! -e "$path" ] || exit 1; done` },
    apply: sh`rm -rf -- ${paths}`,
  };
};

/** Takes back a create that did not finish. */
export const undoRecipe = (name: string): Recipe => ({
  operation: 'agent-undo',
  title: `Undo agent ${name}`,
  scope: `agent:${name}`,
  steps: [...removeAccountSteps(agentUser(name)), recordsStep(name)],
});

/**
 * Gives the files that the account owns in a workspace to its operator account. Others can still write there, so
 * each file is changed from within its own folder, links themselves and not what they name, and only while it still
 * belongs to the account.
 */
const reownStep = (user: string, workspace: { name: string; path: string }, adminUser: string): Step => {
  const { name, path } = workspace;
  const group = workspaceGroup(name);
  const isGone = sh`! getent passwd ${user} >/dev/null`;
  return {
    id: `reown-${idPart(name)}`,
    title: `Give files of ${user} in ${name} to the operator`,
    as: 'root',
    isFatal: false,
    timeoutSeconds: 1800,
    check: {
      script: sh`${insert(isGone)} || [ ! -d ${path} ] || [ -L ${path} ] || [ -z "$(find ${path} -xdev \( -uid "$(id -u ${user})" -o -gid "$(id -g ${user})" \) -print -quit)" ]`,
    },
    apply: sh`uid=$(id -u ${user})
gid=$(id -g ${user})
owner=${operatorUser(name)}
getent passwd "$owner" >/dev/null || owner=${adminUser}
find ${path} -xdev -uid "$uid" -execdir chown -h --from="$uid" -- "$owner:"${group} {} +
find ${path} -xdev -gid "$gid" -execdir chown -h --from=":$gid" -- ":"${group} {} +`,
  };
};

/** Files in folders that everybody can write are removed by the account itself. */
const leftoversStep = (user: string): Step => ({
  id: 'account-leftovers',
  title: `Remove temporary files of ${user}`,
  as: { account: user },
  checkAs: 'root',
  isFatal: false,
  timeoutSeconds: 300,
  check: {
    script: sh`! getent passwd ${user} >/dev/null || [ -z "$(find /tmp /var/tmp /dev/shm -xdev -user ${user} -print -quit 2>/dev/null)" ]`,
  },
  apply: sh`find /tmp /var/tmp /dev/shm -xdev -user ${user} -delete 2>/dev/null || true`,
});

/** Removes an agent from the machine; the work it left in workspaces stays there. */
export function deleteRecipe(
  name: string,
  workspaces: readonly { name: string; path: string }[],
  adminUser: string,
): Recipe {
  const user = agentUser(name);
  return {
    operation: 'agent-delete',
    title: `Delete agent ${name}`,
    scope: `agent:${name}`,
    endsEarlier: true,
    steps: [
      ...removeAccountSteps(user).flatMap((step) =>
        step.id === 'account-files'
          ? [leftoversStep(user), ...workspaces.map((one) => reownStep(user, one, adminUser)), step]
          : [step],
      ),
      recordsStep(name),
    ],
  };
}
