import { allowedCsi, allowedOsc, isAllowedEscape, type StringRules } from './escapeRules.ts';

/** Longer control sequences and strings are dropped whole, so memory stays bounded whatever the machine sends. */
const maximalCsi = 256;
const maximalString = 8 * 1024;
const maximalClipboard = 256 * 1024;

const ESC = 0x1b;
const replacementCharacter = [0xef, 0xbf, 0xbd];
/** Bell, backspace, tab, line ends, character set shifts. ENQ would be answered, XOFF would stop the terminal. */
const allowedControls = new Set([0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f]);
/** Introducers that stand after ESC, and as characters U+0080–U+009F 0x40 higher. */
const stringIntroducers = 'PX^_]k';

type State =
  | { at: 'ground' }
  | { at: 'escape'; intermediates: string }
  | { at: 'csi'; text: string; isTooLong: boolean }
  /** OSC, DCS, SOS, PM, APC or a title of `screen`. Only OSC is kept. */
  | { at: 'string'; kind: string; bytes: number[]; isTooLong: boolean; sawEscape: boolean };

/**
 * Passes terminal output on, in chunks cut anywhere, without what `escapeRules` refuses. What is let through is
 * written anew and whole, so that filter and terminal cannot disagree about where a sequence ends.
 */
export function createEscapeFilter(
  rules: StringRules = { mayWriteClipboard: false },
): (chunk: Uint8Array) => Uint8Array {
  const filter = new EscapeFilter(rules);
  return (chunk) => filter.pass(chunk);
}

class EscapeFilter {
  readonly #rules: StringRules;
  #state: State = { at: 'ground' };
  /** Bytes of a character that is not complete yet, and how many it will have. */
  #character: number[] = [];
  #characterLength = 0;
  #out: number[] = [];

  constructor(rules: StringRules) {
    this.#rules = rules;
  }

  pass(chunk: Uint8Array): Uint8Array {
    this.#out = [];
    for (const byte of chunk) this.#byte(byte);
    return Uint8Array.from(this.#out);
  }

  /** Puts UTF-8 together; what is not valid becomes the replacement character, as overlong forms hide controls. */
  #byte(byte: number): void {
    if (this.#characterLength > 0) {
      if ((byte & 0xc0) === 0x80 && isValidSecond(this.#character, byte)) {
        this.#character.push(byte);
        if (this.#character.length < this.#characterLength) return;
        const character = this.#character;
        this.#endCharacter();
        this.#complete(character);
        return;
      }
      this.#endCharacter();
      this.#text(replacementCharacter);
    }
    if (byte < 0x80) this.#ascii(byte);
    else if (byte >= 0xc2 && byte <= 0xf4) {
      this.#character = [byte];
      this.#characterLength = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    } else this.#text(replacementCharacter);
  }

  #endCharacter(): void {
    this.#character = [];
    this.#characterLength = 0;
  }

  /** Characters U+0080–U+009F are the one-character forms of `ESC @` to `ESC _`. */
  #complete(character: number[]): void {
    const [first, second = 0] = character;
    if (first !== 0xc2 || second >= 0xa0) {
      this.#text(character);
      return;
    }
    this.#ascii(ESC);
    // Only introducers and the string terminator; the others move the cursor in ways programs write as ESC sequences.
    if (
      '[\\'.includes(String.fromCharCode(second - 0x40)) ||
      stringIntroducers.includes(String.fromCharCode(second - 0x40))
    ) {
      this.#ascii(second - 0x40);
    } else this.#state = { at: 'ground' };
  }

  /** Text that is no control: shown, or part of a string; it ends a sequence that it cannot be part of. */
  #text(bytes: readonly number[]): void {
    const state = this.#state;
    if (state.at === 'string') {
      this.#endIfEscaped(state);
      if (this.#state === state) this.#collect(state, bytes);
      else this.#out.push(...bytes);
      return;
    }
    this.#state = { at: 'ground' };
    this.#out.push(...bytes);
  }

  #ascii(byte: number): void {
    const state = this.#state;
    if (byte === ESC && state.at !== 'string') this.#state = { at: 'escape', intermediates: '' };
    else if (byte === 0x18 || byte === 0x1a) this.#state = { at: 'ground' };
    else if (state.at === 'string') this.#inString(state, byte);
    else if (byte < 0x20) {
      if (allowedControls.has(byte)) this.#out.push(byte);
    } else if (byte === 0x7f) return;
    else if (state.at === 'ground') this.#out.push(byte);
    else if (state.at === 'escape') this.#inEscape(state, byte);
    else this.#inCsi(state, byte);
  }

