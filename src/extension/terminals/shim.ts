import { sh } from '../../core/remote/quote.ts';
import { programNames } from '../ids.ts';

export interface ShimParts {
  /** Program of the editor that runs JavaScript. */
  execPath: string;
  /** The CLI that the extension brings. */
  program: string;
}

const gone = 'agentworks: the editor or its Agentworks extension is gone, to which this command belonged.';

/** Runs the bundled CLI with the editor's own program, whatever is in the paths. */
export const posixShim = ({ execPath, program }: ShimParts): string => sh`#!/bin/sh
# Written by the Agentworks extension, again at each update of it.
if [ ! -x ${execPath} ] || [ ! -f ${program} ]; then
  echo ${gone} >&2
  exit 127
fi
ELECTRON_RUN_AS_NODE=1 exec ${execPath} ${program} "$@"
`;

/** `cmd` reads `%` as the beginning of a variable; `"` is in no path of Windows. */
const cmdPath = (path: string): string => `"${path.replaceAll('%', '%%')}"`;

export const windowsShim = ({ execPath, program }: ShimParts): string =>
  [
    '@echo off',
    'rem Written by the Agentworks extension, again at each update of it.',
    'setlocal',
    'set "ELECTRON_RUN_AS_NODE=1"',
    `if not exist ${cmdPath(program)} (echo ${gone} 1>&2 & exit /b 127)`,
    `${cmdPath(execPath)} ${cmdPath(program)} %*`,
    '',
  ].join('\r\n');

/** File name and text of each command. */
export const shims = (platform: NodeJS.Platform, parts: ShimParts): (readonly [file: string, text: string])[] =>
  programNames.map((name) => (platform === 'win32' ? [`${name}.cmd`, windowsShim(parts)] : [name, posixShim(parts)]));
