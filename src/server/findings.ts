import { checkStrictly, diskFindings } from '../core/config/check/index.ts';
import type { Finding } from '../core/config/problems.ts';
import type { FileInfo, Files } from '../core/ports/files.ts';
import type { ConfigDocument } from './document.ts';

/** How long the answer of the disk about one path counts, so that a burst of keys asks once. */
const rememberedMs = 2000;

/** What is wrong with a document: the same list as `agentworks config check` has, in the order of the file. */
export class Findings {
  private readonly known = new WeakMap<ConfigDocument, { at: number; findings: Promise<Finding[]> }>();
  private readonly files: Files;
  private generation = 0;

  constructor(files: Files) {
    this.files = rememberingFiles(files, () => this.generation);
  }

  of(document: ConfigDocument): Promise<Finding[]> {
    const known = this.known.get(document);
    if (known?.at === this.generation) return known.findings;
    const findings = this.find(document, known === undefined);
    this.known.set(document, { at: this.generation, findings });
    return findings;
  }

  /** Files of this machine may have changed: they are looked at again. */
  forgetDisk(): void {
    this.generation++;
  }

  private async find(document: ConfigDocument, isFirst: boolean): Promise<Finding[]> {
    if (isFirst) await checkStrictly(document.file);
    const onDisk = await diskFindings(document.file, this.files);
    return [...document.file.problems.findings(), ...onDisk].sort((a, b) => a.at.start - b.at.start);
  }
}

/** Remembers for a moment what stands at a path. Only what checks ask for is kept. */
function rememberingFiles(files: Files, generation: () => number): Files {
  const kept = new Map<string, { until: number; generation: number; answer: Promise<unknown> }>();
  const remember = <T>(what: string, path: string, ask: (path: string) => Promise<T>): Promise<T> => {
    const id = `${what}\n${path}`;
    const now = Date.now();
    const known = kept.get(id);
    if (known !== undefined && known.until > now && known.generation === generation())
      return known.answer as Promise<T>;
    if (kept.size > 1000) kept.clear();
    const answer = ask(path);
    kept.set(id, { until: now + rememberedMs, generation: generation(), answer });
    return answer;
  };
  return {
    ...files,
    info: (path) => remember<FileInfo | undefined>('info', path, files.info),
    readText: (path) => remember<string | undefined>('text', path, files.readText),
  };
}
