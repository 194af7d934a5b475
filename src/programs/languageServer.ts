import { watchInterrupts } from '../cli/interrupt.ts';
import { runToEnd } from '../cli/runToEnd.ts';
import { version } from '../cli/version.ts';
import { enginePaths, userHome } from '../node/enginePaths.ts';
import { lazyDatabase } from '../node/lazyDatabase.ts';
import { nodeClock } from '../node/nodeClock.ts';
import { createNodeFiles } from '../node/nodeFiles.ts';
import { referenceUri } from '../node/referenceUri.ts';
import { type ServerPorts, serve } from '../server/main.ts';

type Ports = Pick<ServerPorts, 'files' | 'database' | 'configPath' | 'signal' | 'version'>;

/** Serves the editor at this process's ends until it leaves. */
export const serveLanguage = (ports: Ports): Promise<number> =>
  serve({
    ...ports,
    documentation: referenceUri(),
    collectGarbage: async () => (await import('../node/youngGarbage.ts')).collectYoungGarbage(),
    input: process.stdin,
    output: process.stdout,
  });

/** By then the first file has been judged, and what that needed is compiled. */
const keepCodeAfterMs = 4000;

/** The verb without the command line around it. `keepCode` takes some 20 ms. */
export function startServer(keepCode: () => void): Promise<void> {
  setTimeout(keepCode, keepCodeAfterMs).unref();
  return runToEnd(
    async () => {
      const interrupts = watchInterrupts(
        () => {},
        () => {},
      );
      const { env } = process;
      const paths = enginePaths(env);
      const code = await serveLanguage({
        files: createNodeFiles(userHome(env)),
        database: lazyDatabase(paths.state, nodeClock),
        configPath: paths.config,
        signal: interrupts.signal,
        version,
      });
      return interrupts.exitCode() ?? code;
    },
    async (thrown) => {
      const [{ fail }, { noGlobals }] = await Promise.all([import('../cli/main.ts'), import('../cli/scan.ts')]);
      return fail(thrown, noGlobals());
    },
  );
}
