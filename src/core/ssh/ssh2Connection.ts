import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { AppError } from '../errors.ts';
import type { Channel, Connection, ExecOptions, ExecResult, SshTarget } from '../ports/transport.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import { listenLocally } from './localForward.ts';
import { loginShellCommand } from './loginShell.ts';
import { runChannel } from './runChannel.ts';
import { wrapChannel } from './ssh2Channel.ts';
import { connectionLost } from './sshErrors.ts';
import { newMark, printMark, untilMark } from './untilMark.ts';

/** How long an orderly end may take before the socket is dropped. */
const closeLimitMs = 1000;
const refusalLimit = 5;

export class Ssh2Connection implements Connection {
  readonly target: SshTarget;
  readonly #client: Client;
  readonly #listeners: Array<() => void> = [];
  readonly #waitingForChannel: Array<() => void> = [];
  #isOpen = true;
  #openChannels = 0;
  #failure: unknown;

  constructor(client: Client, target: SshTarget) {
    this.#client = client;
    this.target = target;
    client.on('error', (error) => {
      this.#failure = error;
      // A dead link has nobody to say goodbye to.
      if ((error as { level?: string }).level === 'client-timeout') client.destroy();
    });
    client.on('close', () => this.#onClosed());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  #onClosed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const go of this.#waitingForChannel.splice(0)) go();
    for (const listener of this.#listeners.splice(0)) listener();
  }

  #lost = (): AppError => connectionLost(this.target, this.#failure);

  onClose(listener: () => void): void {
    if (this.#isOpen) this.#listeners.push(listener);
    else listener();
  }

  async exec(command: Script, options: ExecOptions = {}): Promise<ExecResult> {
    if (options.signal?.aborted) throw new AppError('aborted', 'Cancelled.');
    return runChannel(this.open(command), options, this.target);
  }

  /** A server allows few sessions at once (10 by default): further commands wait for one of ours to end. */
  async open(command: Script): Promise<Channel> {
    let refusals = 0;
    for (;;) {
      if (!this.#isOpen) throw this.#lost();
      const mark = newMark();
      const opened = await this.#tryOpen(
        loginShellCommand(sh`${insert(printMark(mark))}
${insert(command)}`),
      );
      if (!('refusal' in opened)) {
        await untilMark(opened.stdout, mark);
        return opened;
      }
      if (this.#openChannels > 0) await new Promise<void>((resolve) => this.#waitingForChannel.push(resolve));
      // The server counts a session a little longer than we do.
      else if (++refusals <= refusalLimit) await sleep(50 * refusals);
      else throw this.#refused(opened.refusal);
    }
  }

  async #tryOpen(command: Script): Promise<Channel | { refusal: unknown }> {
    // Counted from the request on, so that a refusal never waits for a channel that is already gone.
    this.#openChannels++;
    const release = (): void => {
      this.#openChannels--;
      this.#waitingForChannel.shift()?.();
    };
    try {
      return await new Promise<Channel>((resolve, reject) => {
        this.#client.exec(command, (error, stream) => {
          if (error) return reject(error);
          // Listeners stand before this callback ends: a short command's exit status may be in the same packet.
          stream.once('close', release);
          resolve(wrapChannel(stream, this.#lost));
        });
      });
    } catch (error) {
      this.#openChannels--;
      if (!this.#isOpen || !isRefusal(error)) throw this.#lost();
      return { refusal: error };
    }
  }

  #refused(cause: unknown): AppError {
    return new AppError('remote-failed', `VM '${this.target.vm}' does not allow another command.`, {
      hint: `Check MaxSessions and ForceCommand for '${this.target.user}' in sshd_config on the machine.`,
      cause,
    });
  }

  async forward(
    local: { host: string; port: number },
    remote: { host: string; port: number },
  ): Promise<{ port: number; close(): Promise<void> }> {
    const listening = await listenLocally(local, (socket) => {
      const from = { host: socket.remoteAddress ?? '127.0.0.1', port: socket.remotePort ?? 0 };
      this.#client.forwardOut(from.host, from.port, remote.host, remote.port, (error, channel) => {
        if (error || socket.destroyed) {
          socket.destroy();
          channel?.destroy();
          return;
        }
        channel.on('error', () => socket.destroy());
        channel.on('close', () => socket.end());
        socket.on('close', () => channel.destroy());
        socket.pipe(channel).pipe(socket);
      });
    });
    this.onClose(() => void listening.close());
    return listening;
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    const closed = new Promise<void>((resolve) => this.onClose(resolve));
    this.#client.end();
    const timer = setTimeout(() => this.#client.destroy(), closeLimitMs);
    await closed;
    clearTimeout(timer);
  }
}

/** The server said no to this channel; the connection is fine. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && /channel open failure|unable to exec/i.test(error.message);
