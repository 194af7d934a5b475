import { generateHostKey } from '../../src/core/platforms/qemu/hostKey.ts';

/** A throw-away pair for logging in. */
export const ed25519Pair = (): { publicKey: string; privateKey: string } => generateHostKey('test');
