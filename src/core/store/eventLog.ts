import type { Reader, Row, Writer } from './database.ts';
import type { EventRecord } from './events.ts';
import { insert, stored, where } from './sql.ts';
import { number, oneOf, optionalText, text } from './sqlite.ts';

const read = (row: Row): EventRecord => ({
  id: number(row, 'id'),
  at: text(row, 'at'),
  kind: oneOf<EventRecord['kind']>(row, 'kind'),
  name: text(row, 'name'),
  vm: optionalText(row, 'vm'),
  event: text(row, 'event'),
  detail: optionalText(row, 'detail'),
});

/** Appends one entry; `detail` becomes one line. */
export function addEvent(w: Writer, event: Omit<EventRecord, 'id'>): void {
  insert(w, 'events', {
    at: event.at,
    kind: event.kind,
    name: event.name,
    vm: stored(event.vm),
    event: event.event,
    detail: stored(event.detail?.replace(/\s*[\r\n]+\s*/g, ' ').trim()),
  });
}

/** In the order they happened; `limit` keeps the newest. `vm` also matches events of the VM itself. */
export function listEvents(
  r: Reader,
  filter: { vm?: string; kind?: EventRecord['kind']; name?: string; limit?: number } = {},
): EventRecord[] {
  const { clause, values } = where({ vm: filter.vm, kind: filter.kind, name: filter.name });
  const limit = filter.limit ?? -1;
  return r
    .all(`SELECT * FROM events${clause} ORDER BY id DESC LIMIT ?`, ...values, limit)
    .map(read)
    .reverse();
}
