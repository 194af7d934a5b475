/**
 * What of a machine's terminal output may reach the operator's terminal. Everything is refused unless it is named
 * here. Let through: what full-screen programs draw with, and questions whose answer is made of fixed letters and
 * digits. Not let through: what reads or acts on the terminal's host (clipboard, windows, printing, files, shell
 * integration), or makes the terminal type back text that the machine chose.
 */

/** A control sequence taken apart: `ESC [ prefix parameters intermediates final`. */
export interface Csi {
  prefix: string;
  parameters: string;
  intermediates: string;
  final: string;
}

/** By prefix and intermediates: the finals that only draw or set modes of the screen and the keyboard. */
const drawing: Record<string, string> = {
  '': '@ABCDEFGHIJKLMPSTWXZ`abdefgmrsu',
  '?': 'JKWmrs',
  '>': 'mnu',
  '<': 'u',
  '=': 'u',
  ' ': 'q@A',
  '!': 'p',
  '"': 'q',
  '#': 'pqPQ{}',
  $: 'prtvxz{',
  "'": '}~',
  '*': 'x',
};

/** Questions answered with digits or the terminal's own name. Titles, settings and screen checksums are not among them. */
const questions: Record<string, (parameters: string) => boolean> = {
  c: (parameters) => /^0?$/.test(parameters),
  '>c': (parameters) => /^0?$/.test(parameters),
  '>q': (parameters) => /^0?$/.test(parameters),
  n: (parameters) => parameters === '5' || parameters === '6',
  '?n': (parameters) => parameters === '6' || parameters === '996',
  '?u': () => true,
  '?$p': () => true,
  // Saving and restoring the title, and sizes in pixels and cells; the title itself (21) would be typed back.
  t: (parameters) => /^(?:2[23](?:;[0-9;]*)?|14|16|18)$/.test(parameters),
};

/** Modes that lock the keyboard, leave the terminal's screen, or wait for an answer of the program. */
const refusedModes: Record<string, ReadonlySet<string>> = {
  '': new Set(['2', '12']),
  '?': new Set(['38', '1001']),
};

/** The sequence to send on, or nothing. */
export function allowedCsi({ prefix, parameters, intermediates, final }: Csi): string | undefined {
  if (!/^[0-9;:]*$/.test(parameters)) return undefined;
  const key = prefix + intermediates;
  if (drawing[key]?.includes(final)) return `\x1b[${prefix}${parameters}${intermediates}${final}`;
  if (questions[key + final]?.(parameters)) return `\x1b[${prefix}${parameters}${intermediates}${final}`;
  const refused = refusedModes[key];
  if (refused !== undefined && (final === 'h' || final === 'l')) {
    const modes = parameters.split(';').filter((mode) => !refused.has(mode.replace(/^0+(?=.)/, '')));
    return modes.length === 0 ? undefined : `\x1b[${prefix}${modes.join(';')}${final}`;
  }
  return undefined;
}

/** `ESC` with one final, or with intermediates: cursor, keypad, tabs, reset, character sets. */
export const isAllowedEscape = (intermediates: string, final: string): boolean =>
  intermediates === ''
    ? '78=>DEHMNOcno|}~'.includes(final)
    : /^[()*+\-./]$/.test(intermediates) || (intermediates === '#' && '34568'.includes(final));

export interface StringRules {
  /** Programs on the machine may put text into the clipboard; reading it is never allowed. */
  mayWriteClipboard: boolean;
}

const controls = /[\u0000-\u001f\u007f-\u009f]/g;
const maximalTitle = 256;

/** An operating system command to send on, without its introducer and terminator, or nothing. */
export function allowedOsc(payload: string, rules: StringRules): string | undefined {
  const text = payload.replace(controls, '');
  const cut = text.indexOf(';');
  const number = cut === -1 ? text : text.slice(0, cut);
  const rest = cut === -1 ? '' : text.slice(cut + 1);
  switch (number) {
    case '0':
    case '1':
    case '2':
      return `${number};${[...rest].slice(0, maximalTitle).join('')}`;
    case '4':
    case '10':
    case '11':
    case '12':
    case '17':
    case '19':
      return /^[0-9a-zA-Z#:/;?., ()%-]*$/.test(rest) ? text : undefined;
    case '104':
    case '110':
    case '111':
    case '112':
    case '117':
    case '119':
      return /^[0-9;]*$/.test(rest) ? text : undefined;
    case '8':
      return allowedLink(rest);
    case '9':
      // Progress of a long command; other numbers notify, or run macros.
      return /^4;[0-4](?:;[0-9]{0,3})?$/.test(rest) ? text : undefined;
    case '52':
      return rules.mayWriteClipboard && /^[cpqs0-7]*;[A-Za-z0-9+/]*={0,2}$/.test(rest) ? text : undefined;
    default:
      // Among them 7 (folder), 133 and 633 (shell integration), 777 and 99 (notifications), 1337 (files, clipboard).
      return undefined;
  }
}

/** Links open what they name: only the web's schemes. Any other target closes the link, so that the text stays plain. */
function allowedLink(rest: string): string {
  const cut = rest.indexOf(';');
  const uri = cut === -1 ? '' : rest.slice(cut + 1);
  if (!/^https?:\/\/[\u0021-\u007e]+$/i.test(uri)) return '8;;';
  const id = /(?:^|:)id=([A-Za-z0-9_.-]{1,64})(?:$|:)/.exec(rest.slice(0, cut))?.[1];
  return `8;${id === undefined ? '' : `id=${id}`};${uri}`;
}