  #inEscape(state: Extract<State, { at: 'escape' }>, byte: number): void {
    const character = String.fromCharCode(byte);
    if (byte < 0x30) {
      if (state.intermediates.length < 4) state.intermediates += character;
      return;
    }
    this.#state = { at: 'ground' };
    if (state.intermediates === '' && character === '[') this.#state = { at: 'csi', text: '', isTooLong: false };
    else if (state.intermediates === '' && stringIntroducers.includes(character)) {
      this.#state = { at: 'string', kind: character, bytes: [], isTooLong: false, sawEscape: false };
    } else if (isAllowedEscape(state.intermediates, character)) this.#write(`\x1b${state.intermediates}${character}`);
  }

  #inCsi(state: Extract<State, { at: 'csi' }>, byte: number): void {
    if (byte < 0x40) {
      if (state.text.length < maximalCsi) state.text += String.fromCharCode(byte);
      else state.isTooLong = true;
      return;
    }
    this.#state = { at: 'ground' };
    const parts = /^([<=>?]?)([0-?]*)([ -/]*)$/.exec(state.text);
    if (parts === null || state.isTooLong) return;
    const [, prefix = '', parameters = '', intermediates = ''] = parts;
    const allowed = allowedCsi({ prefix, parameters, intermediates, final: String.fromCharCode(byte) });
    if (allowed !== undefined) this.#write(allowed);
  }

  #inString(state: Extract<State, { at: 'string' }>, byte: number): void {
    if (state.sawEscape) {
      if (byte === 0x5c) this.#endString(state);
      else {
        this.#endIfEscaped(state);
        this.#state = { at: 'escape', intermediates: '' };
        this.#ascii(byte);
      }
    } else if (byte === ESC) state.sawEscape = true;
    else if (byte === 0x07 && (state.kind === ']' || state.kind === 'k')) this.#endString(state);
    else if (byte >= 0x20) this.#collect(state, [byte]);
  }

  /** An escape inside a string that does not begin its terminator breaks the string off. */
  #endIfEscaped(state: Extract<State, { at: 'string' }>): void {
    if (state.sawEscape) this.#state = { at: 'ground' };
  }

  #collect(state: Extract<State, { at: 'string' }>, bytes: readonly number[]): void {
    const limit = this.#rules.mayWriteClipboard ? maximalClipboard : maximalString;
    if (state.kind !== ']' || state.bytes.length + bytes.length > limit) {
      state.isTooLong = true;
      state.bytes = [];
    } else if (!state.isTooLong) state.bytes.push(...bytes);
  }

  #endString(state: Extract<State, { at: 'string' }>): void {
    this.#state = { at: 'ground' };
    if (state.kind !== ']' || state.isTooLong) return;
    const allowed = allowedOsc(Buffer.from(state.bytes).toString('utf8'), this.#rules);
    if (allowed !== undefined) this.#write(`\x1b]${allowed}\x1b\\`);
  }

  #write(text: string): void {
    for (const byte of Buffer.from(text)) this.#out.push(byte);
  }
}

/** The second byte rules out overlong forms, surrogates and what lies above U+10FFFF. */
function isValidSecond(character: readonly number[], byte: number): boolean {
  if (character.length !== 1) return true;
  switch (character[0]) {
    case 0xe0:
      return byte >= 0xa0;
    case 0xed:
      return byte <= 0x9f;
    case 0xf0:
      return byte >= 0x90;
    case 0xf4:
      return byte <= 0x8f;
    default:
      return true;
  }
}
