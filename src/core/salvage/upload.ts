import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import { encoded, type Script, sh } from '../remote/quote.ts';
import { accountLine } from '../remote/slice.ts';
import { operatorSteps } from '../session/operator.ts';
import { stripControls } from '../text.ts';
import { ensureRunning, requireUsableVm } from '../vm/lookup.ts';
import { requireVmWorkspace } from '../workspace/lookup.ts';
import type { Salvage } from './folder.ts';
import type { Manifest } from './model.ts';
import { type Restored, restoreTo } from './restore.ts';
import { packTree } from './tarWriter.ts';

/**
 * Runs as the operator account of the workspace: a new folder, into which the archive is unpacked. An existing one is
 * refused, so nothing is ever overwritten. Who is in the workspace can exchange any name there: until all is unpacked
 * the folder is closed to them, and it is entered only if it is the one that was made, not where a link leads.
 */
const receive = (path: string, folder: string): Script => sh`umask 007
cd -- ${path} || exit 3
here=$(pwd -P)
mkdir -m 0700 -- ${folder} || exit 4
cd -P -- ${folder} && [ "$(pwd -P)" = "$here/"${folder} ] && [ -O . ] && [ -z "$(find . -maxdepth 0 -perm /077)" ] && [ -z "$(ls -A)" ] || exit 5
tar -x -f - --no-same-owner --no-same-permissions --keep-old-files || exit 6
chmod g+rwx .`;

/** Puts a salvage into a new folder of a workspace. Bundles lie beside, to be fetched from. */
export async function restoreToWorkspace(
  engine: Engine,
  salvage: Extract<Salvage, { manifest: Manifest }>,
  name: string,
  options: { isAgreed: boolean },
  context: OperationContext,
): Promise<Restored & { workspace: string; vm: string }> {
  const workspace = await requireVmWorkspace(engine, name);
  const vm = await ensureRunning(engine, await requireUsableVm(engine, workspace.vmName), context);
  const steps = await operatorSteps(engine, vm, name, options.isAgreed, context);
  if (steps.length > 0) {
    const title = `Make the operator account of workspace ${name}`;
    const recipe = { operation: 'workspace-operator', scope: `workspace:${name}`, title, steps };
    await engine.machines.apply(vm, recipe, context);
  }
  await engine.files.makeDirectory(engine.paths.cache);
  const scratch = await mkdtemp(join(engine.paths.cache, 'restore-'));
  try {
    const local = join(scratch, 'tree');
    const restored = await restoreTo(engine, salvage, local, context);
    const folder = `salvage-${salvage.manifest.id}`;
    const bundles = salvage.manifest.members.filter((one) => one.type === 'bundle');
    const extra = bundles.map((one) => ({
      from: join(salvage.path, one.file),
      to: `bundles/${one.file.replaceAll('/', '-').replace(/\.bundle$/, '')}.bundle`,
    }));
    const connection = await engine.machines.connection(vm, context);
    const channel = await connection.open(accountLine(operatorUser(name), encoded(receive(workspace.path, folder))));
    const stop = (): void => channel.close();
    context.signal.addEventListener('abort', stop, { once: true });
    let said = '';
    channel.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2000);
    });
    channel.stdout.resume();
    try {
      await pipeline(packTree(local, extra, context.signal), channel.stdin).catch(async () => {
        await finished(channel.stdout).catch(() => undefined);
      });
      const code = await channel.exit;
      context.signal.throwIfAborted();
      if (code !== 0) throw refusedBy(code, folder, name, said);
    } finally {
      context.signal.removeEventListener('abort', stop);
    }
    const relocate = (path: string): string => join(workspace.path, folder, path.slice(local.length + 1));
    return {
      ...restored,
      folder: `${workspace.path}/${folder}`,
      repositories: restored.repositories.map(relocate),
      transcripts: restored.transcripts.map(relocate),
      workspace: name,
      vm: vm.name,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function refusedBy(code: number, folder: string, name: string, said: string): AppError {
  if (code === 4) {
    return new AppError('exists', `Workspace '${name}' has a folder ${folder} already.`, {
      hint: 'It was restored there before. Move that folder away, or restore to another workspace.',
    });
  }
  const last = stripControls(said.trim().split('\n').at(-1) ?? '').slice(0, 200);
  return new AppError('remote-failed', `The salvage could not be unpacked in workspace '${name}'.`, {
    hint: last === '' ? undefined : `It said: ${last}`,
  });
}
