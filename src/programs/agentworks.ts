import { enginePaths } from '../node/enginePaths.ts';

/** Of the pack: keeps what V8 made of the code for the next start. */
declare const __code: { folder: string | undefined; keep(): void };

/**
 * The program as it ships: the command line, and the language server behind one of its verbs. Editors start the server with
 * just these words and wait for it, so then nothing of the command line is loaded. With any other word the verb is run.
 */
const words = process.argv.slice(2);
const isServer = words[0] === 'lsp' && (words.length === 1 || (words.length === 2 && words[1] === '--stdio'));

if (isServer) {
  __code.folder = `${enginePaths(process.env).cache}/code`;
  void import('./languageServer.ts').then(({ startServer }) => startServer(__code.keep));
} else {
  void import('../cli/main.ts').then(({ main }) =>
    main({
      serveLanguage: async ({ files, database, config }, { signal }, version) => {
        const { serveLanguage } = await import('./languageServer.ts');
        return serveLanguage({ files, database, configPath: config.path, signal, version });
      },
    }),
  );
}
