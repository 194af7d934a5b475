import { describe, expect, it } from 'vitest';
import { createNodeSecrets } from '../../../src/node/nodeSecrets.ts';
import { scriptedAsk } from '../../fakes/ask.ts';

const request = { variable: 'GIT_CREDENTIALS_MAIN', label: 'Token' };

function world(env: Record<string, string> = {}, stored: Record<string, string> = {}, answers: string[] = []) {
  const store = new Map(Object.entries(stored));
  const ask = scriptedAsk(answers);
  const secrets = createNodeSecrets(env, ask, {
    get: async (variable) => store.get(variable),
    put: async (variable, value) => void store.set(variable, value),
  });
  return { secrets, store, ask };
}

describe('a secret', () => {
  it('comes from the environment first, then from the store, and is asked for once', async () => {
    const both = world({ GIT_CREDENTIALS_MAIN: 'of-the-environment' }, { GIT_CREDENTIALS_MAIN: 'of-the-store' });
    expect(await both.secrets.get(request)).toBe('of-the-environment');
    expect(await world({}, { GIT_CREDENTIALS_MAIN: 'of-the-store' }).secrets.get(request)).toBe('of-the-store');
    const asked = world({}, {}, [' typed-secret ']);
    expect(await asked.secrets.get(request)).toBe('typed-secret');
    expect(await asked.secrets.get(request)).toBe('typed-secret');
    expect(asked.ask.questions).toHaveLength(1);
  });

  it('is asked for again where the stored one is out of date, and replaces it', async () => {
    const { secrets, store } = world({}, { GIT_CREDENTIALS_MAIN: 'expired-token' }, ['fresh-token']);
    expect(await secrets.get({ ...request, isFresh: true })).toBe('fresh-token');
    expect(store.get('GIT_CREDENTIALS_MAIN')).toBe('fresh-token');
  });

  it('is taken out of every text, wherever it came from', async () => {
    const { secrets } = world({}, { GIT_CREDENTIALS_MAIN: 'of-the-store' });
    expect(await secrets.peek('GIT_CREDENTIALS_MAIN')).toBe('of-the-store');
    expect(secrets.redact('git: of-the-store refused')).toBe('git: [REDACTED] refused');
  });
});
