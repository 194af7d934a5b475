import { AppError } from '../errors.ts';
import type { RunningProgram } from '../ports/process.ts';
import type { Channel, Connection, ExecOptions, ExecResult, SshTarget } from '../ports/transport.ts';
import { type Script, sh } from '../remote/quote.ts';
import { listenLocally } from './localForward.ts';
import { relay } from './muxAgent.ts';
import { MuxChannel } from './muxChannel.ts';
import { type MuxFrame, MuxReader, muxFrame } from './muxFrames.ts';
import { runChannel } from './runChannel.ts';
import { connectionLost } from './sshErrors.ts';

/** How long an orderly end may take before `ssh` is ended. */
const closeLimitMs = 1000;
/** More commands at once wait: each needs processes and six descriptors on the machine. */
const maximalChannels = 64;

/** Many commands over one program's stdin and stdout, by frames. */
export class MuxConnection implements Connection {
  readonly target: SshTarget;
  readonly #program: RunningProgram;
  readonly #channels = new Map<number, MuxChannel>();
  readonly #waiting: Array<() => void> = [];
  readonly #listeners: Array<() => void> = [];
  readonly #reader = new MuxReader();
  /** What `ssh` said at its end, such as that the machine no longer answers. */
  readonly #said: () => string;
  #isOpen = true;
  #lastId = 0;

  constructor(program: RunningProgram, target: SshTarget, said: () => string) {
    this.#program = program;
    this.target = target;
    this.#said = said;
    program.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    program.stdout.on('end', () => this.#onLost());
    void program.exit.finally(() => this.#onLost()).catch(() => undefined);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  #receive(chunk: Buffer): void {
    let frames: MuxFrame[];
    try {
      frames = this.#reader.push(chunk);
    } catch {
      this.#abandon();
      return;
    }
    const isFine = frames.every(({ type, channel, data }) => this.#channels.get(channel)?.receive(type, data) ?? true);
    if (!isFine) this.#abandon();
  }

  /** The far side cannot be understood, so nothing it says counts any more. */
  #abandon(): void {
    this.#program.kill('SIGKILL');
    this.#onLost();
  }

  #lost(): AppError {
    const isSilent = /not responding|timed out/i.test(this.#said());
    return connectionLost(this.target, new Error(isSilent ? 'keepalive' : this.#said().trim()));
  }

  #onLost(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const error = this.#lost();
    for (const channel of this.#channels.values()) channel.end(error);
    this.#channels.clear();
    for (const go of this.#waiting.splice(0)) go();
    for (const listener of this.#listeners.splice(0)) listener();
  }

  onClose(listener: () => void): void {
    if (this.#isOpen) this.#listeners.push(listener);
    else listener();
  }

  async exec(command: Script, options: ExecOptions = {}): Promise<ExecResult> {
    if (options.signal?.aborted) throw new AppError('aborted', 'Cancelled.');
    return runChannel(this.open(command), options, this.target);
  }

  async open(command: Script): Promise<Channel> {
    while (this.#isOpen && this.#channels.size >= maximalChannels) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (!this.#isOpen) throw this.#lost();
    const id = ++this.#lastId;
    const link = { vm: this.target.vm, send: (frame: Buffer, onSent?: () => void) => this.#send(frame, onSent) };
    const channel = new MuxChannel(id, link);
    this.#channels.set(id, channel);
    const release = (): void => {
      this.#channels.delete(id);
      this.#waiting.shift()?.();
    };
    channel.exit.then(release, release);
    this.#send(muxFrame('R', id, Buffer.from(command)));
    return channel;
  }

  #send(frame: Buffer, onSent?: () => void): void {
    if (this.#isOpen) this.#program.stdin.write(frame, () => onSent?.());
    else onSent?.();
  }

  async forward(
    local: { host: string; port: number },
    remote: { host: string; port: number },
  ): Promise<{ port: number; close(): Promise<void> }> {
    const listening = await listenLocally(local, (socket) => {
      this.open(sh`exec perl -e ${relay} ${remote.host} ${remote.port}`).then(
        (channel) => {
          socket.on('close', () => channel.close());
          channel.stdin.on('error', () => undefined);
          socket.pipe(channel.stdin);
          channel.stdout.pipe(socket);
          channel.stderr.resume();
          channel.exit.catch(() => socket.destroy());
        },
        () => socket.destroy(),
      );
    });
    this.onClose(() => void listening.close());
    return listening;
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#program.stdin.end();
    const timer = setTimeout(() => this.#program.kill('SIGKILL'), closeLimitMs);
    await this.#program.exit.catch(() => undefined);
    clearTimeout(timer);
    this.#onLost();
  }
}
