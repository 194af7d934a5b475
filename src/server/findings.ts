import { checkStrictly, diskFindings } from '../core/config/check/index.ts';
import { unreferredTemplates, unusedTemplates } from '../core/config/check/unusedTemplates.ts';
import type { Finding } from '../core/config/problems.ts';
import type { FileInfo, Files } from '../core/ports/files.ts';
import type { ConfigDocument } from './document.ts';
import type { Fleet } from './fleet.ts';
import { turn } from './turn.ts';

/** How long the answer of the disk about one path counts, so that a burst of keys asks once. */
const rememberedMs = 2000;

/** What is wrong with a document: the same list as `agentworks config check` has, in the order of the file. */
export class Findings {
  private readonly known = new WeakMap<ConfigDocument, { at: number; findings: Promise<Finding[]> }>();
  private readonly files: Files;
  private readonly fleet: Pick<Fleet, 'users'>;
  private generation = 0;

  constructor(files: Files, fleet: Pick<Fleet, 'users'>) {
    this.fleet = fleet;
    this.files = rememberingFiles(files, () => this.generation);
  }

  of(document: ConfigDocument): Promise<Finding[]> {
    const known = this.known.get(document);
    if (known?.at === this.generation) return known.findings;
    const findings = this.find(document, known === undefined);
    this.known.set(document, { at: this.generation, findings });
    return findings;
  }

  /** What the text alone says: all of these are in the full list, too. Nothing else is read. */
  ofText({ problems }: ConfigDocument): Finding[] {
    return problems.findings();
  }

  /** Files of this machine may have changed: they are looked at again. */
  forgetDisk(): void {
    this.generation++;
  }

  /** In pieces: a request, or the next key, waits for one of them and not for all. */
  private async find(document: ConfigDocument, isFirst: boolean): Promise<Finding[]> {
    await turn();
    const { problems } = document;
    await turn();
    if (isFirst) await checkStrictly(document.file);
    const onDisk = await diskFindings(document.file, this.files);
    const unused = await this.unused(document);
    return [...problems.findings(), ...onDisk, ...unused].sort((a, b) => a.at.start - b.at.start);
  }

  /** The state is read only for a file that has templates nobody inherits from; one that cannot be read says nothing. */
  private async unused({ file }: ConfigDocument): Promise<Finding[]> {
    if (unreferredTemplates(file).length === 0) return [];
    const users = await this.fleet.users(file.path).catch(() => []);
    return unusedTemplates(file, users);
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
