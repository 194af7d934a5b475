/** What a tree row, a command or a notification speaks of; names are unique within a kind. */
export interface Thing {
  readonly kind: 'vm' | 'workspace' | 'agent' | 'session';
  readonly name: string;
  /** Its making did not come to an end, and can go on. */
  readonly isUnfinished?: boolean;
}

export type ThingKind = Thing['kind'];

/** Whatever VS Code or another extension hands to a command, as the things it names. Never trusts its shape. */
export function thingsOf(argument: unknown, selection?: unknown): Thing[] {
  const candidates: unknown[] = Array.isArray(selection) && selection.length > 0 ? selection : [argument];
  return candidates.flatMap((one) => {
    if (typeof one !== 'object' || one === null) return [];
    const { kind, name, isUnfinished } = one as { kind?: unknown; name?: unknown; isUnfinished?: unknown };
    const isKind = kind === 'vm' || kind === 'workspace' || kind === 'agent' || kind === 'session';
    if (!isKind || typeof name !== 'string') return [];
    return isUnfinished === true ? [{ kind, name, isUnfinished }] : [{ kind, name }];
  });
}

/**
 * `contextValue` of a row, which menus match: `agentworks.session running can-stop can-attach`. `verbs` are those of the
 * kind's view; `others` are the tree's own.
 */
export const contextValueOf = (
  kind: ThingKind,
  view: { tags: readonly string[]; verbs: readonly string[] },
  others: readonly string[] = [],
): string => [`agentworks.${kind}`, ...view.tags, ...others, ...view.verbs.map((verb) => `can-${verb}`)].join(' ');
