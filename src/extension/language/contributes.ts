import type { Contributions } from '../contributions.ts';

export const contributes: Contributions = {};
