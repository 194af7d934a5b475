import { AppError, isAppError } from '../errors.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';

/**
 * While something is being made, a note on the machine holds the token of its row. It tells what an unfinished run
 * of ours made, which may be gone on with or undone, from what was there before, which is left alone. A finished note
 * moves to a second folder and stays: the program may end between the last step there and the record of it here. Nobody
 * but root reads or lists them: the notes name everything that was made, and whoever knows a token could pass for its
 * row. An account that fills what is being made may see that its note is there.
 */
const folder = '/var/lib/agentworks/creating';
const finishedFolder = '/var/lib/agentworks/made';
export const reservationPath = (name: string): string => `${folder}/${name}`;
const partPath = (name: string): string => `${folder}/.${name}.part`;
const finishedPath = (name: string): string => `${finishedFolder}/${name}`;

/** What is noted about steps that were done for one scope. */
const stampsPath = (scope: string): string => `/var/lib/agentworks/stamps/${scope.replace(':', '.')}`;

/** All that is noted about a name and its scope (`workspace:web`); removed when the thing is. */
export const notesOf = (name: string, scope: string): string[] => [
  reservationPath(name),
  partPath(name),
  finishedPath(name),
  stampsPath(scope),
];

/** Equal for the same row in the same state file only. */
export const reservationToken = (vmId: string, createdAt: string): string => `${vmId} ${createdAt}`;

const isOurs = (name: string, token: string): Script =>
  sh`{ [ "$(cat ${reservationPath(name)} 2>/dev/null)" = ${token} ] || [ "$(cat ${finishedPath(name)} 2>/dev/null)" = ${token} ]; }`;

/** Exit status of a step that looked and refuses, in its last line; any other is a look that failed. */
export const refusedStatus = 17;

/**
 * Satisfied while the note is ours; else `free` must hold (or print why not and end with `refusedStatus`) before the
 * note is written. What was noted about an earlier thing of that scope is forgotten: a new one is not filled because
 * the old one was.
 */
export const reserveStep = (name: string, scope: string, token: string, title: string, free: Script): Step => ({
  id: 'names-free',
  title,
  as: 'root',
  check: { script: isOurs(name, token) },
  apply: sh`${insert(free)}
if [ -e ${reservationPath(name)} ]; then
  echo "Another run is making it, or stopped half way."
  exit ${refusedStatus}
fi
mkdir -p -m 0711 -- ${folder}
rm -rf -- ${finishedPath(name)} ${stampsPath(scope)}
umask 077
printf '%s' ${token} >${partPath(name)}
# Empty after a loss of power, it would make what follows nobody's.
sync -- ${partPath(name)}
mv -f -T -- ${partPath(name)} ${reservationPath(name)}
sync -- ${folder}`,
});

/** A name that is not free, in the words of the step that looked; any other failure of a run stays what it is. */
export function takenError(error: unknown, linesOf: (step: string) => readonly string[]): AppError | undefined {
  if (!isAppError(error) || error.data?.step !== 'names-free' || error.data.exit !== refusedStatus) return undefined;
  const { message, hint, data } = error;
  return new AppError('exists', linesOf('names-free').at(-1) ?? message, { hint, cause: error, data });
}

export const releaseStep = (name: string): Step => ({
  id: 'release',
  title: 'Note that it is finished',
  as: 'root',
  check: { script: sh`[ ! -e ${reservationPath(name)} ]` },
  apply: sh`mkdir -p -m 0700 -- ${finishedFolder}
mv -f -T -- ${reservationPath(name)} ${finishedPath(name)}`,
});

/** Prints `yes` when a run with this token made something that is still there. */
export const isReserved = (name: string, token: string): Script =>
  sh`if ${insert(isOurs(name, token))}; then echo yes; fi`;
