type Mode = 'text' | 'escape' | 'intermediate' | 'control' | 'string' | 'string-escape';

/**
 * Makes plain text of what a terminal program printed: escape sequences and control characters go, line feeds and tabs
 * stay. Works on pieces of a stream; a sequence may be cut anywhere.
 */
export class TextFilter {
  #mode: Mode = 'text';
  #length = 0;

  push(chunk: string): string {
    let text = '';
    for (const character of chunk) text += this.#take(character);
    return text;
  }

  /** What a cut-off sequence leaves is dropped. */
  end(): string {
    this.#mode = 'text';
    return '';
  }

  #take(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    switch (this.#mode) {
      case 'text':
        return this.#plain(character, code);
      case 'escape':
        this.#length = 0;
        if (character === '[') this.#mode = 'control';
        else if ('P]X^_'.includes(character)) this.#mode = 'string';
        else if (code >= 0x20 && code <= 0x2f) this.#mode = 'intermediate';
        else this.#mode = code === 0x1b ? 'escape' : 'text';
        return character === '\n' ? '\n' : '';
      case 'intermediate':
        if (code < 0x20 || code > 0x2f) this.#mode = code === 0x1b ? 'escape' : 'text';
        return character === '\n' ? '\n' : '';
      case 'control':
        return this.#control(character, code);
      case 'string':
        // A string that never ends must not swallow the rest of the log.
        if (code === 0x07 || code === 0x9c || ++this.#length > 4096) this.#mode = 'text';
        else if (code === 0x1b) this.#mode = 'string-escape';
        return '';
      case 'string-escape':
        if (character === '\\') {
          this.#mode = 'text';
          return '';
        }
        this.#mode = 'escape';
        return this.#take(character);
    }
  }

  #control(character: string, code: number): string {
    if (code === 0x1b) this.#mode = 'escape';
    else if (code >= 0x40 || ++this.#length > 256) this.#mode = 'text';
    return character === '\n' ? '\n' : '';
  }

  #plain(character: string, code: number): string {
    if (code === 0x1b) this.#mode = 'escape';
    else if (code === 0x9b) this.#mode = 'control';
    else if ([0x90, 0x9d, 0x98, 0x9e, 0x9f].includes(code)) this.#mode = 'string';
    else if (character === '\n' || character === '\t') return character;
    else if (code >= 0x20 && (code < 0x7f || code > 0x9f) && !isBidiControl(code)) return character;
    this.#length = 0;
    return '';
  }
}

/** Characters that turn the direction of text around and so make it read as something else. */
const isBidiControl = (code: number): boolean =>
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069) ||
  code === 0x061c ||
  code === 0x200e ||
  code === 0x200f;

/** All of a text at once. */
export function plainText(text: string): string {
  const filter = new TextFilter();
  return filter.push(text) + filter.end();
}
