import type { TemplateKind } from '../config/model.ts';
import type { Reader } from './database.ts';

/** A template that something was made from. */
export interface TemplateUse {
  kind: TemplateKind;
  template: string;
}

const query = `
  SELECT DISTINCT 'vm' AS kind, template FROM vms
  UNION SELECT 'agent', template FROM agents
  UNION SELECT 'workspace', template FROM workspaces
  UNION SELECT 'session', template FROM sessions`;

/** What VMs, agents, workspaces and sessions were made from. */
export const templatesInUse = (reader: Reader): TemplateUse[] =>
  reader.all(query).map((row) => ({ kind: row.kind as TemplateKind, template: String(row.template) }));
