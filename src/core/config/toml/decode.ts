export interface DecodedText {
  text: string;
  /** Offset in the text of the first bytes that are not UTF-8. */
  invalidAt?: number;
}

/** Bytes as text. What is not UTF-8 is replaced, and said: a replaced character is not what the file says. */
export function decodeText(bytes: Uint8Array): DecodedText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return { text, invalidAt: Math.max(0, text.indexOf('\ufffd')) };
  }
}
