import type { Engine } from '../../engine.ts';
import type { Reader } from '../../store/database.ts';
import { plural } from '../../text.ts';
import type { Vm } from '../../vm/model.ts';
import type { Check, GroupOfChecks } from '../model.ts';

function vmChecks(vm: Vm): Check[] {
  const name = `VM ${vm.name}`;
  if (vm.provisioning === 'deleting') {
    const hint = `Run 'agentworks vm delete ${vm.name}' again to finish it.`;
    return [{ name, status: 'warn', message: 'its deletion is not finished', hint }];
  }
  if (vm.provisioning === 'failed') {
    const hint = `Run 'agentworks vm delete ${vm.name}', or 'agentworks vm create' again with the same name.`;
    return [{ name, status: 'warn', message: 'was not made completely', hint }];
  }
  if (vm.provisioning !== 'complete') {
    const hint = `If nothing works on it any more, run 'agentworks vm delete ${vm.name}'.`;
    return [{ name, status: 'warn', message: `provisioning is ${vm.provisioning}`, hint }];
  }
  const again = `Run 'agentworks vm reinit ${vm.name}'; 'agentworks vm logs ${vm.name}' shows why.`;
  if (vm.init === 'failed') return [{ name, status: 'warn', message: 'initialization failed', hint: again }];
  if (vm.init === 'partial') return [{ name, status: 'warn', message: 'initialized with warnings', hint: again }];
  if (vm.init === 'in_progress')
    return [{ name, status: 'warn', message: 'initialization was not finished', hint: again }];
  return [];
}

const isSound = (reader: Reader): boolean => {
  const row = reader.get('PRAGMA quick_check');
  return row !== undefined && Object.values(row)[0] === 'ok';
};

/** The reference's file beside ours, when there is one. */
async function importCheck(engine: Engine): Promise<Check[]> {
  const path = engine.paths.referenceState;
  if ((await engine.files.info(path)) === undefined) return [];
  const { referenceChanged } = await import('../../store/import/service.ts');
  const standing = await referenceChanged(engine);
  if (standing === 'absent') return [];
  if (standing === 'unchanged') return [{ name: 'Import', status: 'ok', message: `${path} was taken over` }];
  const message =
    standing === 'changed' ? `${path} has changed since it was taken over` : `${path} was not taken over yet`;
  return [{ name: 'Import', status: 'warn', message, hint: "Look with 'agentworks state import --dry-run'." }];
}

export const state: GroupOfChecks = {
  name: 'State',
  look: async (engine) => {
    const { paths, files } = engine;
    const reference = await files.info(paths.referenceState);
    // A read creates nothing, and tells when only the backup is left.
    await engine.database.read(() => undefined);
    if ((await files.info(paths.state)) === undefined) {
      const message = reference === undefined ? 'will be created at the first change' : 'not there yet';
      const pending: Check[] =
        reference === undefined
          ? []
          : [
              {
                name: 'Import',
                status: 'info',
                message: `${paths.referenceState} will be taken over at the first run`,
              },
            ];
      return [{ name: 'File', status: 'ok', message }, ...pending];
    }
    const [{ listVms }, { listWorkspaces }, { listAgents }, { listSessions }, { openOperations }] = await Promise.all([
      import('../../vm/rows.ts'),
      import('../../workspace/rows.ts'),
      import('../../agent/rows.ts'),
      import('../../session/rows.ts'),
      import('../../store/operations.ts'),
    ]);
    const pending = await importCheck(engine);
    return engine.database.read((reader) => {
      const vms = listVms(reader);
      const counts = [
        plural(vms.length, 'VM'),
        plural(listWorkspaces(reader).length, 'workspace'),
        plural(listAgents(reader).length, 'agent'),
        plural(listSessions(reader).length, 'session'),
      ];
      const version = Object.values(reader.get('PRAGMA user_version') ?? {})[0];
      return [
        isSound(reader)
          ? { name: 'File', status: 'ok' as const, message: `${paths.state}, version ${version}` }
          : {
              name: 'File',
              status: 'fail' as const,
              message: `${paths.state} is damaged`,
              hint: `Its last good copy is ${paths.state}.bak.`,
            },
        { name: 'Content', status: 'ok' as const, message: counts.join(', ') },
        ...pending,
        ...vms.flatMap(vmChecks),
        ...openOperations(reader).map((operation) => ({
          name: `Operation ${operation.id}`,
          status: 'info' as const,
          message: `${operation.title} on ${operation.vm}, begun ${operation.startedAt}, has not ended`,
        })),
      ];
    });
  },
};
