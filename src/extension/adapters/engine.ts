import * as vscode from 'vscode';
import type { Engine } from '../../core/engine.ts';
import type { Ask } from '../../core/ports/ask.ts';
import { settings } from '../ids.ts';
import { freshConfig } from './freshConfig.ts';

export interface EngineHost extends vscode.Disposable {
  /** The window's engine; opened at first use, and again after its settings changed. */
  engine(): Promise<Engine>;
}

const setting = (id: string): string | undefined =>
  vscode.workspace.getConfiguration().get<string>(id)?.trim() || undefined;

/** One engine for the whole window: one connection for each VM, whatever asks for it. */
export function createEngineHost(context: vscode.ExtensionContext, ask: Ask): EngineHost {
  let current: Promise<Engine> | undefined;
  let isDisposed = false;
  const keepFresh = freshConfig();
  const open = async (): Promise<Engine> => {
    const [{ createNodeEngine }, { secretStore }] = await Promise.all([
      import('../../node/createEngine.ts'),
      import('./secretStore.ts'),
    ]);
    const home = setting(settings.home);
    return createNodeEngine({
      ask,
      env: home === undefined ? process.env : { ...process.env, AGENTWORKS_HOME: home },
      version: String(context.extension.packageJSON.version),
      configPath: setting(settings.configFile),
      secretStore: secretStore(context),
    });
  };
  const close = async (): Promise<void> => {
    const closing = current;
    current = undefined;
    await (await closing)?.close();
  };
  const onSettings = vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(settings.home) || event.affectsConfiguration(settings.configFile)) void close();
  });
  return {
    engine: async () => {
      if (isDisposed) throw new Error('The window is closing.');
      current ??= open();
      const engine = await current;
      keepFresh(engine.config);
      return engine;
    },
    dispose: () => {
      isDisposed = true;
      onSettings.dispose();
      void close();
    },
  };
}
