import { describe, expect, test } from 'vitest';
import { problemsOf } from './load.ts';

const letters = 'Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7j';
// Put together here, so that no scanner takes this file for a leak.
const secrets = {
  github: `${'gh'}p_${letters}`,
  gitlab: `${'gl'}pat-${letters.slice(0, 20)}`,
  aws: `${'AK'}IA${'ABCDEFGHIJ234567'}`,
  anthropic: `${'sk'}-ant-${letters}`,
  tailscale: `${'ts'}key-auth-${letters.slice(0, 12)}`,
  key: `-----${'BEGIN'} OPENSSH PRIVATE KEY-----`,
};

const found = async (text: string) => (await problemsOf(text)).filter(({ code }) => code === 'plain-secret');

describe('secrets in plain text', () => {
  test.each(Object.entries(secrets))(
    'a %s secret is seen wherever it stands, and never repeated',
    async (_, secret) => {
      for (const text of [
        `[session_templates.a.env]\nX = "${secret}"\n`,
        `[session_templates.a]\nenv = { X = "pre ${secret}" }\n`,
        `[user_install_commands.a]\ncommand = "login ${secret}"\n`,
        `[vm_templates.a]\nnobody_knows_this = ["${secret}"]\n`,
      ]) {
        const problems = await problemsOf(text);
        expect(problems.filter(({ code }) => code === 'plain-secret').length, text).toBe(1);
        expect(JSON.stringify(problems)).not.toContain(secret.slice(-12));
      }
    },
  );

  test('one that is written with escapes is seen, too', async () => {
    const [first = '', ...rest] = secrets.github;
    const escaped = `\\u${first.charCodeAt(0).toString(16).padStart(4, '0')}${rest.join('')}`;
    expect((await found(`[session_templates.a.env]\nX = "${escaped}"\n`)).length).toBe(1);
  });

  test('a name that promises a secret is enough', async () => {
    expect((await found('[session_templates.a.env]\nMY_PASSWORD = "correct horse"\n')).length).toBe(0);
    expect((await found('[session_templates.a.env]\nMY_PASSWORD = "correct-horse"\n')).length).toBe(1);
    expect((await found('[proxmox]\ntoken_secret = "0123456789abcdef"\n')).length).toBe(1);
  });

  test('what only stands for a secret is none', async () => {
    const texts = ['$TOKEN', '~/.token', '/run/token', '{{session_name}}', '', 'short'];
    for (const text of texts) expect(await found(`[session_templates.a.env]\nA_TOKEN = "${text}"\n`), text).toEqual([]);
    expect(await found('[operator]\nssh_private_key = "~/.ssh/id_ed25519"\n')).toEqual([]);
  });
});
