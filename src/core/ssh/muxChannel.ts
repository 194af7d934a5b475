import { Readable, Writable } from 'node:stream';
import { AppError } from '../errors.ts';
import type { Channel } from '../ports/transport.ts';
import { frameBytes, windowBytes } from './muxAgent.ts';
import { muxFrame, muxNumber } from './muxFrames.ts';

/** What a channel needs of its connection. */
export interface MuxLink {
  readonly vm: string;
  /** `onSent` is called when the bytes have left; how a slow link slows the sender down. */
  send(frame: Buffer, onSent?: () => void): void;
}

/** Like sshd's own grace: SIGTERM, then this long until SIGKILL. */
const terminationGraceMs = 300;

/** One stream of a command. The far side is told what was consumed, and is never more than a window ahead. */
class Inbound {
  readonly stream: Readable;
  readonly #grant: (bytes: number) => void;
  #owed = 0;
  #ahead = 0;
  #hasEnded = false;

  constructor(grant: (bytes: number) => void) {
    this.#grant = grant;
    this.stream = new Readable({ highWaterMark: frameBytes, read: () => this.#settle() });
  }

  #settle(): void {
    if (this.#owed === 0 || this.#hasEnded) return;
    this.#grant(this.#owed);
    this.#ahead -= this.#owed;
    this.#owed = 0;
  }

  /** False: more than was allowed. */
  push(data: Buffer): boolean {
    if (this.#hasEnded) return true;
    this.#ahead += data.length;
    this.#owed += data.length;
    if (this.#ahead > windowBytes) return false;
    if (data.length === 0) this.end();
    else if (this.stream.push(data)) this.#settle();
    return true;
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.stream.push(null);
  }

  /** All is read, or nobody reads. */
  async drained(): Promise<void> {
    const { stream } = this;
    const isRead = stream.readableFlowing !== null || stream.listenerCount('readable') > 0;
    if (!isRead || stream.readableEnded || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('end', resolve);
      stream.once('close', resolve);
    });
  }
}

/** One command of a multiplexed connection. */
export class MuxChannel implements Channel {
  readonly stdin: Writable;
  readonly exit: Promise<number>;
  readonly #id: number;
  readonly #link: MuxLink;
  readonly #streams: Record<'O' | 'E', Inbound>;
  #settle: { resolve(code: number): void; reject(error: AppError): void };
  #credit = windowBytes;
  #onCredit: (() => void) | undefined;
  #state: 'running' | 'closing' | 'over' = 'running';
  #killTimer: NodeJS.Timeout | undefined;

  constructor(id: number, link: MuxLink) {
    this.#id = id;
    this.#link = link;
    const inbound = (name: 'O' | 'E'): Inbound => new Inbound((bytes) => this.#send('W', muxNumber(bytes, name)));
    this.#streams = { O: inbound('O'), E: inbound('E') };
    this.#settle = { resolve: () => undefined, reject: () => undefined };
    this.exit = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever reads only the streams must not be ended by a rejection nobody waits for.
    this.exit.catch(() => undefined);
    this.stdin = new Writable({
      highWaterMark: frameBytes,
      write: (chunk: Buffer, _encoding, done) => this.#write(chunk, done),
      final: (done) => {
        this.#send('F');
        done();
      },
    });
  }

  get stdout(): Readable {
    return this.#streams.O.stream;
  }

  get stderr(): Readable {
    return this.#streams.E.stream;
  }

  #send(type: string, data?: Buffer, onSent?: () => void): void {
    if (this.#state === 'over') onSent?.();
    else this.#link.send(muxFrame(type, this.#id, data), onSent);
  }

  /** Writing to a command that has ended is no failure of ours; `exit` tells what happened. */
  #write(chunk: Buffer, done: () => void): void {
    if (chunk.length === 0 || this.#state === 'over') {
      done();
      return;
    }
    if (this.#credit === 0) {
      this.#onCredit = () => this.#write(chunk, done);
      return;
    }
    const part = chunk.subarray(0, Math.min(this.#credit, frameBytes));
    this.#credit -= part.length;
    this.#send('I', part, () => this.#write(chunk.subarray(part.length), done));
  }

  #goOn(): void {
    const go = this.#onCredit;
    this.#onCredit = undefined;
    go?.();
  }

  /** False: the far side broke the rules. */
  receive(type: string, data: Buffer): boolean {
    if (type === 'O' || type === 'E') return this.#streams[type].push(data);
    if (type === 'N') {
      const reason = data.toString('utf8').slice(0, 200);
      this.end(new AppError('remote-failed', `VM '${this.#link.vm}' cannot start another command: ${reason}.`));
      return true;
    }
    if (data.length !== 4) return false;
    const value = data.readUInt32BE(0);
    if (type === 'X') this.#finish(value);
    else {
      this.#credit += value;
      if (this.#credit > windowBytes) return false;
      this.#goOn();
    }
    return true;
  }

  #finish(code: number): void {
    const isClosing = this.#state === 'closing';
    this.#stop();
    if (isClosing) {
      this.#settle.resolve(code);
      return;
    }
    const { O, E } = this.#streams;
    // Whoever just opened it attaches its readers first.
    setImmediate(() => {
      void Promise.all([O.drained(), E.drained()]).then(() => this.#settle.resolve(code));
    });
  }

  #stop(): void {
    clearTimeout(this.#killTimer);
    this.#state = 'over';
    this.#streams.O.end();
    this.#streams.E.end();
    this.#goOn();
  }

  /** It ends without a result. */
  end(error: AppError): void {
    if (this.#state === 'over') return;
    this.#stop();
    this.#settle.reject(error);
  }

  close(): void {
    if (this.#state !== 'running') return;
    this.#send('S', Buffer.from('TERM'));
    this.#state = 'closing';
    this.#killTimer = setTimeout(() => {
      this.#send('S', Buffer.from('KILL'));
      this.#send('C');
    }, terminationGraceMs);
    this.#killTimer.unref();
  }
}
