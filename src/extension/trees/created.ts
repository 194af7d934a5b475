import type { Output } from '../../core/commands/output.ts';
import type { Values } from '../parts.ts';
import type { Thing, ThingKind } from '../thing.ts';

const kinds: readonly string[] = ['vm', 'workspace', 'agent', 'session'] satisfies ThingKind[];

const nameIn = (data: unknown): string | undefined => {
  const name = typeof data === 'object' && data !== null ? (data as { name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
};

/** The thing that a `create` has made; a plan makes none. */
export function createdThing({
  verb,
  values,
  output,
}: {
  verb: string;
  values: Values;
  output: Output;
}): Thing | undefined {
  const [kind = '', act] = verb.split('.');
  if (act !== 'create' || !kinds.includes(kind) || values.dryRun === true) return undefined;
  const data: unknown = output.type === 'nothing' || 'data' in output ? output.data : undefined;
  const inner = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[kind] : undefined;
  const name = nameIn(data) ?? nameIn(inner) ?? nameIn(values);
  return name === undefined ? undefined : { kind: kind as ThingKind, name };
}
