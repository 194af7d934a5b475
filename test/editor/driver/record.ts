import { insertAgent } from '../../../src/core/agent/rows.ts';
import { insertSession } from '../../../src/core/session/rows.ts';
import type { Writer } from '../../../src/core/store/database.ts';
import { insertVm } from '../../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../../src/core/workspace/rows.ts';
import { createNodeEngine } from '../../../src/node/createEngine.ts';
import { silentAsk } from '../../fakes/ask.ts';
import { labGateway } from '../../hosts/host.ts';
import { agent, session, vm, workspace } from '../../store/samples.ts';

/** Writes rows into the state of a home, as a program of its own. */
export async function record(home: string, write: (writer: Writer) => void): Promise<void> {
  const engine = createNodeEngine({ ask: silentAsk, env: { ...process.env, HOME: home }, version: '0.0.0-test' });
  await engine.database.write(write);
  await engine.close();
}

/** A machine where nothing listens, so that it is refused at once, and one thing of each kind on it. */
export const recordUnreachable = (home: string, name: string): Promise<void> =>
  record(home, (writer) => {
    insertVm(writer, vm(name, { platform: 'ssh', origin: 'adopted', address: { host: labGateway, port: 9 } }));
    insertWorkspace(writer, workspace(`site-${name}`, name));
    insertAgent(writer, agent(`ada-${name}`, name));
    insertSession(writer, session(`build-${name}`, `site-${name}`));
  });
