import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bridgeAddress } from '../hosts/lab.ts';
import { gitIn, makeRepo } from './repos.ts';
import { startWorld, type World } from './world.ts';

const execute = promisify(execFile);
const token = 'canary-token-4711';
const folder = '/opt/agentworks/workspaces';

let world: World;
let server: Server;
/** Authorization headers by host name, as they came in. */
const seen: { host: string; authorization: string | undefined }[] = [];

/** A private repository under the name of a forge, and another host that would like the token too. */
async function serve(directory: string): Promise<Server> {
  const source = await makeRepo(join(directory, 'private'));
  await gitIn(directory, 'clone', '--quiet', '--bare', source, join(directory, 'web.git'));
  await gitIn(join(directory, 'web.git'), 'update-server-info');
  const [key, cert] = [join(directory, 'tls.key'), join(directory, 'tls.pem')];
  const names = 'subjectAltName=DNS:github.com,DNS:other.invalid';
  await execute(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=github.com -addext ${names} -keyout ${key} -out ${cert}`.split(
      ' ',
    ),
  );
  const wanted = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const made = createServer({ key: await readFile(key), cert: await readFile(cert) }, async (request, response) => {
    const { authorization, host = '' } = request.headers;
    seen.push({ host, authorization });
    if (authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="forge"' }).end();
      return;
    }
    const path = new URL(request.url ?? '/', 'https://x').pathname.replace(/^\/acme\//, '');
    const body = await readFile(join(directory, path)).catch(() => undefined);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(body);
  });
  await new Promise<void>((resolve) => made.listen(443, bridgeAddress, resolve));
  return made;
}

const config = '[git_credentials.forge]\ntype = "github"\n';

beforeAll(async () => {
  world = await startWorld({ config });
  server = await serve(world.host.directory);
  const cert = await readFile(join(world.host.directory, 'tls.pem'));
  await world.host.root(
    'cd /; cat > /etc/forge.pem && git config --file /etc/gitconfig http.sslCAInfo /etc/forge.pem',
    {
      stdin: cert,
    },
  );
  await world.host.root(`echo "${bridgeAddress} github.com other.invalid" >> /etc/hosts`);
});
afterAll(async () => {
  server?.close();
  await world?.close();
});

describe('a token for a private repository', () => {
  it('is missing: the failure names the variable, and nothing stays', async () => {
    await expect(
      world.run('workspace.create', { name: 'web', vm: 'box', repo: 'https://github.com/acme/web.git' }),
    ).rejects.toMatchObject({ code: 'needs-input', message: expect.stringContaining('GIT_CREDENTIALS_FORGE') });
    expect((await world.host.root(`ls ${folder}; getent group ws--web`, { check: false })).stdout).toBe('');
  });

  it('reaches the one process that clones, and no file, list of processes, log or other host', async () => {
    const { engine } = world;
    const withToken = {
      ...engine,
      secrets: { ...engine.secrets, peek: async () => token, redact: (text: string) => engine.secrets.redact(text) },
    };
    engine.secrets.register(token);
    const { createWorkspace } = await import('../../src/core/workspace/create.ts');
    const { testContext } = await import('../fakes/context.ts');
    const context = testContext();
    const request = { name: 'web', vm: 'box', repo: 'https://github.com/acme/web.git' };
    await createWorkspace(withToken, request, context);
    expect((await world.as('op--web', `git -C ${folder}/web log -1 --format=%s`)).stdout).toBe('four\n');
    expect(seen.some((one) => one.host === 'github.com' && one.authorization !== undefined)).toBe(true);

    const places = `${folder} /home /etc /run /tmp /var/lib/agentworks /var/log`;
    expect((await world.host.root(`grep -rlF ${token} ${places} 2>/dev/null`, { check: false })).stdout).toBe('');
    expect(JSON.stringify(context.events)).not.toContain(token);
    const { logs } = engine.paths;
    for (const name of await readdir(logs)) expect(await readFile(join(logs, name), 'utf8')).not.toContain(token);

    seen.length = 0;
    const other = { name: 'other', vm: 'box', repo: 'https://other.invalid/acme/web.git' };
    await expect(createWorkspace(withToken, other, context)).rejects.toMatchObject({
      message: expect.stringContaining('without a token'),
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((one) => one.authorization !== undefined)).toEqual([]);
  });
});
