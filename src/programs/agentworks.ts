import { main } from '../cli/main.ts';

/** The program as it ships: the command line, and the language server behind one of its verbs. */
void main({
  serveLanguage: async (engine, { signal }, version) => {
    const [{ serve }, { referenceUri }] = await Promise.all([
      import('../server/main.ts'),
      import('../node/referenceUri.ts'),
    ]);
    const { files, database, config } = engine;
    const documentation = referenceUri();
    const configPath = config.path;
    return serve({
      files,
      database,
      configPath,
      signal,
      version,
      documentation,
      input: process.stdin,
      output: process.stdout,
    });
  },
});
