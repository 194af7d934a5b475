import { AppError } from '../errors.ts';
import { randomId } from '../names.ts';
import type { ProbeVm } from './probe.ts';
import { parseProbe } from './probeParse.ts';
import { probeScript } from './probeScript.ts';

export const probeTimeoutMs = 10_000;

/** One round trip that tells everything about a machine; changes and starts nothing there. */
export const probeVm: ProbeVm = async (engine, vm, request, context) => {
  const nonce = randomId(12);
  const timeoutMs = request.timeoutMs ?? probeTimeoutMs;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  try {
    const result = await engine.machines.query(
      vm,
      probeScript(request, nonce),
      { as: 'root', timeoutMs },
      { ...context, signal },
    );
    const probe = parseProbe(result.stdout, nonce, request, vm.adminUser);
    if (probe !== undefined) return probe;
    const said = result.stderr.trim().split('\n').at(-1);
    throw new AppError('remote-failed', `VM '${vm.name}' did not answer the status question completely.`, {
      hint: said ? `It said: ${said.slice(0, 200)}` : 'Try again; `agentworks doctor` checks the machine.',
      data: { vm: vm.name, exitCode: result.code },
    });
  } catch (error) {
    if (deadline.signal.aborted && !context.signal.aborted) {
      throw new AppError('timeout', `VM '${vm.name}' did not answer within ${Math.round(timeoutMs / 1000)} s.`, {
        cause: error,
        data: { vm: vm.name },
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
};
