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

/** Where a front end keeps secrets between runs, by variable. */
export interface SecretStore {
  get(variable: string): Promise<string | undefined>;
  put(variable: string, value: string): Promise<void>;
}

/** Environment first, then the store, then a question whose answer is stored. */
export function createNodeSecrets(
  env: Readonly<Record<string, string | undefined>>,
  ask: Ask,
  store?: SecretStore,
): Secrets {
  const known = new Set<string>();
  const register = (value: string): void => {
    for (const text of spellings(value.trim())) known.add(text);
  };
  const find = async (variable: string, isFresh: boolean): Promise<string | undefined> => {
    const value = env[variable]?.trim() ? env[variable] : isFresh ? undefined : await store?.get(variable);
    if (value === undefined || value.trim() === '') return undefined;
    register(value);
    return value.trim();
  };
  return {
    register,
    peek: (variable) => find(variable, false),
    get: async ({ variable, label, hint, isFresh = false }) => {
      const found = await find(variable, isFresh);
      if (found !== undefined) return found;
      const value = await ask.secret({ message: label, flag: variable, ...(hint === undefined ? {} : { hint }) });
      register(value);
      await store?.put(variable, value.trim());
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
