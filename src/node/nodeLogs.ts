import { appendFileSync, chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expiredLogs, logFileName } from '../core/logs.ts';
import type { Clock } from '../core/ports/clock.ts';
import { timestamp } from '../core/ports/clock.ts';
import type { Files } from '../core/ports/files.ts';
import type { Logs, OperationLog } from '../core/ports/log.ts';
import type { Secrets } from '../core/ports/secrets.ts';
import { stripControls } from '../core/text.ts';

interface Parts {
  directory: string;
  files: Files;
  clock: Clock;
  secrets: Secrets;
  version: string;
}

/** Each entry is on disk before the next act: the last line of a log says what was under way. */
class FileLog implements OperationLog {
  readonly path: string;
  readonly #parts: Parts;
  #isFull = false;

  constructor(path: string, parts: Parts) {
    this.path = path;
    this.#parts = parts;
  }

  write(kind: string, text: string, facts: Record<string, unknown> = {}): void {
    const entry = {
      at: new Date(this.#parts.clock.now()).toISOString(),
      kind,
      text: stripControls(text, true),
      ...facts,
    };
    this.#append(`${this.#parts.secrets.redact(JSON.stringify(entry))}\n`);
  }

  async close(outcome: string): Promise<void> {
    this.write('end', outcome);
  }

  #append(line: string): void {
    if (this.#isFull) return;
    try {
      appendFileSync(this.path, line, { mode: 0o600 });
    } catch {
      // A log that cannot be written must not fail the work it describes.
      this.#isFull = true;
    }
  }
}

/** Operation logs: one JSON object a line, the first is the header. Redaction happens here, at the sink. */
export const createNodeLogs = (parts: Parts): Logs => ({
  open: async (header) => {
    mkdirSync(parts.directory, { recursive: true, mode: 0o700 });
    if (process.platform !== 'win32') chmodSync(parts.directory, 0o700);
    const at = timestamp(parts.clock.now());
    const path = join(parts.directory, logFileName({ ...header, at }));
    if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
    const log = new FileLog(path, parts);
    log.write('start', header.title, { ...header, version: parts.version });
    const names = await parts.files.list(parts.directory);
    for (const name of expiredLogs(names, parts.clock.now())) await parts.files.remove(join(parts.directory, name));
    return log;
  },
});
