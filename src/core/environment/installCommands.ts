import { createHash } from 'node:crypto';
import type { InstallCommand } from '../config/model.ts';
import { AppError } from '../errors.ts';
import { insert, sh } from '../remote/quote.ts';
import type { Check, RunAs, Step } from '../remote/recipe.ts';
import { findLoginShell, inHome, stepPart } from './user.ts';

/** Installers download whole tool chains onto slow machines. */
const installerTimeoutSeconds = 1800;

/** The selected entries in order; an unknown name throws `config` before anything is changed. */
export function selectCommands(
  catalog: ReadonlyMap<string, InstallCommand>,
  names: readonly string[],
  section: string,
): InstallCommand[] {
  return names.map((name) => {
    const entry = catalog.get(name);
    if (entry === undefined) {
      throw new AppError('config', `${section} references unknown entry '${name}'.`, {
        hint: 'See what there is: agentworks installer list',
      });
    }
    return entry;
  });
}

/** One rule for everybody: the account's login shell says whether a program is there. */
function checkOf(entry: InstallCommand, home: string): Check {
  const { test } = entry;
  if (test === undefined) {
    return { stamp: createHash('sha256').update(entry.command).digest('hex') };
  }
  if (test.kind === 'exec') {
    return {
      script: sh`${insert(findLoginShell)}
timeout 20 "$aw_shell" -lc ${sh`command -v ${test.value}`} >/dev/null 2>&1`,
    };
  }
  const path = inHome(test.value, home);
  return { script: test.kind === 'file' ? sh`[ -f ${path} ]` : sh`[ -d ${path} ]` };
}

/** The operator's own command lines, each run by the account's login shell; failures are warnings. */
export function installCommandSteps(
  kind: 'system' | 'user',
  entries: readonly InstallCommand[],
  user: { as: RunAs; home: string },
): Step[] {
  return entries.map((entry) => ({
    id: `${kind}-install-${stepPart(entry.name)}`,
    title: `Run ${kind} install command ${entry.name}`,
    as: user.as,
    isFatal: false,
    timeoutSeconds: installerTimeoutSeconds,
    check: checkOf(entry, user.home),
    apply: sh`${insert(findLoginShell)}
"$aw_shell" -lc ${entry.command}`,
  }));
}
