/** The extension as it ships. */
export { activate } from '../extension/activate.ts';
