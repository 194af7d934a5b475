import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import * as vscode from 'vscode';
import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  RevealOutputChannelOn,
  type StaticFeature,
  TextDocumentContentRefreshRequest,
  TextDocumentContentRequest,
} from 'vscode-languageclient/node';
import { type ShownDocument, serverCommands, showUsersCommand } from '../../core/config/editorProtocol.ts';
import { AppError, errorText } from '../../core/errors.ts';
import type { ServerProgram } from './program.ts';
import type { Running } from './supervisor.ts';
import { toEditor, toServer } from './uris.ts';

export interface SessionOptions {
  program: ServerProgram;
  selector: { scheme: 'file'; language?: string; pattern?: string }[];
  log: vscode.LogOutputChannel;
  /** A document that was shown says something else now. */
  onRefresh(uri: vscode.Uri): void;
}

/** Longer, and the server is not going to answer. */
const startMs = 30_000;
const stopMs = 2_000;
/** Between the end of a connection and that of its process. */
const lostMs = 1_000;

/** Registered by us once and for all: they must be there while no server runs, and two clients cannot register them. */
const ownFeatures = new Set<string>([ExecuteCommandRequest.method, TextDocumentContentRequest.method]);

class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ('registrationType' in feature && ownFeatures.has(feature.registrationType.method)) return;
    super.registerFeature(feature);
  }
}

/** A language server that runs, with its client; both are gone together. */
export interface LanguageSession extends Running {
  readonly pid: number;
  /** Runs a command of the server's, which shows what it made. Rejects with its sentence. */
  execute(command: string, args: readonly unknown[]): Promise<ShownDocument>;
  /** Text of a document that the server writes. */
  text(uri: vscode.Uri, token?: vscode.CancellationToken): Promise<string>;
}

/** Starts a server and resolves when it has answered; on failure nothing of it is left. */
export async function startSession(options: SessionOptions): Promise<LanguageSession> {
  const { command, args, env } = options.program;
  const child = spawn(command, args, { env, stdio: 'pipe', windowsHide: true });
  let ending: string | undefined;
  let lose: () => void = () => {};
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  const exited = new Promise<string>((resolve) => {
    const end = (reason: string) => {
      ending ??= reason;
      resolve(ending);
    };
    child.on('error', ({ message }) => end(message));
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const client = new Client('agentworks', 'Agentworks language server', () => spawned(child), {
    documentSelector: options.selector,
    outputChannel: quieter(options.log),
    stdioOptions: {
      stdout: () => {},
      stderr: (stream, log) => stream.on('data', (text) => log.warn(String(text).trimEnd())),
    },
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: {
      virtualDocuments: true,
      commands: [...Object.values(serverCommands), showUsersCommand],
    },
    uriConverters: { code2Protocol: toServer, protocol2Code: (uri) => toEditor(vscode.Uri.parse(uri)) },
    // What a server that ends costs is one place's business: the supervisor's.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        // It may be on its way out by itself; one that keeps its process and not its word is of no use.
        setTimeout(() => child.kill('SIGKILL'), lostMs).unref();
        setImmediate(lose);
        return { action: CloseAction.DoNotRestart, handled: true, message: 'The connection to the server is closed.' };
      },
    },
    initializationFailedHandler: () => false,
  });
  client.onRequest(TextDocumentContentRefreshRequest.type, ({ uri }) => {
    options.onRefresh(toEditor(vscode.Uri.parse(uri)));
  });
  const leave = async (): Promise<void> => {
    if (client.isRunning()) await client.dispose(stopMs).catch(() => {});
    if (ending === undefined) child.kill('SIGKILL');
    await exited;
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, startMs);
  try {
    await client.start();
  } catch {
    // Its own end says more than what that did to the client.
    await Promise.race([exited, setTimeoutPromise(lostMs)]);
    const reason = isLate ? `no answer within ${startMs / 1000} seconds` : ending;
    await leave();
    throw new Error(reason ?? 'it does not speak the protocol');
  } finally {
    clearTimeout(timer);
  }
  return {
    pid: child.pid ?? 0,
    // Until the client has noticed, it would go on to send.
    ended: exited.then(async (reason) => {
      await Promise.race([lost, setTimeoutPromise(lostMs)]);
      return reason;
    }),
    stop: leave,
    execute: (name, values) =>
      client
        .sendRequest(ExecuteCommandRequest.type, { command: name, arguments: [...values] })
        .catch((error: unknown) => {
          throw new AppError('refused', errorText(error));
        }),
    text: async (uri, token) =>
      (await client.sendRequest(TextDocumentContentRequest.type, { uri: toServer(uri) }, token)).text,
  };
}

/** A program that cannot be started says so in an event, which the client does not wait for. */
async function spawned(child: ChildProcess): Promise<ChildProcess> {
  if (child.pid === undefined) await once(child, 'spawn');
  return child;
}

/** What becomes of a server is said once, by the supervisor; what the client makes of it is for those who look closer. */
const quieter = (log: vscode.LogOutputChannel): vscode.LogOutputChannel =>
  Object.create(log, {
    error: { value: (text: string | Error, ...more: unknown[]) => log.debug(String(text), ...more) },
    warn: { value: (text: string, ...more: unknown[]) => log.info(text, ...more) },
  });
