import { join } from 'node:path';
import * as vscode from 'vscode';
import { nodeClock } from '../../node/nodeClock.ts';
import { settings } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { configAt, configSelector, isConfigFile } from './configFiles.ts';
import { serverProgram } from './program.ts';
import type { LanguageSession } from './session.ts';
import { Supervisor, type SupervisorEvent } from './supervisor.ts';

/** A file that is closed and opened at once, as when its language changes, does not cost a server. */
const lingerMs = 10_000;

const setting = (id: string): string | undefined =>
  vscode.workspace.getConfiguration().get<string>(id)?.trim() || undefined;

/** The file that the engine of this window reads, where its name does not tell. */
const ownConfig = (): string | undefined =>
  setting(settings.configFile) ?? configAt(setting(settings.home) ?? process.env.AGENTWORKS_HOME);

export interface LanguageServer extends vscode.Disposable {
  /** The server that runs, started if need be. Rejects with a sentence. */
  ensure(): Promise<LanguageSession>;
  restart(): Promise<LanguageSession>;
  /** A document that the server wrote says something else now. */
  readonly onDidRefresh: vscode.Event<vscode.Uri>;
  isConfig(document: vscode.TextDocument): boolean;
}

/** The language server, there while a configuration file is open. */
export function createLanguageServer(parts: Parts): LanguageServer {
  const refreshed = new vscode.EventEmitter<vscode.Uri>();
  const supervisor = new Supervisor<LanguageSession>({
    clock: nodeClock,
    report: (event) => void tell(parts, event, () => supervisor.restart()),
    launch: async () => {
      const { startSession } = await import('./session.ts');
      const config = setting(settings.configFile);
      const home = setting(settings.home);
      const session = await startSession({
        program: serverProgram({
          execPath: process.execPath,
          programPath: join(parts.context.extensionPath, 'dist', 'agentworks.cjs'),
          env: home === undefined ? process.env : { ...process.env, AGENTWORKS_HOME: home },
          config,
        }),
        selector: configSelector(ownConfig()),
        log: parts.log,
        onRefresh: (uri) => refreshed.fire(uri),
      });
      parts.log.info(`Language server started, process ${session.pid}`);
      return session;
    },
  });
  const isConfig = ({ uri, languageId }: vscode.TextDocument): boolean =>
    isConfigFile({ scheme: uri.scheme, fsPath: uri.fsPath, languageId }, ownConfig());
  let lingering: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(lingering);
    // What fails is reported by the supervisor.
    if (vscode.workspace.textDocuments.some(isConfig)) void supervisor.ensure().catch(() => {});
    else lingering = setTimeout(() => void supervisor.stop(), lingerMs);
  };
  const isOurs = (event: vscode.ConfigurationChangeEvent) =>
    event.affectsConfiguration(settings.configFile) || event.affectsConfiguration(settings.home);
  const listeners = [
    vscode.workspace.onDidOpenTextDocument((document) => isConfig(document) && look()),
    vscode.workspace.onDidCloseTextDocument((document) => isConfig(document) && look()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (isOurs(event)) void supervisor.stop().then(look);
    }),
  ];
  if (vscode.workspace.textDocuments.some(isConfig)) look();
  return {
    ensure: () => supervisor.ensure(),
    restart: () => supervisor.restart(),
    onDidRefresh: refreshed.event,
    isConfig,
    dispose: () => {
      clearTimeout(lingering);
      for (const listener of [...listeners, refreshed]) listener.dispose();
      void supervisor.dispose();
    },
  };
}

/** One message for what happened, however often it happens in a row; the log has each. */
async function tell({ log }: Parts, event: SupervisorEvent, restart: () => Promise<unknown>): Promise<void> {
  log.error(`The language server ended: ${event.reason}`);
  const { l10n, window } = vscode;
  const showLog = l10n.t('Show log');
  if (event.is === 'ended') {
    if (!event.isFirst) return;
    const text = l10n.t('The language server for config.toml ended ({0}) and is started again.', event.reason);
    if ((await window.showWarningMessage(text, showLog)) === showLog) log.show();
    return;
  }
  const again = l10n.t('Start again');
  const text = l10n.t(
    'The language server for config.toml ended {0} times in a row ({1}) and is not started again. Nothing checks or completes the file meanwhile.',
    event.count,
    event.reason,
  );
  const chosen = await window.showErrorMessage(text, again, showLog);
  if (chosen === again) await restart().catch(() => {});
  if (chosen === showLog) log.show();
}
