/** Step ids hold no underscore, names no double hyphen: the two never meet. */
export const idPart = (name: string): string => name.replaceAll('_', '--');
