/** One entry of the event log; it outlives what it speaks of. */
export interface EventRecord {
  id: number;
  at: string;
  kind: 'vm' | 'workspace' | 'agent' | 'session' | 'state';
  name: string;
  /** VM it happened on, if any. */
  vm: string | undefined;
  /** `created`, `create_failed`, `started`, `init_partial`… past tense, snake_case. */
  event: string;
  /** Redacted, one line. */
  detail: string | undefined;
}
