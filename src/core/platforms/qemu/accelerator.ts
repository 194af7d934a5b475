import { createHash } from 'node:crypto';
import { access, constants, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import type { Boot } from '../../images/model.ts';
import type { Files } from '../../ports/files.ts';
import type { Process } from '../../ports/process.ts';
import { type Accelerator, candidates, type Target } from './target.ts';

/** A working accelerator shows its kernel's first line in well under a second. */
const probeLimitMs = 4000;

export interface AcceleratorParts {
  process: Process;
  files: Files;
  paths: { cache: string };
}

interface Probe {
  args: string[];
  /** On the console once the processor really works: later than what the firmware prints first. */
  marker: string;
}

/**
 * A boot sector that prints a word on the first serial port: `mov si, text; lodsb; out 3f8h, al…; hlt`. It runs after
 * the whole firmware has.
 */
function bootSector(word: string): Buffer {
  const code = Buffer.from('31c08ed8be157cac84c07406baf803eeebf5f4ebfd', 'hex');
  const sector = Buffer.alloc(512);
  code.copy(sector);
  sector.write(`${word}\0`, code.length, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

function probeOf(target: Target, boot: Boot, folder: string): Probe | undefined {
  if (boot.kind === 'kernel') {
    const args = ['-kernel', boot.kernel, '-append', `console=${target.console} panic=-1`, '-no-reboot'];
    return { args, marker: 'Linux version' };
  }
  // ARM machines have no boot sector; there the boot itself has to show it.
  if (target.arch === 'arm64') return undefined;
  return { args: ['-drive', `if=ide,format=raw,file=${join(folder, 'probe.img')}`], marker: 'agentworks-probe' };
}

/** Whether a probe machine gets past its firmware within the limit. Starts nothing that stays. */
export async function canBoot(
  parts: Pick<AcceleratorParts, 'process'>,
  request: { binary: string; target: Target; accelerator: Accelerator; boot: Boot },
  limitMs: number,
): Promise<boolean> {
  const { binary, target, accelerator, boot } = request;
  const folder = await mkdtemp(join(tmpdir(), 'agentworks-probe-'));
  try {
    await writeFile(join(folder, 'probe.img'), bootSector('agentworks-probe'));
    const probe = probeOf(target, boot, folder);
    if (probe === undefined) return true;
    const hasSeen = new AbortController();
    let output = '';
    const args = [
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-machine', target.machine],
      ...[...target.cpu(accelerator), '-smp', '1', '-m', '256', '-serial', 'stdio', ...probe.args],
    ];
    const onOutput = (_: string, text: string): void => {
      output += text;
      if (output.includes(probe.marker)) hasSeen.abort();
    };
    // Ends by the marker, by the limit, or because QEMU refuses the accelerator; only the marker counts.
    await parts.process
      .run(binary, args, { timeoutMs: limitMs, signal: hasSeen.signal, onOutput })
      .catch(() => undefined);
    return output.includes(probe.marker);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same until the machine starts again. */
async function bootMark(files: Files): Promise<string> {
  const id = await files.readText('/proc/sys/kernel/random/boot_id').catch(() => undefined);
  return id?.trim() ?? `started ${Math.round((Date.now() / 1000 - uptime()) / 120)}`;
}

async function isPresent(accelerator: Accelerator): Promise<boolean> {
  if (accelerator !== 'kvm') return true;
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function answerKey(files: Files, binary: string, accelerator: Accelerator, kind: Boot['kind']): Promise<string> {
  const facts = [binary, (await stat(binary)).mtimeMs, accelerator, kind, await bootMark(files)];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 24);
}

/** What a probe since the last boot has shown, without booting anything; undefined where none was made. */
export async function knownAnswer(
  parts: Pick<AcceleratorParts, 'files' | 'paths'>,
  binary: string,
  accelerator: Accelerator,
): Promise<boolean | undefined> {
  const known = await readAnswers(parts.files, answersPath(parts));
  for (const kind of ['kernel', 'disk'] as const) {
    const answer = known[await answerKey(parts.files, binary, accelerator, kind)];
    if (answer !== undefined) return answer;
  }
  return undefined;
}

const answersPath = (parts: Pick<AcceleratorParts, 'paths'>): string => join(parts.paths.cache, 'accelerators.json');

/** The cached answer for this binary and boot, or a new probe. */
async function verified(
  parts: AcceleratorParts,
  binary: string,
  target: Target,
  accelerator: Accelerator,
  boot: Boot,
): Promise<boolean> {
  const key = await answerKey(parts.files, binary, accelerator, boot.kind);
  const path = answersPath(parts);
  const known = await readAnswers(parts.files, path);
  const answer = known[key];
  if (answer !== undefined) return answer;
  const found = await canBoot(parts, { binary, target, accelerator, boot }, probeLimitMs);
  const answers = { ...(await readAnswers(parts.files, path)), [key]: found };
  // Answers of earlier boots are of no use; a handful covers every combination of this one.
  const kept = Object.fromEntries(Object.entries(answers).slice(-8));
  await parts.files.write(path, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
  return found;
}

async function readAnswers(files: Files, path: string): Promise<Record<string, boolean>> {
  try {
    const parsed: unknown = JSON.parse((await files.readText(path)) ?? '{}');
    return Object.fromEntries(
      Object.entries(parsed ?? {}).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
    );
  } catch {
    return {};
  }
}

export interface AcceleratorRequest {
  /** Full path of the QEMU program. */
  binary: string;
  target: Target;
  wanted: Accelerator | 'auto';
  boot: Boot;
}

/**
 * What the machine runs with: the wanted accelerator if a probe boot shows that it works here, or with `auto` the
 * best that does, down to emulation with a warning. Throws `platform` when a named one does not work.
 */
export async function chooseAccelerator(
  parts: AcceleratorParts,
  request: AcceleratorRequest,
  context: OperationContext,
): Promise<Accelerator> {
  const { binary, target, wanted, boot } = request;
  if (wanted === 'tcg') return 'tcg';
  for (const accelerator of wanted === 'auto' ? candidates(parts.process.platform) : [wanted]) {
    if ((await isPresent(accelerator)) && (await verified(parts, binary, target, accelerator, boot)))
      return accelerator;
    if (wanted !== 'auto') {
      throw new AppError('platform', `The accelerator '${accelerator}' does not work on this machine.`, {
        hint: 'Set qemu.accelerator = "auto" or "tcg" in config.toml.',
      });
    }
    const reason = (await isPresent(accelerator))
      ? `${accelerator.toUpperCase()} is there but a probe machine did not start with it`
      : '/dev/kvm is missing or may not be used by this account';
    context.report({
      type: 'warning',
      text: `${reason}; the VM is emulated in software, which works and is several times slower.`,
      ...(accelerator === 'kvm' && !(await isPresent(accelerator))
        ? { hint: 'Turn on virtualization in the firmware, and add yourself to the group kvm.' }
        : {}),
    });
  }
  return 'tcg';
}
