import type { Ask } from '../core/ports/ask.ts';
import type { Secrets } from '../core/ports/secrets.ts';
import { quote } from '../core/remote/quote.ts';

/** Shorter values would redact ordinary words. */
const shortestSecret = 4;

/** Every spelling under which a value may turn up in output. */
function spellings(value: string): string[] {
  const quoted = quote(value);
  return [
    value,
    quoted,
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    JSON.stringify(value).slice(1, -1),
  ].filter((text) => text.length >= shortestSecret);
}

/** Environment first, then a question. */
export function createNodeSecrets(env: Readonly<Record<string, string | undefined>>, ask: Ask): Secrets {
  const known = new Set<string>();
  const register = (value: string): void => {
    for (const text of spellings(value.trim())) known.add(text);
  };
  const peek = async (variable: string): Promise<string | undefined> => {
    const value = env[variable];
    if (value === undefined || value.trim() === '') return undefined;
    register(value);
    return value.trim();
  };
  return {
    register,
    peek,
    get: async ({ variable, label, hint }) => {
      const found = await peek(variable);
      if (found !== undefined) return found;
      const value = await ask.secret({ message: label, flag: variable, ...(hint === undefined ? {} : { hint }) });
      register(value);
      return value.trim();
    },
    redact: (text) => {
      let result = text;
      // Longest first: a secret may contain another.
      for (const secret of [...known].sort((a, b) => b.length - a.length)) {
        result = result.replaceAll(secret, '[REDACTED]');
      }
      return result;
    },
  };
}
