import { connect, type Socket } from 'node:net';
import { AppError } from '../../errors.ts';

type Reply = { return?: unknown; error?: { desc?: string }; QMP?: unknown; event?: string };

/** QEMU's machine protocol: one JSON object a line, one client at a time. */
export class Qmp {
  readonly #socket: Socket;
  readonly #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  #isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isClosed = true;
      for (const one of this.#waiting.splice(0)) one.reject(new AppError('connection-lost', 'QEMU has ended.'));
    });
    socket.setEncoding('utf8');
    let rest = '';
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#onLine(line);
    });
  }

  /** Throws `unreachable` when QEMU does not answer on that socket within the limit. */
  static async open(path: string, limitMs = 5000): Promise<Qmp> {
    const socket = connect(path);
    const qmp = new Qmp(socket);
    const timer = setTimeout(() => socket.destroy(), limitMs);
    try {
      await qmp.execute('qmp_capabilities');
      return qmp;
    } catch (error) {
      socket.destroy();
      throw new AppError('unreachable', 'QEMU does not answer on its control socket.', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #onLine(line: string): void {
    let reply: Reply;
    try {
      reply = JSON.parse(line) as Reply;
    } catch {
      return;
    }
    if (reply.QMP !== undefined || reply.event !== undefined) return;
    const waiting = this.#waiting.shift();
    if (reply.error === undefined) waiting?.resolve(reply.return);
    else waiting?.reject(new AppError('platform', `QEMU refused: ${reply.error.desc ?? 'no reason given'}`));
  }

  async execute(command: string, parameters?: Record<string, unknown>): Promise<unknown> {
    if (this.#isClosed) throw new AppError('connection-lost', 'QEMU has ended.');
    const request = { execute: command, ...(parameters && { arguments: parameters }) };
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#socket.write(`${JSON.stringify(request)}\n`);
    return answer;
  }

  /** `running`, `paused`, `inmigrate`, `io-error`… */
  async status(): Promise<string> {
    const state = (await this.execute('query-status')) as { status?: unknown } | undefined;
    return String(state?.status);
  }

  close(): void {
    this.#socket.destroy();
  }
}
